"""Estate: the tables of one place, read together, and the joins that everything else needs."""

from __future__ import annotations

import dataclasses
import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import DataWarning, InputError, OutputError, SourceError

from .parsing import empty_column
from .schemas import load_schema
from .shaping import band
from .sources import nearest
from .validation import Validation, validate

_EXAMPLES = Path(__file__).parent / "examples"

#: Numeric columns and the code lists that band them.
_BANDS = {"age": "age_band", "length_of_residence": "length_of_residence_band"}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Estate:
    """The tables of one place.

    Attributes
    ----------
    name, title, description, period : str
        ``st_marys``, and what people call it; what the data are and of which time.
    tables : mapping of str to DataFrame
        Typed tables by name, without the rows that have errors. Absent tables have no key.
    synthetic : bool
        The people are invented: nobody can be disclosed.
    already_published : str, optional
        Where these very records are in the public domain.
    source : str
        Who is to be cited.
    folder : Path, optional
    validation : Validation, optional
        What was found wrong while reading, and every row left out with its reasons.
    """

    name: str
    title: str
    tables: Mapping[str, pd.DataFrame]
    synthetic: bool = False
    already_published: str | None = None
    description: str = ""
    source: str = ""
    period: str = ""
    folder: Path | None = None
    validation: Validation | None = None

    def has(self, *tables: str) -> bool:
        """Does the estate have all of these tables, with at least one row each?"""
        return all(len(self.tables.get(name, ())) for name in tables)

    def bodies_named(self) -> dict[str, str]:
        """The bodies: id → name, in the order of the table of bodies.

        Examples
        --------
        >>> load_example("southern_women").bodies_named()
        {'social_events': 'Social events'}
        """
        names: dict[str, str] = {}
        if self.has("bodies"):
            bodies = self.tables["bodies"]
            names = dict(zip(bodies["body_id"], bodies["name"], strict=True))
        for table in ("memberships", "meetings", "profiles"):
            if self.has(table):
                for body in self.tables[table]["body_id"].unique():
                    names.setdefault(body, body)
        return names

    def body_name(self, body: str) -> str:
        """What people call a body.

        Raises
        ------
        InputError
            If the estate has no such body.
        """
        self._check_body(body)
        return self.bodies_named()[body]

    def population(self, variable: str | None = None) -> pd.DataFrame:
        """The benchmark, as margins: ``variable, category, count`` or ``share``, and its source.

        Parameters
        ----------
        variable : str, optional
            One characteristic. Default: all.

        Raises
        ------
        InputError
            If the estate has no population table, or that has no such variable.

        Examples
        --------
        >>> estate = load_example("minneapolis_boards")
        >>> print(estate.population("housing_tenure")[["variable", "category", "share"]])
                 variable      category  share
        0  housing_tenure        Renter  0.528
        1  housing_tenure  Not a renter  0.472
        """
        return _of_variable(self._table("population"), variable, f"population of {self.title}")

    def profile(self, body: str, variable: str | None = None) -> pd.DataFrame:
        """The published profile of a body, as margins: ``variable, category, count``.

        Raises
        ------
        InputError
            If the estate has no such body, no profiles, or no such variable.

        Examples
        --------
        >>> load_example("minneapolis_boards").profile("neighborhood_boards", "housing_tenure")
                 variable      category  count
        0  housing_tenure        Renter     66
        1  housing_tenure  Not a renter    362
        """
        table = self._table("profiles")
        self._check_body(body)
        rows = table[table["body_id"] == body].drop(columns="body_id")
        return _of_variable(rows, variable, f"profile of {body}")

    def members(self, body: str, on: str | pd.Timestamp | None = None) -> pd.DataFrame:
        """The people who hold a seat: one row each, with what is known of them.

        Parameters
        ----------
        body : str
            A ``body_id``.
        on : date, optional
            Those seated on that day. Default: all who ever were, each with their latest seat.

        Returns
        -------
        DataFrame
            ``body_id, person_id, role, capacity, votes, start_date, end_date`` and the columns
            of people, with bands of length of residence and age. The capacity is that of the
            seat; where it is not given, that of the person.

        Raises
        ------
        InputError
            If the estate has no memberships or no such body, or `on` is no date.
        """
        seats = self._table("memberships")
        self._check_body(body)
        seats = seats[seats["body_id"] == body]
        if on is not None:
            seats = seats[_running(seats, _date(on))]
        seats = seats.sort_values("start_date", kind="stable").drop_duplicates(
            "person_id", keep="last"
        )
        return self._with_people(seats.sort_index(), seats.get("capacity"))

    def panel(self, body: str | None = None) -> pd.DataFrame:
        """Who could have come to which meeting, and did: one row for each person and meeting.

        A person is at risk of a meeting only while they live there (``moved_in`` to
        ``moved_out``) and, where it is open to members or invited people only and the body's
        memberships are known, while they hold a seat. Everybody in people can come to any other.

        Parameters
        ----------
        body : str, optional
            A ``body_id``. Default: the meetings of all bodies.

        Returns
        -------
        DataFrame
            ``person_id, meeting_id, body_id, date, format, open_to, capacity, status,
            attended`` and the columns of people with their bands. `status` is present,
            apologies, absent or "no record"; `attended` is 1 if present, else 0.
            ``.attrs["not_eligible"]`` counts recorded presences of people who were not at
            risk (guests): they are not in the panel.

        Raises
        ------
        InputError
            If the estate lacks people, meetings or attendance, or has no such body.

        Examples
        --------
        >>> panel = load_example("southern_women").panel()
        >>> len(panel), int(panel["attended"].sum())
        (252, 89)
        """
        meetings, attendance = self._table("meetings"), self._table("attendance")
        people = self._table("people")
        if body is not None:
            self._check_body(body)
            meetings = meetings[meetings["body_id"] == body]
        meetings = _with_columns(meetings, "meetings")
        pairs = _at_risk(meetings, _with_columns(people, "people"), self._seats())
        records = _with_columns(attendance, "attendance")[
            ["meeting_id", "person_id", "status", "capacity"]
        ].rename(columns={"capacity": "capacity_there"})
        joined = pairs.merge(records, on=["meeting_id", "person_id"], how="left")
        own = joined["capacity_there"].fillna(joined["capacity_of_seat"])
        joined["status"] = joined["status"].fillna("no record")
        joined["attended"] = (joined["status"] == "present").astype("int64")
        joined = joined.drop(columns=["capacity_there", "capacity_of_seat"])
        panel = self._with_people(joined, own)
        present = records[records["meeting_id"].isin(meetings["meeting_id"])]
        met = int((present["status"] == "present").sum()) - int(panel["attended"].sum())
        panel.attrs["not_eligible"] = met
        return panel

    def _seats(self) -> pd.DataFrame:
        return _with_columns(self.tables.get("memberships", pd.DataFrame()), "memberships")

    def _with_people(self, rows: pd.DataFrame, capacity: pd.Series[Any] | None) -> pd.DataFrame:
        """Rows with the columns of people joined on, bands added, and one capacity."""
        people = self.tables.get("people", pd.DataFrame({"person_id": pd.Series(dtype="str")}))
        bare = rows.drop(columns="capacity", errors="ignore")
        people = banded(people).drop(columns=bare.columns.drop("person_id"), errors="ignore")
        joined = bare.merge(people, on="person_id", how="left")
        if capacity is not None:
            seat = pd.Series(capacity.array, index=joined.index)
            joined["capacity"] = seat.fillna(joined["capacity"]) if "capacity" in joined else seat
        leading = [*bare.columns, *(["capacity"] if "capacity" in joined else [])]
        return joined[[*leading, *joined.columns.drop(leading)]]

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise InputError(
                f"there is no table '{name}'",
                where=self.title,
                got=", ".join(self.tables),
                hint=f"add {name}.csv to the folder",
            )
        return self.tables[name]

    def _check_body(self, body: str) -> None:
        known = self.bodies_named()
        if body not in known:
            close = nearest(body, known)
            raise InputError(
                f"there is no body '{body}'",
                where=self.title,
                expected="one of " + ", ".join(known),
                hint=f"is '{close}' meant?" if close else "",
            )

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {len(table):,}" for name, table in self.tables.items())
        kind = " (synthetic)" if self.synthetic else ""
        return f"{self.title}{kind}: {sizes}"

    def __repr__(self) -> str:
        return str(self)


