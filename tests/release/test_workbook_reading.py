"""A workbook read without a spreadsheet library says what openpyxl reads in it."""

import contextlib
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from participation_stats.release.sheets import read_sheets

REPORTS = Path(__file__).parents[2] / "reports"


def by_openpyxl(path):
    with contextlib.closing(openpyxl.load_workbook(path, read_only=False)) as book:
        return {sheet.title: [list(row) for row in sheet.values] for sheet in book.worksheets}


def same(cell, text):
    if cell is None or isinstance(cell, str):
        return (cell or "") == text
    return float(cell) == float(text)


@pytest.mark.parametrize("name", ["st_marys-tsm", "southern_women"])
def test_a_written_workbook_cell_by_cell(name):
    path = REPORTS / name / "tables.xlsx"
    theirs, ours = by_openpyxl(path), dict(read_sheets(path))
    assert list(ours) == list(theirs)
    seen = 0
    for title, rows in theirs.items():
        told = [row for row in rows if any(cell is not None for cell in row)]
        lines = [line for line in ours[title] if any(line)]
        assert len(lines) == len(told)
        for row, line in zip(told, lines, strict=True):
            padded = [*line, *[""] * (len(row) - len(line))]
            assert all(same(cell, text) for cell, text in zip(row, padded, strict=True))
            seen += len(row)
    assert seen >= 200


def test_gaps_fonts_and_strings_in_their_place(tmp_path):
    """Cells of which others before them are empty, text in two fonts, text kept in the cell."""
    path = tmp_path / "book.xlsx"
    for constant_memory in (False, True):
        with xlsxwriter.Workbook(path, {"constant_memory": constant_memory}) as book:
            sheet = book.add_worksheet("one & two")
            sheet.write(0, 2, "[c]")
            sheet.write(0, 27, 0.25)
            sheet.write_rich_string(1, 0, "half ", book.add_format({"bold": True}), "bold")
            book.add_worksheet("empty")
        found = dict(read_sheets(path))
        assert list(found) == ["one & two", "empty"]
        assert found["one & two"] == [["", "", "[c]", *[""] * 24, "0.25"], ["half bold"]]
        assert found["empty"] == []


def test_what_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_text("no zip")
    with pytest.raises(zipfile.BadZipFile):
        list(read_sheets(path))
