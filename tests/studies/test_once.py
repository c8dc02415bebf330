"""Nothing costly is worked out twice in a report: tables and figures share one exact inference."""

import functools
import hashlib
import importlib
import inspect
import pickle
import pkgutil
from collections import Counter

import pytest

import participation_stats as ps
from participation_stats import intake, measure, release, studies
from participation_stats.release import tables

#: Told at once, or from a cache: called again where a table is made of several.
CHEAP = {
    "across_bodies",
    "check_confidence",
    "every_table",
    "exchange_p_value",
    "references_of",
    "significance_level",
    "statistic_of",
    "table_count",
}
COSTLY = ("participation_stats.measure.inference.",)
FITS = ("fit_", "survey_", "rake", "decompose_gap", "retention_curves", "participation_ladder")


def modules():
    for package in (intake, measure, release, studies):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def is_costly(value):
    if not inspect.isfunction(value) or value.__name__.startswith("_") or value.__name__ in CHEAP:
        return False
    return (
        value.__module__.startswith(COSTLY)
        or value.__name__ == "join_panel"
        or (value.__module__.startswith(measure.__name__) and value.__name__.startswith(FITS))
    )


@pytest.mark.slow
def test_no_join_no_inference_and_no_fit_is_made_twice(tmp_path, monkeypatch):
    calls = Counter()

    def counted(function):
        @functools.wraps(function)
        def call(*args, **named):
            given = pickle.dumps((args, sorted(named.items())))
            calls[function.__qualname__, hashlib.sha256(given).hexdigest()] += 1
            return function(*args, **named)

        return call

    wrapped = {}
    for module in modules():
        for name, value in list(vars(module).items()):
            # What calls itself within its own module is one piece of work.
            if is_costly(value) and value.__module__ != module.__name__:
                monkeypatch.setattr(module, name, wrapped.setdefault(value, counted(value)))
    ps.write_report(ps.load_example("st_marys"), tmp_path / "report")
    names = {name for name, _ in calls}
    assert {"join_panel", "judge", "fit_mixed_logit", "participation_ladder"} <= names
    assert {name: times for (name, _), times in calls.items() if times > 1} == {}


def test_each_column_of_a_table_is_put_into_words_once(tmp_path, monkeypatch):
    calls = Counter()
    seen = []

    def counted(released, name):
        seen.append(released)  # or another might get its place in memory
        calls[id(released), name] += 1
        return column(released, name)

    column = tables._column
    monkeypatch.setattr(tables, "_column", counted)
    ps.write_report(ps.load_example("southern_women"), tmp_path / "report")
    assert len({frame for frame, _ in calls}) == len(list((tmp_path / "report/tables").iterdir()))
    assert set(calls.values()) == {1}
