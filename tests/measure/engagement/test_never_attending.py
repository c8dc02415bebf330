"""Residents in no log: the fit is that of a file of all persons where the joint is known."""

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError

# Sums of the same numbers in another order.
SAME = 1e-8
BY = ["ethnicity", "gender"]


def everybody(people=600, seed=6):
    """Each resident at each of nine open meetings; most never come."""
    rng = np.random.default_rng(seed)
    who = pd.DataFrame({"person_id": np.arange(people)})
    who["gender"] = rng.choice(["Female", "Male"], people)
    # Groups go together: independence would be wrong.
    women = who["gender"] == "Female"
    who["ethnicity"] = np.where(
        rng.random(people) < np.where(women, 0.6, 0.3),
        "Black African",
        rng.choice(["Portuguese", "White British", "Other"], people),
    )
    meetings = pd.DataFrame({"meeting_id": range(9)})
    meetings["format"] = np.where(meetings["meeting_id"] % 3 == 0, "formal", "informal")
    log = who.merge(meetings, how="cross")
    eta = -2.8 + 0.6 * (log["gender"] == "Female") - 0.5 * (log["format"] == "formal")
    eta += rng.normal(0, 1, people)[log["person_id"]]
    log["attended"] = (rng.random(len(log)) < 1 / (1 + np.exp(-eta))).astype(int)
    return log, meetings


def attenders(log):
    return log[log.groupby("person_id")["attended"].transform("max") == 1]


def counted(log, *variables):
    people = log.drop_duplicates("person_id")
    return ps.tally(people, [tuple(name.split(" × ")) for name in variables]).table


def same(ours, theirs, tolerance=SAME):
    pd.testing.assert_frame_equal(ours.table, theirs.table, rtol=tolerance, atol=tolerance)
    assert (ours.n_rows, ours.n_units) == (theirs.n_rows, theirs.n_units)


@pytest.mark.parametrize("variable", ["ethnicity × gender", "gender × ethnicity"])
@pytest.mark.parametrize(
    "fit", [ps.fit_logit, ps.fit_gee, ps.fit_mixed_logit], ids=["logit", "gee", "mixed"]
)
def test_with_the_joint_the_fit_is_that_of_a_file_of_all_persons(fit, variable):
    log, meetings = everybody()
    cells = ps.complete_cells(
        attenders(log), counted(log, variable), BY, meetings, of_meeting=["format"]
    )
    formula = "attended ~ ethnicity * gender + format"
    whole = fit(formula, log, unit="person_id")
    # The mixed model stops when a step would gain less than rounding.
    same(fit(formula, cells, unit="person_id"), whole, 1e-6 if fit is ps.fit_mixed_logit else SAME)
    missing = log["person_id"].nunique() - attenders(log)["person_id"].nunique()
    told = fit(formula, cells, unit="person_id").note
    assert told.startswith(f"{missing} residents who are in no log are counted in from the popul")
    assert "is known from a joint table" in told
    assert "independent" not in told


def test_fewer_terms_than_characteristics_are_fine():
    log, meetings = everybody()
    cells = ps.complete_cells(
        attenders(log), counted(log, "ethnicity × gender"), BY, meetings, of_meeting=["format"]
    )
    same(
        ps.fit_logit("attended ~ format", cells, unit="person_id"),
        ps.fit_logit("attended ~ format", log, unit="person_id"),
    )
    rates = ps.fit_logit("attended ~ gender", cells, unit="person_id").rates("gender").table
    raw = log.groupby("gender")["attended"].mean()
    np.testing.assert_allclose(rates["estimate"], raw[rates["category"]], rtol=SAME)


def test_of_one_characteristic_the_margin_is_the_joint():
    log, meetings = everybody()
    cells = ps.complete_cells(attenders(log), counted(log, "gender"), ["gender"], meetings)
    same(
        ps.fit_logit("attended ~ gender", cells, unit="person_id"),
        ps.fit_logit("attended ~ gender", log, unit="person_id"),
    )


def test_attenders_alone_would_mislead():
    log, meetings = everybody()
    cells = ps.complete_cells(attenders(log), counted(log, "gender"), ["gender"], meetings)
    alone = ps.fit_logit("attended ~ gender", attenders(log), unit="person_id")
    gap = [fit.rates("gender").table["estimate"].iloc[0] for fit in (
        alone, ps.fit_logit("attended ~ gender", cells, unit="person_id"))]  # fmt: skip
    assert gap[0] > 1.5 * gap[1]


def test_margins_alone_are_met_and_said_plainly():
    log, meetings = everybody()
    population = counted(log, "ethnicity", "gender")
    cells = ps.complete_cells(attenders(log), population, BY, meetings, of_meeting=["format"])
    joined = cells.cells.join(cells.patterns, on="pattern")
    for name in BY:
        people = joined[joined["format"] == "formal"].groupby(name)["units"].sum()
        target = population[population["variable"] == name].set_index("category")["count"]
        # Fitting stops at a billionth of a person.
        np.testing.assert_allclose(people[target.index], target, rtol=1e-8)
    # By hand: who is missing from each margin, spread in proportion.
    missing = log[~log["person_id"].isin(attenders(log)["person_id"])].drop_duplicates("person_id")
    one, other = missing["ethnicity"].value_counts(), missing["gender"].value_counts()
    never = joined[joined["successes"].eq(0) & joined["profile"].ge(joined["profile"].max() - 7)]
    never = never[never["format"] == "formal"].set_index(BY)["units"]
    for group, sex in never.index:
        expected = one[group] * other[sex] / len(missing)
        assert never[group, sex] == pytest.approx(expected, rel=1e-8)
    note = ps.fit_logit("attended ~ gender", cells, unit="person_id").note
    assert "only the margins ethnicity, gender are known, so that their characteristics are" in note
    assert "taken as independent beyond these" in note


