"""How a validation is shown and written: text, JSON, and a folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from participation_stats.errors import OutputError

from .kinds import Saying, kinds_of

if TYPE_CHECKING:
    from .checked import CheckedTable, Column
    from .validation import Validation

_COLOURS = {"error": "31", "warning": "33", "note": "36", "ok": "32"}
#: So many messages of one kind are shown; the rest are counted.
_SHOWN = 5
#: What a spreadsheet would take for a formula; a plain number it would not.
_FORMULA = r"^[=+\-@\t\r]"
_PLAIN_NUMBER = r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?%?"
#: What a folder written by `write_validation` holds, and nothing else.
_OWN_ENTRIES = {"valid", "rejected", "issues.csv"}


def text_report(checked: Validation, *, colour: bool = False) -> str:
    """The report as lines of text."""

    def paint(text: str, word: str) -> str:
        return f"\x1b[{_COLOURS[word]}m{text}\x1b[0m" if colour else text

    lines = [f"{checked.source}: {paint(verdict(checked), 'ok' if checked.ok else 'error')}", ""]
    lines += checked.summary().to_string(index=False).splitlines()
    for kind in kinds_of(checked.issues, _SHOWN):
        lines += ["", f"{paint(kind.severity, kind.severity)}: {kind.heading}"]
        lines += [f"  {_sentence(saying)}" for saying in kind.sayings]
        if kind.further:
            lines.append(f"  ... and {kind.further:,} more")
    return "\n".join(lines) + "\n"


def verdict(checked: Validation) -> str:
    """In two words what came of it."""
    errors = int((checked.issues["severity"] == "error").sum())
    if not errors:
        return "valid"
    return f"{errors:,} error{'' if errors == 1 else 's'}"


def _sentence(saying: Saying) -> str:
    where = f"{saying.where}: " if saying.where else ""
    hint = f" Hint: {saying.hint}." if saying.hint else ""
    return f"{where}{saying.message}.{hint}"


def json_report(checked: Validation) -> str:
    """The report as JSON."""
    return json.dumps(
        {
            "ok": checked.ok,
            "source": checked.source,
            "summary": json.loads(checked.summary().to_json(orient="records")),
            "issues": json.loads(checked.issues.to_json(orient="records")),
            "missing": json.loads(checked.missing.to_json(orient="records")),
        },
        ensure_ascii=False,
        indent=2,
    )


def write_validation(checked: Validation, folder: Path) -> Path:
    """Write what is valid, what is not and why, side by side; whole or not at all."""
    _refuse_other_work(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".validation-") as half:
            whole = Path(half) / "whole"
            _write_parts(checked, whole)
            if folder.exists():
                shutil.rmtree(folder)
            whole.rename(folder)
    except OSError as error:
        raise OutputError(
            f"the folder cannot be written: {(error.strerror or str(error)).lower()}",
            where=str(folder),
            hint="choose another folder",
        ) from error
    return folder


def _refuse_other_work(folder: Path) -> None:
    if folder.is_file():
        raise OutputError("there is a file of that name", where=str(folder), expected="a folder")
    if not folder.is_dir():
        return
    strange = sorted({path.name for path in folder.iterdir()} - _OWN_ENTRIES)
    if strange:
        raise OutputError(
            "the folder holds something else",
            where=str(folder),
            expected="a new folder, or one that an earlier validation wrote",
            got=", ".join(strange[:5]),
        )


def _write_parts(checked: Validation, whole: Path) -> None:
    rejected = checked.rejected
    for name, table in checked.tables.items():
        frame = rejected if isinstance(rejected, pd.DataFrame) else rejected[name]
        _write_csv(_as_written(table), whole / "valid" / f"{name}.csv")
        _write_csv(frame, whole / "rejected" / f"{name}.csv")
    _write_csv(checked.issues, whole / "issues.csv")


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    safe = frame.rename(columns=lambda name: _safe_heading(str(name)))
    for column in safe.select_dtypes(["str", "object"]).columns:
        safe[column] = neutralised(safe[column])
    # The byte order mark makes Excel read accents as they are; our own reader drops it.
    safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def neutralised(texts: pd.Series[Any]) -> pd.Series[str]:
    """Texts in which a spreadsheet finds no formula: an apostrophe stands before = + - @.

    A plain number such as ``-9`` stays as it is: a spreadsheet reads it as that number.
    """
    texts = texts.astype("str")
    formula = texts.str.match(_FORMULA, na=False) & ~texts.str.fullmatch(_PLAIN_NUMBER, na=False)
    return texts.where(~formula, "'" + texts)


def _safe_heading(name: str) -> str:
    return str(neutralised(pd.Series([name], dtype="str")).iloc[0])


def _as_written(table: CheckedTable) -> pd.DataFrame:
    """The valid rows in text: what was written, without spaces round it, numbers with a point.

    Missing values keep their code, so that what is read back has the same reasons.
    """
    rows = np.flatnonzero(table.good)
    frame = table.raw.frame(rows)
    for name, column in table.columns.items():
        frame[name] = _texts_of(column, table)[column.cells.codes[rows]]
    return frame


def _texts_of(column: Column, table: CheckedTable) -> Any:
    texts = column.parsed.texts
    if table.raw.decimal_comma and column.field.type == "number":
        texts = texts.str.replace(",", ".", regex=False)
    return texts.to_numpy(dtype=object)
