"""Every kind of result says what disclosure must know, and hides its small groups."""

import dataclasses
import importlib
import pickle
import pkgutil
import warnings

import numpy as np
import pandas as pd
import pytest
from every_result import SPECIMENS

import participation_stats
from participation_stats.measure.results import PUBLIC_VARIABLES, Result, unit_of
from participation_stats.release.disclosure import protect
from participation_stats.release.policies import Policy
from participation_stats.release.scalars import CHOSEN, PARTS, PEOPLE, SUMMARIES

PUBLISH = Policy.publish()

#: Frames that count people of whom only the capacity is told, who stand in the minutes by name.
ROLES = {
    ("Activity", "table"),
    ("AttendanceRecord", "headcounts"),
    ("CoAttendance", "table"),
    ("CoAttendance", "contacts"),
    ("Regulars", "table"),
    ("Turnover", "table"),
}
#: Numbers that rest on the population and on how many people there are, whoever they are.
OF_CHANCE = {
    "expected", "population_count", "population_share", "chance_low", "chance_high",
    "chance_count_low", "chance_count_high", "chance_mean", "chance_95", "dissimilarity_expected",
    "target", "n", "other_n", "not_stated", "groups", "tables", "since_event", "df_denominator",
}  # fmt: skip
#: A number of people of a body whatever their group; a verdict tells of at least three counts.
TOTALS = {"n", "other_n", "not_stated"}


def kinds() -> dict[str, type[Result]]:
    """Every class of the package that is a result, found by importing all of it."""
    for module in pkgutil.walk_packages(participation_stats.__path__, "participation_stats."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, todo = {}, [Result]
    while todo:
        for kind in todo.pop().__subclasses__():
            todo.append(kind)
            if kind.__module__.startswith("participation_stats."):
                found[kind.__name__] = kind
    return found


@pytest.fixture(scope="module")
def specimens():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: make() for name, make in SPECIMENS.items()}


def test_there_is_a_specimen_of_every_kind():
    assert set(kinds()) == set(SPECIMENS), "add a specimen to every_result.py"


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECIMENS)
def test_a_specimen_is_of_its_kind_and_every_frame_has_a_rule(specimens, name):
    result = specimens[name]
    assert type(result).__name__ == name
    rules = {rule.table: rule for rule in result.rules}
    if name == "Audit":  # ranges that anybody can work out; it is never written
        assert protect(result, PUBLISH).frames == {}
        return
    assert set(result.frames()) <= set(rules), "a frame without a rule is withheld whole"
    for frame, rule in rules.items():
        if frame not in result.frames():
            continue
        columns = result.frames()[frame].columns
        if rule.count is not None:
            assert rule.count in columns
        counted = {str(c) for c in columns if unit_of(str(c)) == "count"} - TOTALS
        declared = {rule.count, *rule.derived} | OF_CHANCE
        if not rule.individual and (name, frame) not in ROLES:
            assert counted <= declared, f"{frame} counts people in columns without a rule"


@pytest.mark.parametrize("name", SPECIMENS)
def test_individuals_never_leave(specimens, name):
    released = protect(specimens[name], PUBLISH)
    for rule in specimens[name].rules:
        assert not (rule.individual and rule.table in released.frames)


def personal(frame: pd.DataFrame) -> np.ndarray:
    variable = frame.get("variable", pd.Series("", index=frame.index))
    return ~variable.isin(PUBLIC_VARIABLES).to_numpy(dtype=bool)


@pytest.mark.parametrize("name", SPECIMENS)
def test_no_small_count_is_told(specimens, name):
    """Whatever its column is called: fewer than ten people, or nobody, of a group."""
    released = protect(specimens[name], PUBLISH)
    for table, frame in released.frames.items():
        if (name, table) in ROLES:
            continue
        rows = frame[personal(frame)]
        for column in rows:
            if unit_of(str(column)) == "count" and column not in OF_CHANCE:
                told = rows[column].dropna()
                assert (told >= PUBLISH.threshold).all(), f"{table}.{column}: {told.tolist()}"


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECIMENS)
def test_nothing_stands_beside_a_withheld_count(specimens, name):
    """All that is left of its row is words, and what follows from the population alone."""
    released = protect(specimens[name], PUBLISH)
    rules = {rule.table: rule for rule in specimens[name].rules}
    for table, frame in released.frames.items():
        gone = frame[frame["suppressed"].to_numpy(dtype=bool)]
        keys = {*OF_CHANCE, *rules[table].margin, "suppressed"}
        for column in gone.select_dtypes("number"):
            assert column in keys or gone[column].isna().all(), f"{table}.{column} is told"


@pytest.mark.parametrize("name", SPECIMENS)
def test_no_single_number_gives_a_gap_away(specimens, name):
    """A log-likelihood to sixteen digits is that of one count only of those that a gap may hold."""
    result = specimens[name]
    released = protect(result, PUBLISH)
    told = {key: value for key, value in released.facts.items() if value is not None}
    people = [value for key, value in told.items() if key in PEOPLE]
    for key, value in told.items():
        if key in PARTS:
            assert PUBLISH.threshold <= value <= min(people) - PUBLISH.threshold
    if any(frame["suppressed"].any() for frame in released.frames.values()):
        exact = {key for key, value in told.items() if isinstance(value, float)}
        assert exact <= CHOSEN | SUMMARIES
        assert all(told[key] == round(told[key], 2) for key in exact & SUMMARIES)
        assert "note" not in told


@pytest.mark.parametrize("name", SPECIMENS)
def test_an_internal_policy_withholds_nothing(specimens, name):
    result = specimens[name]
    released = protect(result, Policy.internal("for the board"))
    assert set(released.frames) == set(result.frames())
    assert not any(frame["suppressed"].any() for frame in released.frames.values())
    assert dict(released.facts) == result.facts() or any(
        value != value for value in result.facts().values()
    )


def test_the_small_groups_of_the_specimens_are_withheld_somewhere(specimens):
    """A guard of this file: specimens whose groups are all large would test nothing."""
    gaps = {
        name
        for name, result in specimens.items()
        if any(f["suppressed"].any() for f in protect(result, PUBLISH).frames.values())
    }
    without = {"Activity", "AttendanceRecord", "Audit", "CoAttendance", "DataQuality", "Durations",
               "EventStudy", "Inequality", "PanelComparison", "PanelFit", "PersonEffects",
               "Regulars", "Seats", "TermTests", "Turnover", "Voice", "VotingPower"}  # fmt: skip
    assert set(specimens) - gaps <= without


def test_a_kind_without_rules_is_withheld_whole():
    @dataclasses.dataclass(frozen=True, eq=False, repr=False)
    class Forgotten(Result):
        pass

    released = protect(Forgotten(pd.DataFrame({"category": ["A"], "count": [3]})), PUBLISH)
    assert released.frames == {} and "main table is withheld" in released.notes[0]


@pytest.mark.parametrize("kind", sorted(SPECIMENS))
def test_every_result_goes_to_another_process_and_back(specimens, kind):
    again = pickle.loads(pickle.dumps(specimens[kind]))
    assert again.frames().keys() == specimens[kind].frames().keys()
    for name, frame in specimens[kind].frames().items():
        pd.testing.assert_frame_equal(again.frames()[name], frame)
