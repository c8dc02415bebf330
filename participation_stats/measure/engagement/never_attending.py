"""Residents who never came, counted in from the population where no file of persons names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.results import number_of
from participation_stats.measure.tallies import (
    BETWEEN,
    Cells,
    collapse,
    gathered,
    level_name,
    level_order,
)

Floats = npt.NDArray[np.float64]
WHERE = "complete_cells"
#: Fitting to margins stops when none is missed by more than this part of a person.
MISSED = 1e-9
MOST_ROUNDS = 10_000
#: Fewer people than this in a cell are rounding.
NOBODY = 1e-9


def complete_cells(
    panel: Any,
    population: Any,
    by: Sequence[str],
    meetings: Any,
    *,
    of_meeting: Sequence[str] = (),
    response: str = "attended",
    unit: str = "person_id",
) -> Cells:
    r"""Collapse an attendance log and add the residents who are in no log.

    Where the log names only people who came, the model would be one of attenders: a group of
    which hardly anybody ever comes would look as keen as its few who do. The population says how
    many there are, and each of those not in the log missed every meeting open to residents.

    With a joint table of all characteristics the cells, and so every fit, are those that a file
    of all persons would give. With margins only, the people missing from each margin are known
    exactly, and how the characteristics go together among them is not: they are fitted to the
    margins by iterative proportion from equal cells, as if the characteristics were
    independent. The note of the cells and of every fit says so.

    Parameters
    ----------
    panel : frame, str or Path
        One row for each person in the log and meeting at risk, as ``estate.panel()`` gives.
    population : frame, str or Path
        Residents as ``variable, category, count``: a joint table under a variable such as
        ``"ethnicity × gender"``, or margins (single characteristics, or intersections of some).
    by : sequence of str
        Characteristics of persons, which the population must cover.
    meetings : frame, str or Path
        One row per meeting that residents could come to, with the columns of `of_meeting`.
    of_meeting : sequence of str
        Covariates that belong to the meeting (``format``).
    response, unit : str
        Columns of the panel: attended (0 or 1), and the person.

    Returns
    -------
    Cells
        To be given to `fit_logit`, `fit_gee` or `fit_mixed_logit` in the place of rows, with
        `unit`. People added may be fractions of one where only margins are known.

    Raises
    ------
    InputError
        If a column is not there, a characteristic varies within a person, the population does
        not cover one or has no counts, or there are no meetings.
    EstimationError
        If the log names more people of a group than the population has, or margins contradict
        one another.

    Notes
    -----
    People added are taken to have lived there all the time. People in the log whose
    characteristics are not stated are left out, and stay counted among those who never came.

    Examples
    --------
    Two of three women and one of seven men came, to one meeting of two:

    >>> log = pd.DataFrame({"person_id": [*"aabbcc"], "meeting_id": [1, 2] * 3})
    >>> log["gender"], log["attended"] = [*"FFFFMM"], [1, 0] * 3
    >>> residents = pd.DataFrame({"variable": "gender", "category": ["F", "M"], "count": [3, 7]})
    >>> meetings = pd.DataFrame({"meeting_id": [1, 2]})
    >>> cells = complete_cells(log, residents, ["gender"], meetings)
    >>> cells.n_rows, cells.n_units
    (20, 10)
    >>> from participation_stats import fit_logit
    >>> fit = fit_logit("attended ~ gender", cells, unit="person_id")
    >>> print(fit.rates("gender").table[["category", "n_units", "estimate"]].round(3))
      category  n_units  estimate
    0        F        3     0.333
    1        M        7     0.071
    """
    keys = [*by, *of_meeting]
    population, meetings = gathered(population, WHERE), gathered(meetings, WHERE)
    if not len(meetings):
        raise InputError(
            "no meeting", where=WHERE, expected="a meeting open to residents", got="none"
        )
    cells = collapse(panel, keys, response, unit=unit)
    known = _known(panel, list(by), unit)
    margins = _margins(population, list(by))
    levels = {name: _levels(name, known, margins) for name in by}
    shape = tuple(len(levels[name]) for name in by)
    there = _table(known, known["_people"], list(by), levels, shape)
    missing, how = _missing(margins, there, list(by), levels)
    added = _added(missing, list(by), levels, meetings, list(of_meeting))
    people = round(float(missing.sum()))
    note = (
        f"{number_of(people, 'resident')} who {'is' if people == 1 else 'are'} in no log "
        f"{'is' if people == 1 else 'are'} counted in from the population, as having missed each "
        f"of {number_of(len(meetings), 'meeting')} open to residents; {how}."
    )
    return _joined(cells, added, keys, note)


def _known(panel: Any, by: list[str], unit: str) -> pd.DataFrame:
    """People in the log by characteristics: the patterns and ``_people``."""
    people = collapse(panel, by, unit=unit)
    counted = people.cells.groupby("pattern")["units"].sum()
    if int(counted.sum()) != people.n_units:
        raise InputError(
            "a characteristic varies within a person",
            where=WHERE,
            expected=f"one value of each of {', '.join(by)} for everybody",
            got=f"{int(counted.sum()) - people.n_units} people with two or more",
            hint="name covariates of meetings in of_meeting",
        )
    numbers = counted.reindex(range(len(people.patterns)), fill_value=0).to_numpy(dtype=float)
    return people.patterns.assign(_people=numbers)


Margin = tuple[tuple[str, ...], pd.DataFrame]


def _margins(population: pd.DataFrame, by: list[str]) -> list[Margin]:
    """The joint table alone where there is one, else every margin of these characteristics."""
    if "count" not in population or population["count"].isna().all():
        raise InputError(
            "the population has no counts", where=WHERE, expected="a column count", got="shares"
        )
    found: list[Margin] = []
    for variable, rows in population.groupby("variable", sort=False):
        names = tuple(str(variable).split(BETWEEN))
        if set(names) <= set(by) and rows["count"].notna().all():
            parts = rows["category"].astype("str").str.split(BETWEEN, expand=True)
            if parts.shape[1] == len(names):
                found.append((names, parts.set_axis(list(names), axis=1).assign(
                    _people=rows["count"].to_numpy(dtype=float))))  # fmt: skip
    whole = [margin for margin in found if len(margin[0]) == len(by)]
    lacking = [name for name in by if not any(name in names for names, _ in found)]
    if lacking:
        raise InputError(
            f"the population does not cover {', '.join(lacking)}",
            where=WHERE,
            expected=f"a variable '{BETWEEN.join(by)}', or a margin of each",
            got=", ".join(map(str, population["variable"].unique())),
        )
    return whole[:1] or found


def _levels(name: str, known: pd.DataFrame, margins: list[Margin]) -> list[str]:
    """Levels in the log and the population: a list's own order first."""
    told = [level_name(level) for _, rows in margins if name in rows for level in rows[name]]
    seen = [level_name(level) for level in known[name]]
    if isinstance(known[name].dtype, pd.CategoricalDtype):
        listed = [level_name(level) for level in known[name].cat.categories]
        return [*listed, *sorted({*told, *seen} - set(listed))]
    return [str(level) for level in level_order({*told, *seen})]


