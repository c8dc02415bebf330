"""Who comes to meetings, other things alike? From an attendance log, with a figure."""

import participation_stats as ps

# Your own folder of tables: ps.read_estate("my_estate").
estate = ps.load_example("st_marys")

# One row for each resident and each meeting that they could have come to.
panel = estate.panel("committee")
panel = panel[panel["capacity"] == "resident"]

fit = ps.fit_logit("attended ~ ethnicity + gender + format", panel, unit="person_id")
print(fit.describe())
rates = fit.rates("ethnicity")
print(rates.table[["category", "n_units", "estimate", "conf_low", "conf_high"]].round(3))

# St Mary's people are invented, so nothing has to be withheld. Leave the exemption out for yours.
policy = ps.Policy.publish().exempt("the people in these data are synthetic")
figure = ps.draw_rates(ps.protect(rates, policy))
figure.savefig("rates_by_ethnicity.png")
print(figure.alt_text)
