"""Sheets: the cells of a written workbook as text, read back without a spreadsheet library.

A workbook is a zip of XML (ISO/IEC 29500): the audit needs no more of it than what each cell says.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the name of each sheet and its rows of cells, as text; an empty cell is ``""``.

    Parameters
    ----------
    path : Path
        An ``.xlsx`` file.

    Raises
    ------
    zipfile.BadZipFile
        It is no workbook.
    """
    with zipfile.ZipFile(path) as book:
        strings = _shared_strings(book)
        targets = {
            one.get("Id"): one.get("Target", "")
            for one in _read(book, "xl/_rels/workbook.xml.rels")
        }
        for sheet in _read(book, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
            target = targets[sheet.get(_REFERENCE)]
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            rows = _read(book, part).iter(f"{_MAIN}row")
            yield sheet.get("name", ""), [_cells(row, strings) for row in rows]


def _read(book: zipfile.ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(part))


def _shared_strings(book: zipfile.ZipFile) -> list[str]:
    """Texts that cells refer to by their number."""
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    return [_text(one) for one in _read(book, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]


def _text(element: ElementTree.Element) -> str:
    """All text of an element, of runs in different fonts too."""
    return "".join(one.text or "" for one in element.iter(f"{_MAIN}t"))


def _cells(row: ElementTree.Element, strings: Sequence[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{_MAIN}c"):
        place = _column(cell.get("r", "")) if cell.get("r") else len(found)
        found += [""] * (place - len(found))
        found.append(_told(cell, strings))
    return found


def _told(cell: ElementTree.Element, strings: Sequence[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_MAIN}v") or ""
    return strings[int(value)] if kind == "s" and value else value


def _column(reference: str) -> int:
    """Number of a cell's column, from nought.

    Examples
    --------
    >>> _column("A1"), _column("Z9"), _column("AB12")
    (0, 25, 27)
    """
    letters = re.match("[A-Z]*", reference)
    place = 0
    for letter in letters.group() if letters else "":
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1
