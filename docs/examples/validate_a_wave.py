"""What is wrong with a new wave of the survey? Every problem in one run, and the good rows."""

import pandas as pd

import participation_stats as ps

# Your own file: wave = "wave_2026.csv". Here, the bundled survey with three mistakes put in.
wave = ps.load_example("st_marys").tables["estate_survey"].head(200).astype("object")
wave.loc[3, "age"] = 230
wave.loc[7, "housing_tenure"] = "Council flat"
wave.loc[9, "respondent_id"] = wave.loc[8, "respondent_id"]
wave.to_csv("wave_2026.csv", index=False)

checked = ps.validate("wave_2026.csv", "estate_survey")
print(checked.to_text())

# Valid rows, rejected rows with their reasons, and the issues; the original stays as it is.
checked.write("wave_2026_checked")
good = pd.read_csv("wave_2026_checked/valid/estate_survey.csv")
print(f"{len(good)} of {len(wave)} rows are valid.")
