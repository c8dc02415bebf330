"""Tables of a place whose rows are elsewhere: brought here one by one, when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from participation_stats.errors import InputError

from .frames import row_count
from .sources import read_table

#: More rows than this are not brought into memory to be joined.
LARGEST = 20_000_000


class RemoteTables(Mapping[str, pd.DataFrame]):
    """Tables by name, each a pandas frame once it is asked for.

    Parameters
    ----------
    sources : mapping of str to frame or path
        Frames of any engine that narwhals knows, and files that `read_table` reads. What is a
        pandas frame already stays as it is.

    Raises
    ------
    InputError
        When a table is asked for that has more rows than are brought into memory.
    """

    def __init__(self, sources: Mapping[str, Any]) -> None:
        self._sources = dict(sources)
        self._held: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._held:
            self._held[name] = self._brought(name)
        return self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def rows(self, name: str) -> Any:
        """The table as it was given: what a statistic of rows takes without bringing it here."""
        return self._sources[name]

    def size(self, name: str) -> int:
        """How many rows a table has; a frame that is elsewhere is not brought here for it."""
        source = self._sources[name]
        if name in self._held or isinstance(source, pd.DataFrame | str | Path):
            return len(self[name])
        return row_count(source)

    def _brought(self, name: str) -> pd.DataFrame:
        source = self._sources[name]
        if isinstance(source, pd.DataFrame):
            return source
        if not isinstance(source, str | Path) and (rows := self.size(name)) > LARGEST:
            raise InputError(
                f"the table has {rows:,} rows, too many to bring here",
                where=f"tables['{name}']",
                expected=f"at most {LARGEST:,} rows where people, seats and meetings are joined",
                got=f"{rows:,}",
                hint="join it where it is, and give the joined rows to the statistic: "
                f"estate.tables.rows('{name}') is the frame",
            )
        return read_table(source, name)


def brought_when_asked(tables: Mapping[str, Any]) -> Mapping[str, pd.DataFrame]:
    """The tables themselves where all are in pandas already."""
    if isinstance(tables, RemoteTables):
        return tables
    here = all(isinstance(table, pd.DataFrame) for table in tables.values())
    return tables if here else RemoteTables(tables)


def table_size(tables: Mapping[str, pd.DataFrame], name: str) -> int:
    """How many rows a table has; none where there is no such table."""
    if name not in tables:
        return 0
    return tables.size(name) if isinstance(tables, RemoteTables) else len(tables[name])
