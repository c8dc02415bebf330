"""The worked question of St Mary's: what is said, and that the simulator's truth is recovered."""

import dataclasses
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.studies.formality import (
    AFTER,
    NEW,
    formality,
    start_of_new,
    with_phase,
    worked_model,
)
from participation_stats.studies.regulars import regulars_around, regulars_told

SEEDS = range(1000, 1400)


@pytest.fixture(scope="module")
def estate():
    return ps.load_example("st_marys")


@pytest.fixture(scope="module")
def measured(estate):
    return formality(estate)


def told_by(answer):
    return [str(claim) for claim in answer.sentences()]


def released(measured, policy):
    return measured.released(
        {name: ps.protect(result, policy) for name, result in measured.results().items()}
    )


def test_the_event_is_the_first_meeting_of_the_subgroup(estate):
    event = start_of_new(estate)
    assert (event.name, str(event.date.date())) == ("youth subgroup", "2012-04-18")
    assert str(event) == "18 April 2012, when the youth subgroup first met"


@pytest.mark.slow
def test_both_answers_are_given_with_the_numbers_of_the_model(measured):
    told = told_by(released(measured, ps.Policy.internal("test")))
    table = measured.fit.table.set_index("term")
    formal = np.exp(table.loc["format[T.formal]", ["estimate", "conf_low", "conf_high"]])
    assert told[0] == (
        "Residents come less when meetings are formal: the odds that one and the same resident "
        f"comes to a formal meeting are {formal.iloc[0]:.2f} times (95% interval "
        f"{formal.iloc[1]:.2f} to {formal.iloc[2]:.2f}) those of an informal one."
    )
    after = np.exp(table.loc[f"seat[T.yes]:{NEW}[T.{AFTER}]", "estimate"])
    assert told[1].startswith("Since 18 April 2012, when the youth subgroup first met, residents")
    assert f"are {after:.2f} times" in told[1]
    assert told[2].startswith("Residents with a seat come to ")
    assert told[3].startswith("Residents with a seat came to ")


def test_that_officers_had_no_informal_meetings_is_said(measured):
    assert measured.by_capacity is None
    assert measured.note == (
        "Whether formality matters as much to others cannot be told: councillors, council officers "
        "and organisation staff have formal meetings only."
    )


@pytest.mark.slow
def test_where_capacities_had_both_formats_they_interact(estate):
    """The network's meetings of every second month made informal."""
    meetings = estate.tables["meetings"].copy()
    network = meetings.index[meetings["body_id"].eq("network")]
    meetings.loc[network[::2], "format"] = "informal"
    found = formality(dataclasses.replace(estate, tables={**estate.tables, "meetings": meetings}))
    assert found.note == ""
    rates = found.by_capacity.table
    assert rates["variable"].unique().tolist() == ["format × capacity"]
    assert len(rates) == 8
    # The model is saturated: its rates are the raw ones, and residents differ by format.
    panel = dataclasses.replace(estate, tables={**estate.tables, "meetings": meetings}).panel()
    raw = panel[panel["seat"] == "yes"].groupby(["format", "capacity"])["attended"].mean()
    for (kind, capacity), share in raw.items():
        row = rates[rates["category"] == f"{kind} × {capacity}"]
        assert row["estimate"].iloc[0] == pytest.approx(share, abs=1e-8)


