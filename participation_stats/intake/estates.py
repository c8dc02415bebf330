"""Estate: the tables of one place, read together, and the joins that everything else needs."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import DataWarning, InputError, OutputError, SourceError

from .eligibility import day_of, held_on, join_panel, join_people
from .folders import estate_folder, read_package
from .margins import of_variable, whole_margins
from .remote_tables import brought_when_asked, table_size
from .suggestions import nearest
from .validation import Validation, validate

_EXAMPLES = Path(__file__).parent / "examples"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Estate(Card):
    """The tables of one place.

    Attributes
    ----------
    name, title, description, period : str
        ``st_marys``, and what people call it; what the data are and of which time.
    tables : mapping of str to DataFrame
        Typed tables by name, without the rows that have errors; absent tables have no key. A
        frame of another engine, or the path of a file, is read by `read_table` when something
        first asks for it; ``estate.tables.rows(name)`` is what was given.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", brought_when_asked(self.tables))

    def has(self, *tables: str) -> bool:
        """Does the estate have all of these tables, with at least one row each?"""
        return all(table_size(self.tables, name) for name in tables)

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

    def population(self, variable: str | Sequence[str] | None = None) -> pd.DataFrame:
        """The benchmark, as margins: ``variable, category, count`` or ``share``, and its source.

        Parameters
        ----------
        variable : str or sequence of str, optional
            One characteristic, or several, as `rake` takes them. Default: all.

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
        return of_variable(self._table("population"), variable, f"population of {self.title}")

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
        return of_variable(rows, variable, f"profile of {body}")

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
            seats = seats[held_on(seats, day_of(on))]
        seats = seats.sort_values("start_date", kind="stable").drop_duplicates(
            "person_id", keep="last"
        )
        return join_people(seats.sort_index(), self.tables.get("people"))

    def panel(self, body: str | None = None) -> pd.DataFrame:
        """Who could have come to which meeting, and did: one row for each person and meeting.

        A person is at risk of a meeting only while they live there (``moved_in`` to
        ``moved_out``) and, where it is open to members or invited people only and the body's
        memberships are known, while they hold a seat. Residents and whoever holds a seat can
        come to a meeting open to residents, everybody in people to any other.

        Parameters
        ----------
        body : str, optional
            A ``body_id``. Default: the meetings of all bodies.

        Returns
        -------
        DataFrame
            ``person_id, meeting_id, body_id, date, format, open_to, capacity, status,
            attended, seat`` and the columns of people with their bands. `status` is present,
            apologies, absent or "no record"; `attended` is 1 if present, else 0; `seat` is "yes"
            where the person held a seat on that body that day.
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
        meetings, people = self._table("meetings"), self._table("people")
        attendance = self._table("attendance")
        if body is not None:
            self._check_body(body)
            meetings = meetings[meetings["body_id"] == body]
        return join_panel(meetings, attendance, people, self.tables.get("memberships"))

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
        if body not in (known := self.bodies_named()):
            close = nearest(body, known)
            raise InputError(
                f"there is no body '{body}'",
                where=self.title,
                expected="one of " + ", ".join(known),
                hint=f"perhaps '{close}' is meant" if close else "",
            )

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {table_size(self.tables, name):,}" for name in self.tables)
        kind = " (synthetic)" if self.synthetic else ""
        return f"{self.title}{kind}: {sizes}"


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
        ``estate.validation`` keeps each with its reasons. Where a group of a characteristic in
        population or profiles is left out, the other groups are too: their total is not known.

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
    place = estate_folder(folder)
    checked = validate(place)
    _refuse_unreadable(checked)
    about = read_package(place)
    tables = {name: whole_margins(table) for name, table in checked.tables.items()}
    _warn_left_out(checked, tables)
    return Estate(
        name=about.get("name") or place.resolve().name,
        title=about.get("title") or place.resolve().name.replace("_", " ").title(),
        tables=tables,
        synthetic=about.get("synthetic") is True,
        already_published=about.get("already_published"),
        description=about.get("description", ""),
        source="; ".join(
            dict.fromkeys(source.get("title", "") for source in about.get("sources", []))
        ),
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


def _warn_left_out(checked: Validation, tables: Mapping[str, pd.DataFrame]) -> None:
    told = []
    for name, table in checked.tables.items():
        rejected = table.raw.came_in - int(table.good.sum())
        if rejected:
            told.append(f"{rejected} of {table.raw.came_in} rows of {name} have errors")
        fellows = int(table.good.sum()) - len(tables[name])
        if fellows:
            told.append(f"{fellows} more rows of {name} lack another group of their variable")
    if told:
        warnings.warn(
            f"read_estate: {', '.join(told)}; they are left out. "
            "Hint: estate.validation shows each error.",
            DataWarning,
            stacklevel=3,
        )


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
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as half:
            whole = Path(half) / "whole"
            shutil.copytree(
                _example_folder(name), whole, ignore=shutil.ignore_patterns("__pycache__", "*.py")
            )
            whole.rename(place)
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
            hint=f"perhaps '{close}' is meant" if close else "",
        )
    return _EXAMPLES / name