def banded(people: pd.DataFrame) -> pd.DataFrame:
    """People with ``age_band`` and ``length_of_residence_band`` worked out from the numbers.

    A band that is given stays; a missing one is filled where the number is known.
    """
    added = {}
    for number, name in _BANDS.items():
        if number not in people:
            continue
        worked_out = band(people[number], name)
        added[name] = people[name].fillna(worked_out) if name in people else worked_out
    return people.assign(**added)


def _at_risk(meetings: pd.DataFrame, people: pd.DataFrame, seats: pd.DataFrame) -> pd.DataFrame:
    """Pairs of a meeting and a person who could have come to it."""
    columns = ["meeting_id", "body_id", "date", "format", "open_to"]
    closed = meetings["open_to"].isin(["members", "invited"]) | meetings["open_to"].isna()
    closed &= meetings["body_id"].isin(seats["body_id"])
    held = meetings.loc[closed, columns].merge(
        seats[["body_id", "person_id", "capacity", "start_date", "end_date"]], on="body_id"
    )
    held = held[(held["start_date"] <= held["date"]) & ~(held["end_date"] < held["date"])]
    # Two seats of one body held at once are one chance to come.
    held = held.drop_duplicates(["meeting_id", "person_id"], keep="last")
    held = held[held["person_id"].isin(people["person_id"])]
    everybody = meetings.loc[~closed, columns].merge(people[["person_id"]], how="cross")
    pairs = pd.concat([held.rename(columns={"capacity": "capacity_of_seat"}), everybody])
    homes = people[["person_id", "moved_in", "moved_out"]]
    pairs = pairs.merge(homes, on="person_id", how="left")
    lives = ~(pairs["date"] < pairs["moved_in"]) & ~(pairs["date"] > pairs["moved_out"])
    pairs = pairs[lives].sort_values(["date", "meeting_id", "person_id"], ignore_index=True)
    return pairs[["person_id", *columns, "capacity_of_seat"]]


