"""Write an estate as a data package: one CSV per table, and a descriptor that says what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from participation_stats.errors import InputError, OutputError
from participation_stats.intake.estates import Estate
from participation_stats.intake.schemas import load_schema

MIT = ({"name": "MIT", "path": "https://opensource.org/license/mit", "title": "MIT License"},)


def write_estate(
    estate: Estate, folder: str | Path, *, licenses: Sequence[Mapping[str, str]] = MIT
) -> Path:
    """Write the tables of an estate as CSV files, with a ``datapackage.json`` beside them.

    Parameters
    ----------
    estate : Estate
    folder : path
        Made if it does not exist. Files of the same names are overwritten.
    licenses : sequence of mapping, optional
        As in the Data Package standard: name, path, title.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from participation_stats.intake.simulation.assembly import simulate_estate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_estate(simulate_estate(seed=1, residents=200), folder)
    ...     sorted(path.name for path in written.iterdir())[:4]
    ['attendance.csv', 'bodies.csv', 'datapackage.json', 'decisions.csv']
    """
    if not isinstance(estate, Estate):
        raise InputError(
            f"this is a {type(estate).__name__}, not an estate",
            where="write_estate",
            expected="what ps.read_estate or ps.simulate_estate gives",
            got=type(estate).__name__,
        )
    descriptor = {
        "name": estate.name,
        "title": estate.title,
        "description": estate.description,
        "period": estate.period,
        "synthetic": estate.synthetic,
        "already_published": estate.already_published,
        "sources": [{"title": estate.source}] if estate.source else None,
        "licenses": [dict(entry) for entry in licenses],
    }
    return write_package(folder, descriptor, estate.tables)


def write_package(
    folder: str | Path, descriptor: Mapping[str, object], tables: Mapping[str, pd.DataFrame]
) -> Path:
    """Write tables and their descriptor; entries of the descriptor that are None are left out."""
    folder = Path(folder)
    resources = [
        {
            "name": name,
            "type": "table",
            "title": load_schema(name).title,
            "path": f"{name}.csv",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
        }
        for name in tables
    ]
    stated = {key: value for key, value in descriptor.items() if value is not None}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            # Line ends and encoding are fixed so that the bytes are the same on every system.
            _plain(table).to_csv(
                folder / f"{name}.csv",
                index=False,
                lineterminator="\n",
                encoding="utf-8",
                date_format="%Y-%m-%d",
            )
        text = json.dumps({**stated, "resources": resources}, indent=2, ensure_ascii=False)
        (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(
            f"'{folder}' cannot be written",
            where="write_estate",
            expected="a folder that can be written to",
            got=error.strerror or str(error),
            hint="choose another folder",
        ) from error
    return folder


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers written as such: 8, not 8.0."""
    numbers = table.select_dtypes("Float64")
    whole = [name for name in numbers if ((numbers[name] % 1).fillna(0) == 0).all()]
    return table.astype(dict.fromkeys(whole, "Int64"))
