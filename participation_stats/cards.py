"""Cards: what is shown of an object that is no result: what it is and how much, never a row of it.

A design, an estate or a register holds people. In a notebook, and in an error's traceback, its
facts and the sizes of its tables say what it is.
"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterable, Mapping
from pathlib import Path

#: How many names are listed, and how much of a text is shown.
NAMES, LENGTH = 12, 160


class Card:
    """Shows a dataclass by its facts; tables, series and arrays by how many rows they have."""

    def _facts(self) -> dict[str, object]:
        """What is shown, by name; a class may say what of it."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]  # every card is a dataclass
        return {field.name: getattr(self, field.name) for field in fields}

    def __repr__(self) -> str:
        if type(self).__str__ is not object.__str__:
            return str(self)
        told = [f"{name} {text}" for name, text in _told(self._facts()) if text]
        return f"{type(self).__name__}: {'; '.join(told)}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(name.replace('_', ' '))}</th><td>{html.escape(text)}</td></tr>"
            for name, text in _told(self._facts())
            if text
        )
        describe = getattr(self, "describe", None)
        said = f"<p>{html.escape(describe())}</p>" if callable(describe) else ""
        return f"<div><strong>{type(self).__name__}</strong>{said}<table>{rows}</table></div>"


def _told(facts: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in facts.items():
        if name == "tables" and isinstance(value, Mapping):
            yield from ((f"table {key}", _rows(_size_of(value, key))) for key in value)
        else:
            yield name, _short(value)


def _short(value: object) -> str:
    """One line; empty for what is not there."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if len(value) <= LENGTH else f"{value[:LENGTH].rstrip()} …"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    if isinstance(value, Path):
        return value.name
    return _sized(value)


def _sized(value: object) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return _rows(int(shape[0]))
    if isinstance(value, Mapping):
        numbers = value and all(isinstance(one, int | float) for one in value.values())
        return _names(f"{name} {one:g}" if numbers else name for name, one in value.items())
    if isinstance(value, tuple):
        return _names(one if isinstance(one, str) else getattr(one, "name", "") for one in value)
    return ""


def _size_of(tables: Mapping[str, object], name: str) -> int:
    """Rows of a table; one that is elsewhere is not brought here for it."""
    size = getattr(tables, "size", None)
    return int(size(name)) if callable(size) else len(tables[name])  # type: ignore[arg-type]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _names(names: Iterable[object]) -> str:
    shown = [str(name) for name in names if name]
    more = f" and {len(shown) - NAMES:,} more" if len(shown) > NAMES else ""
    return ", ".join(shown[:NAMES]) + more