def test_regulars_are_compared_with_others_half_year_by_half_year():
    """Of six regulars three stop in the half-year after the start; closed form from the means."""
    start = pd.Timestamp("2020-01-01")
    rows = [
        {
            "person_id": f"{kind}{number}",
            "body_id": "old",
            "date": start + pd.Timedelta(days=182 * half + 10),
            "seat": "yes" if kind == "r" else "no",
            "attended": int(
                (number < 3 or half < 1) if kind == "r" else (number + half) % 4 == 0 or half == 2
            ),
        }
        for kind, people in (("r", 6), ("o", 8))
        for number in range(people)
        for half in range(-2, 3)
    ]
    # Meetings of the new body, and of one who sat down only later, are no part of it.
    later = {"person_id": "r0", "body_id": "new", "date": start, "seat": "yes", "attended": 0}
    newcomer = {**later, "person_id": "n", "body_id": "old", "date": start + pd.Timedelta(days=9)}
    panel = pd.DataFrame([*rows, later, newcomer])
    found = regulars_around(panel, start)
    assert found.n_touched == 6
    assert found.n_units == 14
    means = (
        pd.DataFrame(rows)
        .assign(half=lambda one: (one["date"] - start).dt.days // 182)
        .groupby(["seat", "half"])["attended"]
        .mean()
        .unstack("seat")
    )
    gap = means["yes"] - means["no"]
    expected = (gap - gap[-1]).tolist()
    assert found.table["since_event"].tolist() == [-2, -1, 0, 1, 2]
    # Least squares of a balanced table is the difference of differences, to rounding.
    assert found.table["estimate"].tolist() == pytest.approx(expected, abs=1e-12)
    # 3 of 6 against all of them, and others 2 of 8 throughout: half the meetings less.
    assert found.table["estimate"].iloc[3] == pytest.approx(-0.5)


@pytest.mark.parametrize("kept", [["r"], ["o"], []])
def test_without_regulars_or_others_there_is_no_comparison(estate, kept):
    panel = with_phase(ps.as_factors(estate.panel("committee")), start_of_new(estate))
    sides = {"r": panel["seat"].eq("yes"), "o": panel["seat"].eq("no")}
    chosen = panel[sum((sides[name] for name in kept), start=pd.Series(False, panel.index)) > 0]
    assert regulars_around(chosen, start_of_new(estate).date) is None


@pytest.mark.parametrize(("p_value", "warned"), [(0.01, True), (0.049, True), (0.05, False)])
def test_what_was_so_before_the_event_is_said(measured, p_value, warned):
    study = dataclasses.replace(measured.regulars, pre_trend_p_value=p_value)
    policy = ps.Policy.publish().exempt("the people are synthetic")
    claim = regulars_told(ps.protect(study, policy), "youth subgroup").text
    assert claim.endswith(
        "the two already went different ways before it, so this says little of it."
        if warned
        else "each taken alone."
    )


def test_regulars_have_a_figure_and_a_sentence(measured):
    answer = released(measured, ps.Policy.publish())
    section = answer.section("Source: made up.")
    shown = next(one for one in section.exhibits if one.slug == "formality_regulars")
    table = answer.regulars.table
    assert table["estimate"].notna().all()
    less = int((table.loc[table["since_event"].ge(0), "conf_high"] < 0).sum())
    words = ["neither less nor more in any", "less in one", "less in two"][less]
    claim = told_by(answer)[-1]
    assert f"regulars came {words} of the four half-years since the youth subgroup began" in claim
    figure = shown.draw(shown.protected)
    assert "had a seat by then" in " ".join(text.get_text() for text in figure.texts)
    assert "half-year" in figure.alt_text
    guarded = released(measured, ps.Policy.strict())
    assert told_by(guarded)[-1] == (
        "How often regulars came since the youth subgroup began, by half-years, is withheld."
    )


@pytest.mark.slow
def test_records_of_comers_alone_are_said_to_be_such(estate):
    came = estate.tables["attendance"].query("status == 'present'")["person_id"]
    seated = estate.tables["memberships"]["person_id"]
    people = estate.tables["people"]
    kept = people[people["person_id"].isin(came) | people["person_id"].isin(seated)]
    names = set(kept["person_id"])
    attendance = estate.tables["attendance"]
    tables = {
        **estate.tables,
        "people": kept,
        "attendance": attendance[attendance["person_id"].isin(names)],
    }
    found = formality(dataclasses.replace(estate, tables=tables))
    assert found.note.startswith("The records name only people who came at least once")
    assert not formality(estate).note.startswith("The records")


def test_nothing_of_a_small_body_leaves(measured):
    guarded = released(measured, ps.Policy.strict())
    assert told_by(guarded)[1].endswith("is withheld.")
    # Format is a fact of meetings, not of people; before and after are told of fifteen people.
    assert not any("before the youth subgroup began" in text for text in told_by(guarded))
    phase = guarded.rates[NEW].table
    assert phase["suppressed"].all()
    assert phase[["estimate", "n_units", "n_rows"]].isna().all(axis=None)


@pytest.mark.parametrize("without", ["memberships", "meetings", "people"])
def test_without_a_table_nothing_is_asked(estate, without):
    tables = {name: table for name, table in estate.tables.items() if name != without}
    assert formality(dataclasses.replace(estate, tables=tables)) is None


def test_without_a_new_body_only_formality_is_asked(estate):
    bodies = estate.tables["bodies"].drop(columns="parent_body_id")
    found = formality(dataclasses.replace(estate, tables={**estate.tables, "bodies": bodies}))
    assert found.event is None
    assert set(found.rates) == {"format"}
    assert len(told_by(released(found, ps.Policy.internal("test")))) == 2


def test_a_dozen_who_always_came_give_a_sentence(estate):
    attendance = estate.tables["attendance"].assign(status="present")
    seated = estate.tables["memberships"]["person_id"]
    attendance = attendance[attendance["person_id"].isin(seated)]
    tables = {**estate.tables, "attendance": attendance}
    told = formality(dataclasses.replace(estate, tables=tables))
    assert isinstance(told, str)
    assert told == (
        "Formal meetings, and who kept coming: no model could be fitted (some group always or "
        "never came, so that no finite odds fit it)."
    )


def one(seed):
    truth = ps.Truth()
    estate = ps.simulate_estate(seed=seed, truth=truth)
    _, fit = worked_model(with_phase(ps.as_factors(estate.panel()), start_of_new(estate)))
    table = fit.table.set_index("term")
    change = f"seat[T.yes]:{NEW}[T.{AFTER}]"
    terms = {"format[T.formal]": truth.formal, change: truth.after_subgroup}
    return [
        float(value)
        for term, true in terms.items()
        for value in (
            true,
            table.loc[term, "estimate"],
            table.loc[term, "conf_low"],
            table.loc[term, "conf_high"],
        )
    ]


@pytest.mark.slow
def test_the_truth_is_covered_as_often_as_promised(monkeypatch):
    """Simulate, collapse, fit: 400 estates; the nominal 95% intervals hold the truth in 92.5% to
    97.5% of them. Truth and model are both given the person, so that no integration is needed;
    of 400 covering intervals 95% of draws lie in 92.8% to 97.0%."""
    # One process for each core, so that each needs one thread.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    workers = min(os.cpu_count() or 1, 4)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        rows = np.array(list(pool.map(one, SEEDS, chunksize=10)))
    for name, block in (("formal", rows[:, :4]), ("after_subgroup", rows[:, 4:])):
        truth, estimate, low, high = block.T
        covered = float(((low <= truth) & (truth <= high)).mean())
        assert 0.925 <= covered <= 0.975, f"{name}: {covered:.4f}"
        # The estimates centre on the truth: within four standard errors of their mean.
        bias = (estimate - truth).mean() / (estimate.std(ddof=1) / np.sqrt(len(truth)))
        assert abs(bias) < 4, f"{name}: {bias:.2f}"


@pytest.mark.slow
def test_three_estates_in_the_fast_run():
    """Far out of reach of four standard errors nothing should lie."""
    rows = np.array([one(seed) for seed in range(3)])
    for block in (rows[:, :4], rows[:, 4:]):
        truth, estimate, low, high = block.T
        errors = (high - low) / 3.92
        assert (np.abs(estimate - truth) < 4 * errors).all()


@pytest.mark.slow
def test_page_of_st_marys_has_the_section(tmp_path, estate):
    folder = ps.write_report(estate, tmp_path / "report").parent
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert "Formal meetings, and who kept coming" in text
    assert (folder / "figures" / "seated_format.svg").exists()
    assert (folder / "figures" / "seated_phase.svg").exists()
    shown = pd.read_csv(folder / "tables" / "formality_model.csv")
    assert "format[T.formal]" in set(shown["term"])