def test_margins_and_a_table_of_two_are_used_together():
    log, meetings = everybody()
    log["tenure"] = np.where(log["person_id"] % 3 == 0, "Leasehold", "Social rent")
    population = counted(log, "ethnicity × gender", "tenure")
    cells = ps.complete_cells(attenders(log), population, [*BY, "tenure"], meetings)
    people = cells.cells.join(cells.patterns, on="pattern").groupby(BY)["units"].sum()
    expected = log.drop_duplicates("person_id").groupby(BY).size()
    np.testing.assert_allclose(people[expected.index], expected, rtol=1e-8)
    assert "only the margins ethnicity × gender, tenure are known" in cells.note


def test_a_group_of_which_nobody_ever_came_is_counted():
    log, meetings = everybody()
    log.loc[log["ethnicity"] == "Portuguese", "attended"] = 0
    cells = ps.complete_cells(attenders(log), counted(log, "ethnicity"), ["ethnicity"], meetings)
    with pytest.raises(EstimationError, match="nobody of ethnicity 'Portuguese' ever came"):
        ps.fit_logit("attended ~ ethnicity", cells, unit="person_id")
    firth = ps.fit_logit("attended ~ ethnicity", cells, unit="person_id", separation="firth")
    assert "in no log" in firth.note
    assert "Portuguese" not in set(attenders(log)["ethnicity"])


def test_everybody_came_leaves_nobody_to_add():
    log, meetings = everybody(people=60)
    log.loc[log["meeting_id"] == 1, "attended"] = 1
    cells = ps.complete_cells(log, counted(log, "gender"), ["gender"], meetings)
    assert cells.note.startswith("0 residents")
    same(
        ps.fit_logit("attended ~ gender", cells, unit="person_id"),
        ps.fit_logit("attended ~ gender", log, unit="person_id"),
    )


def test_levels_keep_the_order_of_their_list():
    log, meetings = everybody()
    log["ethnicity"] = pd.Categorical(
        log["ethnicity"], ["White British", "Portuguese", "Other", "Black African"]
    )
    population = counted(log, "ethnicity")
    cells = ps.complete_cells(attenders(log), population, ["ethnicity"], meetings)
    fit = ps.fit_logit("attended ~ ethnicity", cells, unit="person_id")
    assert fit.references == {"ethnicity": "White British"}
    same(fit, ps.fit_logit("attended ~ ethnicity", log, unit="person_id"))


def test_st_marys_without_its_register_of_residents():
    """The log and the population alone give the fit of everybody who stayed all the time."""
    estate = ps.load_example("st_marys")
    panel = estate.panel()
    panel = panel[panel["open_to"].eq("residents") & panel["seat"].ne("yes")]
    panel = panel[panel["capacity"].eq("resident") & panel["gender"].notna()]
    meetings = panel.drop_duplicates("meeting_id")
    always = panel.groupby("person_id")["meeting_id"].transform("size") == len(meetings)
    panel = panel[always]
    residents = counted(panel, "gender")
    cells = ps.complete_cells(
        attenders(panel), residents, ["gender"], meetings, of_meeting=["format"]
    )
    assert cells.n_rows == len(panel)
    formula = "attended ~ gender + format"
    same(
        ps.fit_logit(formula, cells, unit="person_id"),
        ps.fit_logit(formula, panel, unit="person_id"),
    )


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (
            {"population": lambda p: p.assign(count=1)},
            EstimationError,
            r"more people of ethnicity × gender '.*' came than live there.*more in the log",
        ),
        (
            {"population": lambda p: p.drop(columns="count").assign(share=0.1)},
            InputError,
            "the population has no counts",
        ),
        (
            {"population": lambda p: p.assign(variable="ethnicity × sex")},
            InputError,
            "does not cover ethnicity, gender.*'ethnicity × gender', or a margin of each",
        ),
        ({"meetings": lambda m: m.iloc[:0]}, InputError, "no meeting.*open to residents"),
        (
            {"panel": lambda p: p.assign(gender=p["format"])},
            InputError,
            "a characteristic varies within a person.*name covariates of meetings in of_meeting",
        ),
    ],
)
def test_errors_say_what_is_wrong(change, kind, message):
    log, meetings = everybody()
    asked = {
        "panel": attenders(log),
        "population": counted(log, "ethnicity × gender"),
        "meetings": meetings,
    }
    for name, changed in change.items():
        asked[name] = changed(asked[name])
    with pytest.raises(kind, match=message):
        ps.complete_cells(asked["panel"], asked["population"], BY, asked["meetings"])


def test_margins_that_contradict_one_another_are_refused(monkeypatch):
    from participation_stats.measure.engagement import never_attending

    monkeypatch.setattr(never_attending, "MOST_ROUNDS", 50)
    log, meetings = everybody()
    population = counted(log, "ethnicity", "gender")
    population.loc[population["variable"] == "gender", "count"] += 40
    with pytest.raises(EstimationError, match=r"margins .* contradict one another.*not in the log"):
        ps.complete_cells(attenders(log), population, BY, meetings)


def test_cells_must_hold_what_the_formula_names():
    log, meetings = everybody()
    cells = ps.complete_cells(attenders(log), counted(log, "gender"), ["gender"], meetings)
    with pytest.raises(InputError, match=r"the cells have no 'format'.*complete_cells"):
        ps.fit_logit("attended ~ gender + format", cells, unit="person_id")
    with pytest.raises(InputError, match="cells of people without unit="):
        ps.fit_logit("attended ~ gender", cells)
