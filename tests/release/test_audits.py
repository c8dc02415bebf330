"""The audit: what an attacker can say of each withheld count, and what stops a write."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from attack.estates import draw_estate

import participation_stats as ps
from participation_stats.release.attack import breaches_of
from participation_stats.release.cells import Margin
from participation_stats.release.disclosure import protect, protect_all
from participation_stats.release.linkage import View, known
from participation_stats.release.policies import Policy
from participation_stats.studies import questions as study

PUBLISH = Policy.publish()


@pytest.fixture(scope="module")
def secret():
    """St Mary's as if its people were real: nothing is exempt."""
    whole = ps.load_example("st_marys")
    return dataclasses.replace(whole, synthetic=False, already_published=None)


@pytest.fixture(scope="module")
def drawn():
    """A random estate whose tables, each protected by itself, give one another away."""
    for seed in range(200):
        estate = draw_estate(np.random.default_rng(seed))
        alone = {
            body: protect_all({body: estate.profile(body)}, PUBLISH, bodies={body: body})[body]
            for body in estate.people
        }
        try:
            ps.audit(alone, people=estate.people)
        except ps.DisclosureError:
            return estate, alone
    raise AssertionError("no estate was given away")


@pytest.mark.slow
def test_the_range_of_every_withheld_count_holds_the_truth_and_three_values():
    checked = 0
    for seed in range(25):
        estate = draw_estate(np.random.default_rng(seed))
        together = protect_all(
            {body: estate.profile(body) for body in estate.people},
            PUBLISH,
            bodies={body: body for body in estate.people},
            people=estate.people,
        )
        found = ps.audit(together, people=estate.people).table
        assert (found["high"] - found["low"] >= 2).all()
        for row in found.itertuples():
            if row.body not in estate.people or row.variable not in estate.categories:
                continue
            names = estate.categories[row.variable]
            if row.category not in names:
                continue
            held = estate.groups[row.variable][sorted(estate.people[row.body])]
            assert row.low <= int((held == names.index(row.category)).sum()) <= row.high
            checked += 1
    assert checked > 100


@pytest.mark.slow
def test_tables_protected_one_by_one_are_refused_and_named(drawn):
    estate, alone = drawn
    with pytest.raises(ps.DisclosureError, match=r"can be worked out from '.*protect_all"):
        ps.audit(alone, people=estate.people)


def test_a_withheld_row_that_was_opened_is_refused():
    counts = {"Renters": 66, "Owners": 350, "Housed by work": 12, "Other": 4}
    shares = {"Renters": 0.52, "Owners": 0.42, "Housed by work": 0.03, "Other": 0.03}
    one = protect(ps.representativeness_ratios(counts, shares, by="tenure"), PUBLISH)
    opened = one.frames["table"].copy()
    opened.loc[opened["suppressed"], "ratio"] = 0.3
    # A Protected cannot be made by hand; whoever forces one open is found out here.
    object.__setattr__(one, "frames", {**one.frames, "table": opened})
    with pytest.raises(ps.DisclosureError, match="'ratio' is told beside a withheld count"):
        ps.audit({"boards": one})


def test_what_is_not_protected_cannot_be_audited():
    with pytest.raises(ps.InputError, match="'boards' is no Protected"):
        ps.audit({"boards": pd.DataFrame()})


@pytest.mark.slow
def test_a_breach_stops_the_report_before_anything_is_written(secret, tmp_path, monkeypatch):
    """A fault in `protect_all` that lets one withheld count through is found by the audit."""

    def at_fault(results, policy, **more):
        released = protect_all(results, policy, **more)
        one = next(one for one in released.values() if one.kind == "Representativeness")
        opened = one.frames["table"].copy()
        opened.loc[opened["suppressed"], "count"] = 1
        object.__setattr__(one, "frames", {**one.frames, "table": opened})
        return released

    monkeypatch.setattr(study, "protect_all", at_fault)
    with pytest.raises(ps.DisclosureError, match="'count' is told beside a withheld count"):
        ps.write_report(secret, tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_written_report_is_read_again_and_a_changed_file_is_found(secret, tmp_path):
    page = ps.write_report(secret, tmp_path / "report", bodies=["network"])
    tables = sorted((page.parent / "tables").glob("*.csv"))
    assert ps.audit_folder(page.parent) > len(tables)
    for path in tables:
        frame = pd.read_csv(path)
        if "suppressed" in frame and "count" in frame and frame["suppressed"].any():
            frame.loc[frame["suppressed"], "count"] = 3
            frame.to_csv(path, index=False)
            break
    with pytest.raises(ps.DisclosureError, match="'count' is told beside a withheld count"):
        ps.audit_folder(page.parent)


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another body"])
@pytest.mark.parametrize(("total", "breached"), [(47, True), (45, True), (65, False)])
def test_a_group_without_a_row_is_attacked_and_may_be_told_where_it_is_large(
    total, breached, beside
):
    """By hand: 25 and 20 are told of a total, and the third group is what is left."""
    told = [Margin("model", "all", "group", {"A": 25, "B": 20})]
    views = [View("all", "group", ("A", "B", "C"), (total, total))]
    people = {"all": frozenset(range(total))}
    if beside:
        told.append(Margin("seats", "some", "group", {"A": None, "B": None, "C": None}))
        views.append(View("some", "group", ("A", "B", "C"), (30, 30)))
        people["some"] = frozenset(range(30))
    knowledge = known(told, views, people, 1)
    found = breaches_of(knowledge, 10, knowledge.cells.keys())
    targets = [one for one in found if one.target.name == "the count of C (group of all)"]
    assert [(one.low, one.high) for one in targets] == [(total - 45, total - 45)] * breached
