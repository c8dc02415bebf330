"""Benchmarks: the numbers of the source, added up rightly, with their caveats."""

import warnings
from pathlib import Path

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import DataWarning, InputError, SchemaError
from participation_stats.intake.benchmarks import benchmark_areas, load_benchmark
from participation_stats.intake.codelists import load_codelist

SOURCE = pd.read_csv(
    Path(__file__).parents[1] / "golden" / "census2021_benchmarks.csv", dtype={"code": str}
)
VARIABLES = {
    "ethnicity": "ethnic_group_tb_20b",
    "housing_tenure": "hh_tenure_9a",
    "age_band": "age_18",
    "sex": "sex",
}
FINEST = {
    "ethnicity": "ethnicity_19",
    "housing_tenure": "housing_tenure_census",
    "age_band": "age_18",
    "sex": "sex",
}
AREAS = ["Lambeth", "Southwark", "London", "England", "England and Wales"]


def source_rows(area, variable):
    here = SOURCE[(SOURCE["area_name"] == area) & (SOURCE["variable"] == VARIABLES[variable])]
    return here.drop_duplicates()


def load(area, variable, **options):
    return load_benchmark(area, variable, warn=False, **options)


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("variable", VARIABLES)
def test_finest_groups_are_the_source_row_by_row(area, variable):
    ours = load(area, variable, to=FINEST[variable])
    rows = source_rows(area, variable)
    labels = load_codelist(FINEST[variable]).table.set_index("code")["label"].str.casefold()
    amount = "households" if variable == "housing_tenure" else "count"
    found = dict(zip(ours["category"].map(labels), ours[amount], strict=True))
    assert found == dict(zip(rows["label"].str.casefold(), rows["count"], strict=True))
    assert ours["total"].unique().tolist() == rows["total"].unique().tolist()
    assert ours[amount].sum() == ours["total"].iloc[0]
    assert ours["source"].iloc[0].split(";")[0] == rows["source"].iloc[0].split(";")[0].strip()
    assert (ours["reference_date"] == pd.Timestamp(2021, 3, 21)).all()
    assert ours.attrs["derived"] == bool(rows["derived"].iloc[0])


@pytest.mark.parametrize(
    ("to", "prefixes"),
    [
        (
            "ethnicity_5",
            {"Asian": "Asian", "Black": "Black", "Mixed": "Mixed", "White": "White"},
        )
    ],
)
def test_five_groups_are_sums_over_the_headings_of_the_source(to, prefixes):
    rows = source_rows("Lambeth", "ethnicity")
    ours = load("Lambeth", "ethnicity", to=to).set_index("category")["count"]
    for group, start in {**prefixes, "Other": "Other ethnic group"}.items():
        assert ours[group] == rows.loc[rows["label"].str.startswith(start), "count"].sum()


@pytest.mark.parametrize(
    ("variable", "lists"),
    {
        "ethnicity": "ethnicity_19 ethnicity_18 ethnicity_8 ethnicity_5 ethnicity_estate_broad",
        "housing_tenure": "housing_tenure_census housing_tenure_5",
        "age_band": "age_18 age_5",
        "sex": "sex",
    }.items(),
)
@pytest.mark.parametrize("area", AREAS)
def test_every_list_adds_up_to_the_total(area, variable, lists):
    for name in lists.split():
        ours = load(area, variable, to=name)
        amount = "households" if variable == "housing_tenure" else "count"
        assert ours[amount].sum() == ours["total"].iloc[0]
        assert set(ours["category"]) == set(load_codelist(name).codes)


def test_usual_lists():
    usual = {name: load("Lambeth", name).attrs["codelist"] for name in VARIABLES}
    assert usual == {
        "ethnicity": "ethnicity_19",
        "housing_tenure": "housing_tenure_5",
        "age_band": "age_5",
        "sex": "sex",
    }


def test_tenure_is_of_households_and_says_so():
    tenure = load("Lambeth", "housing_tenure")
    assert "count" not in tenure.columns
    assert tenure.attrs["unit"] == "households"
    assert any("by household, not by person" in note for note in tenure.attrs["notes"])
    share = tenure.set_index("category")["share"]
    # Council and other social rent together: (24,126 + 21,117) of 134,688 households.
    assert share["Social rent"] == (24126 + 21117) / 134688
    assert share.sum() == pytest.approx(1, abs=1e-12)  # five quotients of one total


