"""Where ``data_schemas/`` is, and its files as they are: JSON and CSV, nothing understood yet.

Nothing is fetched: what is read here was shipped with the package.
"""

from __future__ import annotations

import difflib
import functools
import json
from pathlib import Path
from typing import Any

import pandas as pd

from participation_stats.errors import SchemaError

#: A wheel carries the folder inside the package; a checkout and an editable install beside it.
_PLACES = (
    Path(__file__).parents[1] / "data_schemas",
    Path(__file__).parents[2] / "data_schemas",
)


@functools.cache
def schemas_folder() -> Path:
    """The folder ``data_schemas/``: inside an installed package, else beside it.

    Raises
    ------
    SchemaError
        If the installation lacks it.
    """
    for place in _PLACES:
        if (place / "datapackage.json").is_file():
            return place
    raise SchemaError(
        "the folder data_schemas is missing from this installation",
        where="participation_stats",
        hint="install the package again",
    )


def read_codes(path: Path) -> pd.DataFrame:
    """A shipped CSV as text, but for the order (whole) and the limits ``min`` and ``max``."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if "order" in table.columns:
        table["order"] = pd.to_numeric(table["order"]).astype("int64")
    for limit in table.columns.intersection(["min", "max"]):
        table[limit] = pd.to_numeric(table[limit]).astype("float64")
    return table


def read_json(path: Path) -> Any:
    """A JSON file of a schema.

    Raises
    ------
    SchemaError
        If the file is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SchemaError(
            f"cannot be read: {error}", where=f"schema file {path.name}", expected="a JSON file"
        ) from error


def unknown_name(what: str, name: object, known: tuple[str, ...], *, where: str) -> SchemaError:
    """The error for a name that is none of those known; names the nearest in spelling."""
    close = difflib.get_close_matches(str(name), known, n=1)
    return SchemaError(
        f"no {what} '{name}'",
        where=where,
        expected="one of " + ", ".join(known),
        hint=f"the nearest name is '{close[0]}'" if close else "",
    )