def _table(
    rows: pd.DataFrame,
    people: pd.Series,
    names: Sequence[str],
    levels: dict[str, list[str]],
    shape: tuple[int, ...],
) -> Floats:
    """Counts of people as an array with one axis for each characteristic."""
    out = np.zeros(shape)
    places = tuple(
        np.array([levels[name].index(level_name(level)) for level in rows[name]], dtype=np.int64)
        for name in names
    )
    np.add.at(out, places, people.to_numpy(dtype=float))
    return out


def _missing(
    margins: list[Margin], there: Floats, by: list[str], levels: dict[str, list[str]]
) -> tuple[Floats, str]:
    """People of each cell who are in no log, and how that is known."""
    targets = []
    for names, rows in margins:
        shape = tuple(len(levels[name]) for name in names)
        told = _table(rows, rows["_people"], names, levels, shape)
        # The axes of a margin in the order of `by`.
        told = np.transpose(told, [names.index(name) for name in by if name in names])
        axes = tuple(axis for axis, name in enumerate(by) if name not in names)
        left = told - there.sum(axis=axes)
        _refuse_more(left, [name for name in by if name in names], levels)
        targets.append((axes, np.maximum(left, 0.0)))
    if len(margins) == 1:
        return targets[0][1], "how their characteristics go together is known from a joint table"
    fitted = _fitted(targets, there.shape)
    return fitted, (
        f"of them only the margins {', '.join(BETWEEN.join(names) for names, _ in margins)} are "
        "known, so that their characteristics are taken as independent beyond these"
    )


