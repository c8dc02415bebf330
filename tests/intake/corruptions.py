"""Corruptions of a valid estate: what is done to it, and where a validation must find it.

Rows are counted as in the file: the headings are line 1, the first row of data is line 2.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import shutil
from collections.abc import Callable
from pathlib import Path

Cells = list[list[str]]
Spot = tuple[str, int | None, str | None, str]


@dataclasses.dataclass(frozen=True)
class Corruption:
    """A change to the rows of one table, and the spots (table, line, column, rule) it makes.

    `apply` changes the rows (headings first) in place and answers with the spots.
    """

    name: str
    table: str
    apply: Callable[[Cells], set[Spot]]


def load_rows(folder: Path) -> dict[str, Cells]:
    """Every table of an estate as rows of text, headings first."""
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            tables[path.stem] = list(csv.reader(stream))
    return tables


def write_rows(rows: Cells) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def lay_out(source: Path, folder: Path, changed: dict[str, str | bytes]) -> Path:
    """A copy of an estate in which some files have other contents."""
    folder.mkdir(exist_ok=True)
    for path in source.glob("*.csv"):
        target = folder / path.name
        content = changed.get(path.stem)
        if content is None:
            shutil.copyfile(path, target)
        else:
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _line(rows: Cells, **wanted: str) -> int:
    """The line of the first row with these values."""
    places = {name: rows[0].index(name) for name in wanted}
    for line, row in enumerate(rows[1:], start=2):
        if all(row[places[name]] == value for name, value in wanted.items()):
            return line
    raise LookupError(wanted)


def _set(rows: Cells, line: int, column: str, value: str) -> None:
    rows[line - 1][rows[0].index(column)] = value


def _get(rows: Cells, line: int, column: str) -> str:
    return rows[line - 1][rows[0].index(column)]


def cell(table: str, column: str, value: str, rule: str, line: int = 40) -> Corruption:
    """One cell gets another value."""

    def apply(rows: Cells) -> set[Spot]:
        at = min(line, len(rows))
        _set(rows, at, column, value)
        return {(table, at, column, rule)}

    return Corruption(f"{table}.{column}={value!r}", table, apply)


def cell_where(
    table: str, column: str, value: str, rule: str, spot: str | None = None, **wanted: str
) -> Corruption:
    """One cell of the first row with the wanted values gets another value."""

    def apply(rows: Cells) -> set[Spot]:
        at = _line(rows, **wanted)
        _set(rows, at, column, value)
        return {(table, at, spot or column, rule)}

    return Corruption(f"{table}.{column}={value!r} where {wanted}", table, apply)


def copy_row(table: str, keys: str, line: int = 40) -> Corruption:
    """A row stands twice."""

    def apply(rows: Cells) -> set[Spot]:
        rows.append(list(rows[min(line, len(rows)) - 1]))
        return {(table, len(rows), keys, "duplicate row")}

    return Corruption(f"{table}: a row twice", table, apply)


def clash(table: str, keys: str, column: str, value: str, rule: str = "primary key") -> Corruption:
    """A row stands twice, with different values."""

    def apply(rows: Cells) -> set[Spot]:
        start = min(40, len(rows) - 1)
        at = next(at for at in range(start, len(rows)) if _get(rows, at, column) not in ("", value))
        rows.append(list(rows[at - 1]))
        _set(rows, len(rows), column, value)
        return {(table, at, keys, rule), (table, len(rows), keys, rule)}

    return Corruption(f"{table}: one key, two of {column}", table, apply)


def drop_column(table: str, column: str) -> Corruption:
    def apply(rows: Cells) -> set[Spot]:
        place = rows[0].index(column)
        for row in rows:
            del row[place]
        return {(table, None, column, "missing column")}

    return Corruption(f"{table}: no column {column}", table, apply)


def rename_column(table: str, column: str, name: str) -> Corruption:
    def apply(rows: Cells) -> set[Spot]:
        rows[0][rows[0].index(column)] = name
        return {
            (table, None, column, "missing column"),
            (table, None, name, "unknown column"),
        }

    return Corruption(f"{table}: {column} called {name}", table, apply)


def made(name: str, table: str) -> Callable[[Callable[[Cells], set[Spot]]], Corruption]:
    return lambda apply: Corruption(name, table, apply)


@made("attendance: a cell too few", "attendance")
def _too_few(rows: Cells) -> set[Spot]:
    rows[49].pop()
    return {("attendance", 50, None, "columns")}


@made("attendance: a cell too many", "attendance")
def _too_many(rows: Cells) -> set[Spot]:
    rows[59].insert(2, "x")
    return {("attendance", 60, None, "columns")}


@made("people: cells one to the right", "people")
def _shifted(rows: Cells) -> set[Spot]:
    at = next(
        line
        for line, row in enumerate(rows[1:], start=2)
        if line > 60 and all(row[place] for place in (3, 4, 5, 6, 7, 8, 9))
    )
    rows[at - 1] = [*rows[at - 1][:3], "", *rows[at - 1][3:-1]]
    columns = ("gender", "age", "disability", "moved_in", "housing_tenure", "length_of_residence")
    rules = ("code", "type", "code", "type", "code", "type")
    return {("people", at, column, rule) for column, rule in zip(columns, rules, strict=True)}


@made("people: a stranger's column", "people")
def _extra_column(rows: Cells) -> set[Spot]:
    for place, row in enumerate(rows):
        row.append("" if place else "shoe size")
    return {("people", None, "shoe size", "unknown column")}


@made("people: age and age band disagree", "people")
def _age_band(rows: Cells) -> set[Spot]:
    for place, row in enumerate(rows):
        row.append("" if place else "age_band")
    at = next(line for line in range(50, 90) if _get(rows, line, "age").isdigit())
    band = "under 16" if int(_get(rows, at, "age")) >= 16 else "65 and over"
    _set(rows, at, "age_band", band)
    return {("people", at, "age_band", "age outside its band")}


@made("people: lived there before birth", "people")
def _longer_than_age(rows: Cells) -> set[Spot]:
    at = next(
        line
        for line in range(70, 200)
        if _get(rows, line, "age").isdigit() and int(_get(rows, line, "age")) < 60
    )
    _set(rows, at, "length_of_residence", str(int(_get(rows, at, "age")) + 1))
    return {("people", at, "length_of_residence", "residence longer than age")}


@made("people: moved out before moving in", "people")
def _moved_out(rows: Cells) -> set[Spot]:
    at = 2500
    _set(rows, at, "moved_in", "2009-05-01")
    _set(rows, at, "moved_out", "2009-04-30")
    return {("people", at, "moved_out", "moved out before moved in")}


@made("memberships: ends before it starts", "memberships")
def _ends_before(rows: Cells) -> set[Spot]:
    at = next(line for line in range(2, len(rows)) if _get(rows, line, "end_date"))
    # The day before: somebody who came on the first day would now be a guest.
    _set(rows, at, "start_date", "2013-12-31")
    _set(rows, at, "end_date", "2013-12-30")
    return {("memberships", at, "end_date", "membership ends before it starts")}


@made("memberships: overlaps itself", "memberships")
def _overlaps(rows: Cells) -> set[Spot]:
    at = next(line for line in range(2, len(rows)) if not _get(rows, line, "end_date"))
    rows.append(list(rows[at - 1]))
    _set(rows, len(rows), "start_date", "2013-06-01")
    return {("memberships", len(rows), "start_date", "membership overlaps itself")}


@made("population: shares add up to more than one", "population")
def _shares(rows: Cells) -> set[Spot]:
    spots = set()
    for line in range(2, len(rows) + 1):
        if _get(rows, line, "variable") == "ethnicity":
            _set(rows, line, "count", "")
            if not spots:
                _set(rows, line, "share", "0.37")
            spots.add(("population", line, "share", "shares do not sum to one"))
    return spots


@made("population: a group under another variable", "population")
def _pattern(rows: Cells) -> set[Spot]:
    _set(rows, 23, "variable", "Housing Tenure")
    # Without its third group the shares of the other two no longer fit their counts.
    return {
        ("population", 23, "variable", "pattern"),
        ("population", 22, "share", "share disagrees with count"),
        ("people", None, "disability", "groups not in population"),
        ("estate_survey", None, "disability", "groups not in population"),
    }


@made("population: counts and shares mixed", "population")
def _mixed(rows: Cells) -> set[Spot]:
    at = _line(rows, variable="ethnicity", category="Portuguese")
    _set(rows, at, "count", "")
    for line in range(2, len(rows) + 1):
        if _get(rows, line, "variable") == "ethnicity" and line != at:
            _set(rows, line, "share", "")
    return {("population", at, "count", "counts and shares mixed")}


@made("population: neither count nor share", "population")
def _neither(rows: Cells) -> set[Spot]:
    at = _line(rows, variable="gender", category="Male")
    _set(rows, at, "count", "")
    _set(rows, at, "share", "")
    return {("population", at, "count", "counts and shares mixed")}


@made("meetings: the same meeting twice under two names", "meetings")
def _same_day(rows: Cells) -> set[Spot]:
    rows.append(list(rows[30]))
    _set(rows, len(rows), "meeting_id", "m999")
    return {
        ("meetings", len(rows), "date", "two meetings on one day"),
        ("meetings", len(rows), "meeting_id", "meeting without attendance"),
    }


@made("attendance: the register of a meeting is lost", "attendance")
def _lost_register(rows: Cells) -> set[Spot]:
    lost = _get(rows, 2, "meeting_id")
    rows[:] = [row for row in rows if row[0] != lost]
    return {("meetings", 2, "meeting_id", "meeting without attendance")}


@made("memberships: a body loses its members", "memberships")
def _no_members(rows: Cells) -> set[Spot]:
    rows[:] = [row for row in rows if row[0] != "subgroup"]
    return {("bodies", 4, "body_id", "body without members")}


@made("attendance: a stranger at a closed meeting", "attendance")
def _stranger(rows: Cells) -> set[Spot]:
    rows.append(list(rows[1]))
    _set(rows, len(rows), "person_id", "p0002")
    return {("attendance", len(rows), "person_id", "present without being a member")}


@made("attendance: quotation mark left open", "attendance")
def _open_quote(rows: Cells) -> set[Spot]:
    # `lay_out` gets the rows through csv.writer, so the damage is marked and made in the text.
    rows[79][0] = "OPEN-QUOTE" + rows[79][0]
    return {("attendance", 80, None, "columns")}


@made("people: ethnicity left blank for a quarter", "people")
def _unstated(rows: Cells) -> set[Spot]:
    for line in range(2, len(rows) + 1, 4):
        _set(rows, line, "ethnicity", "-9")
    return {("people", None, "ethnicity", "not stated above limit")}


@made("estate_survey: ages estimated", "estate_survey")
def _heaped(rows: Cells) -> set[Spot]:
    # Downwards and from 20, so that everybody stays in their band, and above their residence.
    for line in range(2, len(rows) + 1):
        age, length = _get(rows, line, "age"), _get(rows, line, "length_of_residence")
        if age.isdigit() and int(age) >= 20 and line % 3:
            down = int(age) // 5 * 5
            if float(length or 0) < down:
                _set(rows, line, "age", str(down))
    return {("estate_survey", None, "age", "ages are heaped")}


@made("estate_survey: the same person twice", "estate_survey")
def _twice(rows: Cells) -> set[Spot]:
    rows.append(list(rows[20]))
    _set(rows, len(rows), "respondent_id", "r9999")
    _set(rows, len(rows), "survey_date", "2011-12-01")
    return {("estate_survey", len(rows), "respondent_id", "same answers twice")}


@made("population: a group that people belong to is missing", "population")
def _group(rows: Cells) -> set[Spot]:
    at = _line(rows, variable="ethnicity", category="Portuguese")
    _set(rows, at, "category", "Lusophone")
    return {
        ("people", None, "ethnicity", "groups not in population"),
        ("estate_survey", None, "ethnicity", "groups not in population"),
        ("profiles", 5, "category", "group not in population"),
    }


@made("population: a group that nobody surveyed has", "population")
def _wave(rows: Cells) -> set[Spot]:
    for name, count, share in (("Female", "300", "0.10"), ("Male", "2700", "0.90")):
        at = _line(rows, variable="gender", category=name)
        _set(rows, at, "count", count)
        _set(rows, at, "share", share)
    return {("estate_survey", None, "gender", "wave unlike population")}


CORRUPTIONS: tuple[Corruption, ...] = (
    # type
    cell("people", "age", "forty", "type"),
    cell("people", "age", "34.5", "type"),
    cell("people", "age", "1,0", "type"),
    cell("people", "age", "inf", "type"),
    cell("people", "age", "99999999999999999999999", "type"),
    cell("people", "length_of_residence", "seven", "type"),
    cell("people", "length_of_residence", "nan", "type"),
    cell("people", "length_of_residence", "1e999", "type"),
    cell("people", "moved_in", "26/10/2011", "type"),
    cell("people", "moved_in", "2011-02-30", "type"),
    cell("people", "moved_in", "2011-13-01", "type"),
    cell("people", "moved_in", "2011-10-26 14:30", "type"),
    cell("people", "moved_in", "40842", "type"),
    cell("meetings", "date", "13th May", "type"),
    cell("memberships", "votes", "one", "type"),
    cell("estate_survey", "survey_date", "yesterday", "type"),
    cell("estate_survey", "weight", "1.2.3", "type"),
    cell("profiles", "count", "12.5", "type"),
    cell("population", "reference_date", "Census day", "type"),
    cell("bodies", "quota", "half", "type", line=2),
    # range
    cell("people", "age", "130", "range"),
    cell("people", "age", "-5", "range"),
    cell("people", "length_of_residence", "-3", "range"),
    cell("people", "length_of_residence", "121", "range"),
    cell("memberships", "votes", "-2", "range"),
    cell("estate_survey", "weight", "-0.5", "range"),
    cell("profiles", "count", "-3", "range"),
    cell("bodies", "quota", "-3", "range", line=2),
    cell("population", "std_error", "-0.1", "range"),
    cell("population", "share", "18", "range"),
    # code
    cell("people", "ethnicity", "Black Carribean", "code"),
    cell("people", "ethnicity", "black caribbean", "code"),
    cell("people", "ethnicity", "3", "code"),
    cell("people", "gender", "F", "code"),
    cell("people", "housing_tenure", "Council", "code"),
    cell("people", "disability", "yes", "code"),
    cell("people", "capacity", "Resident", "code"),
    cell("memberships", "role", "Chairman", "code"),
    cell("memberships", "capacity", "tenant", "code"),
    cell("bodies", "kind", "quango", "code", line=2),
    cell("bodies", "decision_rule", "shouting", "code", line=2),
    cell("meetings", "format", "Formal", "code"),
    cell("meetings", "open_to", "everyone", "code"),
    cell("attendance", "status", "presnt", "code"),
    cell("attendance", "status", "P", "code"),
    cell("attendance", "spoke", "maybe", "code"),
    cell("attendance", "capacity", "=1+1", "code"),
    cell("decisions", "outcome", "agreed", "code"),
    cell("estate_survey", "can_influence", "6", "code"),
    cell("estate_survey", "trusts_landlord", "0", "code"),
    cell("estate_survey", "heard_of_meetings", "Y", "code"),
    # required
    cell("people", "person_id", "", "required", line=2900),
    cell("people", "person_id", "-9", "required", line=2900),
    cell("memberships", "role", "", "required"),
    cell("bodies", "name", "", "required", line=3),
    cell("meetings", "date", "", "required"),
    cell("attendance", "status", "", "required"),
    cell("decisions", "outcome", "-8", "required"),
    cell("profiles", "count", "", "required"),
    # pattern and spaces
    cell("people", "ethnicity", "Portuguese ", "spaces"),
    cell("people", "ethnicity", "\u00a0Portuguese", "spaces"),
    cell("people", "age", " 40", "spaces"),
    # keys
    copy_row("people", "person_id"),
    copy_row("attendance", "meeting_id, person_id"),
    copy_row("decisions", "decision_id"),
    copy_row("memberships", "body_id, person_id, role, start_date"),
    copy_row("population", "variable, category"),
    clash("people", "person_id", "housing_tenure", "Rent free"),
    clash("meetings", "meeting_id", "date", "2013-03-03"),
    clash("attendance", "meeting_id, person_id", "status", "absent", "two statuses"),
    clash("attendance", "meeting_id, person_id", "spoke", "yes"),
    clash("estate_survey", "respondent_id", "weight", "1.25"),
    clash("decisions", "decision_id", "outcome", "withdrawn"),
    clash("bodies", "body_id", "name", "Another name"),
    # references
    cell("attendance", "person_id", "p9999", "foreign key"),
    cell("attendance", "person_id", "P-0461", "foreign key"),
    cell("attendance", "meeting_id", "m999", "foreign key"),
    cell("meetings", "body_id", "parliament", "foreign key"),
    cell("memberships", "body_id", "parliament", "foreign key", line=47),
    cell("memberships", "person_id", "p9999", "foreign key", line=47),
    cell("bodies", "parent_body_id", "parliament", "foreign key", line=4),
    cell("decisions", "meeting_id", "m999", "foreign key"),
    cell("decisions", "proposed_by", "p9999", "foreign key"),
    cell("profiles", "body_id", "parliament", "foreign key"),
    # several columns or tables
    cell("bodies", "parent_body_id", "subgroup", "body is its own parent", line=4),
    cell("profiles", "category", "Martian", "group not in population"),
    cell("decisions", "proposed_by", "p0001", "proposed by someone not present"),
    cell_where(
        "population", "share", "0.28", "share disagrees with count", category="Black African"
    ),
    # whole files
    cell("meetings", "date", "1911-10-26", "date far from the rest", line=122),
    cell("meetings", "date", "2102-03-01", "date far from the rest", line=122),
    cell("estate_survey", "survey_date", "1111-09-12", "date far from the rest"),
    # columns
    drop_column("people", "person_id"),
    drop_column("attendance", "status"),
    drop_column("population", "category"),
    rename_column("meetings", "date", "day"),
    rename_column("attendance", "status", "Status"),
    *(value for value in list(globals().values()) if isinstance(value, Corruption)),
)