def test_wales_stood_twice_in_the_source_and_counts_once():
    wales = SOURCE[SOURCE["area_name"] == "Wales"]
    once = wales.drop_duplicates()
    assert len(wales) == 2 * len(once)  # the same numbers: as a country and as a region
    assert not once.duplicated(["variable", "code"]).any()
    for variable in ("age_band", "housing_tenure"):
        ours = load("Wales", variable, to=FINEST[variable])
        parts = [load(area, variable, to=FINEST[variable]) for area in ("England", "Wales")]
        whole = load("England and Wales", variable, to=FINEST[variable])
        amount = "households" if variable == "housing_tenure" else "count"
        assert ours[amount].sum() == ours["total"].iloc[0]
        # ONS perturbs each table for confidentiality, so sums of areas miss by a few.
        assert (parts[0][amount] + parts[1][amount] - whole[amount]).abs().max() <= 5


def test_area_by_code_and_in_any_case():
    by_name = load("lambeth ", "sex")
    assert by_name.equals(load("E09000022", "sex"))
    assert by_name.attrs["area"] == "Lambeth"
    assert load("Lambeth", "age").equals(load("Lambeth", "age_band"))


def test_areas_are_listed():
    areas = benchmark_areas()
    assert set(areas["area"]) == {*AREAS, "Wales"}
    assert not areas.duplicated(["area", "variable"]).any()
    assert set(areas.loc[areas["area"] == "Wales", "variable"]) == {"age_band", "housing_tenure"}
    listed = load_codelist("area").table.set_index("label")["code"].to_dict()
    for area, code in zip(areas["area"], areas["area_code"], strict=True):
        assert listed.get(area, code) == code


def test_a_borough_is_the_wrong_population_for_an_estate():
    with pytest.warns(DataWarning) as caught:
        load_benchmark("Lambeth", "housing_tenure")
    assert str(caught[0].message) == (
        "load_benchmark: Lambeth is not the estate: its people differ from those of the estate, "
        "so a ratio to it says little about who is missing from a body of the estate. The census "
        "counts tenure by household, not by person. (warn=False silences this.)"
    )
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load("Lambeth", "housing_tenure")


def test_age_says_that_children_are_counted():
    assert any("Children" in note for note in load("Lambeth", "age_band").attrs["notes"])


def test_licence_is_named():
    assert "Open Government Licence v3.0" in load("London", "sex").attrs["attribution"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            ("Lambet", "sex"),
            InputError,
            r"load_benchmark: no area 'Lambet' among the benchmarks\. Expected one of England, "
            r"England and Wales, Lambeth, London, Southwark, Wales\. Hint: the nearest name is 'La",
        ),
        (
            ("Lambeth", "gender"),
            InputError,
            r"no variable 'gender' among .* Hint: the census asked everybody for sex; gender is an",
        ),
        (("Wales", "ethnicity"), InputError, r"no variable 'ethnicity' among .* age_band, housing"),
        (
            ("Lambeth", "ethnicity", "ethnicity_estate"),
            InputError,
            r"roll_up: .*'Other White' \(1 row, may be Other White \| Portuguese\)",
        ),
        (
            ("Lambeth", "age_band", "age_band"),
            InputError,
            r"'15 to 19' \(1 row, may be under 16 \| 16 to 24\)",
        ),
        (("Lambeth", "sex", "gender"), InputError, r"no crosswalk from 'sex' to 'gender'"),
        (("Lambeth", "sex", "sexx"), SchemaError, r"no code list 'sexx'"),
    ],
)
def test_what_cannot_be_had(call, error, message):
    area, variable, *to = call
    with pytest.raises(error, match=message):
        load(area, variable, to=to[0] if to else None)


def test_ready_for_representativeness_ratios():
    body = pd.Series(["White British"] * 9 + ["Black Caribbean"] * 3, name="ethnicity")
    groups = ps.recode(body, "ethnicity_5", source="ethnicity_estate").values
    counts = groups.value_counts().reindex(load_codelist("ethnicity_5").codes, fill_value=0)
    margins = pd.DataFrame(
        {"variable": "ethnicity", "category": counts.index, "count": counts.to_numpy()}
    )
    ratios = ps.representativeness_ratios(margins, load("Lambeth", "ethnicity", to="ethnicity_5"))
    row = ratios.table.set_index("category").loc["White"]
    assert row["population_count"] == 174778
    assert row["ratio"] == pytest.approx((9 / 12) / (174778 / 317650), rel=1e-12)