def _with_columns(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table with every column of its schema; those that did not come are NA."""
    lacking = {
        field.name: empty_column(field, len(table)).set_axis(table.index)
        for field in load_schema(name).fields
        if field.name not in table
    }
    return table.assign(**lacking)


def _running(seats: pd.DataFrame, day: pd.Timestamp) -> pd.Series[bool]:
    started = seats["start_date"] <= day
    return started & ~(seats["end_date"] < day) if "end_date" in seats else started


def _date(on: str | pd.Timestamp) -> pd.Timestamp:
    try:
        return pd.Timestamp(on)
    except (ValueError, TypeError) as error:
        raise InputError(
            "this is no date", where="members", expected="year-month-day", got=repr(on)
        ) from error


def _of_variable(table: pd.DataFrame, variable: str | None, where: str) -> pd.DataFrame:
    rows = table
    if variable is not None:
        rows = table[table["variable"] == variable]
        if rows.empty:
            known = [str(name) for name in table["variable"].unique()]
            raise InputError(
                f"there is no variable '{variable}'",
                where=where,
                expected="one of " + ", ".join(known),
                hint=f"is '{close}' meant?" if (close := nearest(variable, known)) else "",
            )
    blank = [name for name in ("count", "share") if name in rows and rows[name].isna().all()]
    return rows.drop(columns=blank).reset_index(drop=True)


def read_estate(folder: str | Path) -> Estate:
    """Read the tables of one place from a folder.

    Parameters
    ----------
    folder : path
        Holds files named after their tables (``people.csv``, ``meetings.parquet`` …), any of
        which may be missing, and perhaps a ``datapackage.json`` with ``title``,
        ``description``, ``period``, ``sources``, ``"synthetic": true`` and
        ``"already_published"``.

    Returns
    -------
    Estate
        Rows with errors are left out, with a `DataWarning` that counts them by table;
        ``estate.validation`` keeps each with its reasons.

    Raises
    ------
    SourceError
        If the folder is missing, holds no table, or one of its files cannot be read at all.

    Examples
    --------
    >>> estate = load_example("southern_women")
    >>> read_estate(estate.folder).title
    "Davis's Southern Women"
    """
    place = Path(folder)
    if not place.is_dir():
        raise SourceError(
            "there is no such folder" if not place.exists() else "this is a file",
            where=str(folder),
            expected="a folder with the tables of an estate",
            hint="check the path",
        )
    checked = validate(place)
    _refuse_unreadable(checked)
    about = _package(place)
    tables = {
        name: table.typed(np.flatnonzero(table.good)) for name, table in checked.tables.items()
    }
    _warn_left_out(checked)
    return Estate(
        name=about.get("name") or place.resolve().name,
        title=about.get("title") or place.resolve().name.replace("_", " ").title(),
        tables=tables,
        synthetic=about.get("synthetic") is True,
        already_published=about.get("already_published"),
        description=about.get("description", ""),
        source="; ".join(source.get("title", "") for source in about.get("sources", [])),
        period=about.get("period", ""),
        folder=place,
        validation=checked,
    )


def _refuse_unreadable(checked: Validation) -> None:
    unread = checked.issues[checked.issues["rule"] == "source"]
    if len(unread):
        first = unread.iloc[0]
        raise SourceError(
            str(first["message"]),
            where=checked.source,
            hint=str(first["hint"]) or f"mend the file, or take it out: {first['table']}",
        )


def _warn_left_out(checked: Validation) -> None:
    counts = checked.summary().query("rejected > 0")
    if len(counts):
        told = ", ".join(
            f"{row.rejected} of {row.rows} rows of {row.table}" for row in counts.itertuples()
        )
        warnings.warn(
            f"read_estate: {told} have errors and are left out. "
            "Hint: estate.validation shows each.",
            DataWarning,
            stacklevel=3,
        )


def _package(folder: Path) -> dict[str, Any]:
    path = folder / "datapackage.json"
    if not path.is_file():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SourceError(
            "datapackage.json is not JSON", where=str(folder), hint=str(error).replace("\n", " ")
        ) from error
    if not isinstance(about, dict) or not isinstance(about.get("synthetic", False), bool):
        raise SourceError(
            "datapackage.json does not describe an estate",
            where=str(folder),
            expected='an object, with "synthetic" true or false',
        )
    return about


def example_names() -> tuple[str, ...]:
    """Names of the bundled estates.

    Examples
    --------
    >>> example_names()
    ('minneapolis_boards', 'southern_women', 'st_marys')
    """
    return tuple(sorted(path.parent.name for path in _EXAMPLES.glob("*/datapackage.json")))


def load_example(name: str) -> Estate:
    """One of the bundled estates.

    Parameters
    ----------
    name : str
        ``st_marys`` (synthetic people under published margins, all nine tables),
        ``minneapolis_boards`` (real published profiles, no records of people) or
        ``southern_women`` (a real attendance log, no demographics).

    Raises
    ------
    InputError
        If there is no such example.

    Examples
    --------
    >>> print(load_example("southern_women"))
    Davis's Southern Women: people 18, bodies 1, meetings 14, attendance 89
    """
    return read_estate(_example_folder(name))


def copy_example(name: str, folder: str | Path) -> Path:
    """Copy the files of a bundled estate, to look at or to start from.

    Raises
    ------
    InputError
        If there is no such example.
    OutputError
        If the folder holds anything already, or cannot be written.
    """
    place = Path(folder)
    if place.exists() and (place.is_file() or any(place.iterdir())):
        raise OutputError(
            "there is something already", where=str(folder), expected="a new or empty folder"
        )
    try:
        shutil.copytree(
            _example_folder(name),
            place,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("__pycache__", "*.py"),
        )
    except OSError as error:
        raise OutputError(
            "the example cannot be copied", where=str(folder), hint="choose another folder"
        ) from error
    return place


def _example_folder(name: str) -> Path:
    if name not in example_names():
        close = nearest(name, example_names())
        raise InputError(
            f"there is no example '{name}'",
            where="load_example",
            expected="one of " + ", ".join(example_names()),
            hint=f"is '{close}' meant?" if close else "",
        )
    return _EXAMPLES / name