def _refuse_more(left: Floats, names: list[str], levels: dict[str, list[str]]) -> None:
    for place in np.argwhere(left < -NOBODY)[:1]:
        group = BETWEEN.join(levels[name][at] for name, at in zip(names, place, strict=True))
        raise EstimationError(
            f"more people of {BETWEEN.join(names)} '{group}' came than live there",
            where=WHERE,
            expected="a population of all who could come in the period of the log",
            got=f"{-left[tuple(place)]:,.0f} more in the log",
            hint="leave out visitors (capacity other than resident), or merge the group",
        )


def _fitted(targets: list[tuple[tuple[int, ...], Floats]], shape: tuple[int, ...]) -> Floats:
    """Iterative proportional fitting from equal cells (Deming & Stephan 1940)."""
    table = np.ones(shape)
    for _ in range(MOST_ROUNDS):
        worst = 0.0
        for axes, target in targets:
            now = table.sum(axis=axes)
            worst = max(worst, float(np.abs(now - target).max()))
            factor = np.divide(target, now, out=np.zeros_like(target), where=now > 0)
            table = table * np.expand_dims(factor, axes)
        if worst <= MISSED * max(1.0, float(table.sum())):
            return table
    raise EstimationError(
        "the margins of the population contradict one another",
        where=WHERE,
        expected="margins of the same residents, each with the same total",
        got=" and ".join(f"{target.sum():,.0f}" for _, target in targets) + " not in the log",
    )


def _added(
    missing: Floats,
    by: list[str],
    levels: dict[str, list[str]],
    meetings: pd.DataFrame,
    of_meeting: list[str],
) -> pd.DataFrame:
    """One row for each cell of people and kind of meeting: trials, units and the covariates."""
    places = np.argwhere(missing > NOBODY)
    people = pd.DataFrame(
        {name: [levels[name][at] for at in places[:, axis]] for axis, name in enumerate(by)}
    )
    people["units"], people["profile"] = missing[tuple(places.T)], np.arange(len(places))
    if not of_meeting:
        return people.assign(trials=len(meetings))
    kinds = meetings.groupby(of_meeting, observed=True).size().rename("trials").reset_index()
    return people.merge(kinds, how="cross")


def _joined(cells: Cells, added: pd.DataFrame, keys: list[str], note: str) -> Cells:
    """The cells of the log and those of people who are in none, patterns numbered anew."""
    known = cells.patterns.iloc[cells.cells["pattern"].to_numpy()].reset_index(drop=True)
    old = pd.concat([known, cells.cells.reset_index(drop=True)], axis=1)
    new = added.assign(successes=0, profile=added["profile"] + cells.cells["profile"].max() + 1)
    columns = [*keys, "profile", "trials", "successes", "units"]
    both = pd.concat([old[columns].astype(_text(old, keys)), new[columns].astype(_text(new, keys))])
    for name in keys:
        if isinstance(cells.patterns[name].dtype, pd.CategoricalDtype):
            listed = [str(level) for level in cells.patterns[name].cat.categories]
            order = [*listed, *sorted(set(both[name]) - set(listed))]
            both[name] = pd.Categorical(both[name], categories=order)
    groups = both.groupby(keys, observed=True, sort=True)
    both = both.assign(pattern=groups.ngroup()).sort_values(["profile", "pattern"])
    patterns = both.drop_duplicates("pattern").sort_values("pattern")[keys]
    units = float(new.drop_duplicates("profile")["units"].sum())
    return replace(
        cells,
        patterns=patterns.reset_index(drop=True),
        cells=both[["profile", "pattern", "trials", "successes", "units"]].reset_index(drop=True),
        n_rows=cells.n_rows + round(float((new["trials"] * new["units"]).sum())),
        n_units=cells.n_units + round(units),
        note=note,
    )


def _text(frame: pd.DataFrame, keys: list[str]) -> dict[str, str]:
    """Covariates as text, so that levels of the log and of the population are the same words."""
    return {name: "str" for name in keys if not pd.api.types.is_numeric_dtype(frame[name])}
