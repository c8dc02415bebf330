"""Nothing sensitive in any byte: ids, free text, and the counts that are withheld.

Two estates that differ in withheld counts alone must give the same bytes: whatever is written
(coordinates of a figure, alternative texts, attributes, metadata) then tells nothing of them.
"""

import base64
import dataclasses
import io
import re
import shutil
import sys
import zipfile
import zlib

import openpyxl
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.release import rendering
from participation_stats.release.register import FILE

CANARY = "CANARY7319"


def small_estate(folder, women, groups):
    """A board of twelve, and a forum of ninety; together the same whatever the board is."""
    folder.mkdir()
    people = pd.DataFrame({"person_id": [f"p{n}" for n in range(102)], "capacity": "resident"})
    both = {
        "gender": {"Female": 50, "Male": 52},
        "ethnicity": {"Black African": 34, "Portuguese": 33, "White British": 35},
    }
    board = {"gender": {"Female": women, "Male": 12 - women}, "ethnicity": groups}
    for variable, counts in both.items():
        here = [name for name in counts for _ in range(board[variable][name])]
        there = [name for name, n in counts.items() for _ in range(n - board[variable][name])]
        people[variable] = [*here, *there]
    seats = pd.DataFrame(
        {"body_id": ["board"] * 12 + ["forum"] * 90, "person_id": people["person_id"]}
    )
    meetings = {"meeting_id": ["m1", "m2"], "body_id": ["board", "forum"], "date": "2021-06-01"}
    tables = {
        "people": people,
        "memberships": seats.assign(role="member", start_date="2020-01-01"),
        "population": pd.DataFrame(
            {
                "variable": ["gender"] * 2 + ["ethnicity"] * 3,
                "category": ["Female", "Male", "Black African", "Portuguese", "White British"],
                "count": [520, 480, 400, 200, 400],
            }
        ),
        "bodies": pd.DataFrame(
            {"body_id": ["board", "forum"], "name": ["Board", "Forum"], "kind": "committee"}
        ),
        "meetings": pd.DataFrame(meetings),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return dataclasses.replace(ps.read_estate(folder), folder=None, title="An estate")


def contents(folder):
    """Every file's bytes, those inside the spreadsheet one by one; names of data masked."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            found[name] = path.read_bytes()
            if path.suffix == ".xlsx":
                del found[name]
                with zipfile.ZipFile(path) as book:
                    found |= {f"{name}/{part}": book.read(part) for part in book.namelist()}
    digest = re.compile(rb"\[[0-9a-f]{12}\]")
    return {name: digest.sub(b"[data]", text) for name, text in found.items()}


@pytest.mark.slow
def test_estates_that_differ_in_withheld_counts_give_the_same_bytes(tmp_path):
    ways = {
        "one": (5, {"Black African": 5, "Portuguese": 2, "White British": 5}),
        "two": (7, {"Black African": 4, "Portuguese": 3, "White British": 5}),
    }
    written = {}
    for name, (women, groups) in ways.items():
        estate = small_estate(tmp_path / f"data_{name}", women, groups)
        (tmp_path / name).mkdir()
        page = ps.write_report(estate, tmp_path / name / "report")
        written[name] = contents(page.parent)
    one, two = written.values()
    assert one.keys() == two.keys()
    assert any(name.endswith(".svg") for name in one) and FILE in one
    assert [name for name in one if one[name] != two[name]] == []
    # The guard: what may be told is told.
    assert b"34 of 102" in one["index.html"]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of which the board is withheld."""
    folder = tmp_path_factory.mktemp("small")
    groups = {"Black African": 5, "Portuguese": 2, "White British": 5}
    return ps.write_report(small_estate(folder / "data", 5, groups), folder / "report").parent


def in_csv(folder):
    path = folder / "tables" / "board_gender.csv"
    frame = pd.read_csv(path)
    frame["ratio"] = 0.8
    frame.to_csv(path, index=False)


def in_tidy_file(folder):
    path = folder / "tables.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    row = (frame["table"] == "board_gender") & (frame["measure"] == "ratio")
    frame.loc[row, "upper"] = "1.2"
    frame.to_csv(path, index=False)


def in_spreadsheet(folder):
    path = folder / "tables.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["board gender"]
    place = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "[c]")
    sheet.cell(place.row, place.column + 2).value = 0.4167
    book.save(path)


def in_page(folder):
    path = folder / "index.html"
    text = path.read_text(encoding="utf-8")
    table = text.index('id="table-board_gender"')
    count = text.index("[c]", table)
    ratio = text.index("[c]", count + 3)
    path.write_text(text[:ratio] + "0.80" + text[ratio + 3 :], encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tamper", "where"),
    [
        (in_csv, "table 'board_gender.csv'"),
        (in_tidy_file, "table 'tables.csv', board_gender"),
        (in_spreadsheet, "sheet 'board gender' of tables.xlsx"),
        (in_page, "table of index.html"),
    ],
)
def test_a_folder_is_read_as_anybody_can_in_every_format(
    report, tamper, where, tmp_path, monkeypatch
):
    folder = tmp_path / "copy"
    shutil.copytree(report, folder)
    assert ps.audit_folder(folder) > 20
    tamper(folder)
    # The spreadsheet too where openpyxl is not installed: it is an extra.
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ps.DisclosureError, match=f"audit, {re.escape(where)}.*beside a withheld"):
        ps.audit_folder(folder)


@pytest.mark.slow
def test_a_count_that_a_table_writes_by_mistake_leaves_nothing_behind(tmp_path, monkeypatch):
    groups = {"Black African": 5, "Portuguese": 2, "White British": 5}
    estate = small_estate(tmp_path / "data", 5, groups)
    monkeypatch.setattr(rendering, "html_table", lambda *more, **kw: (
        "<table><tr><th>Count</th><th>Ratio</th></tr><tr><td>[c]</td><td>0.8</td></tr></table>"
    ))  # fmt: skip
    with pytest.raises(ps.DisclosureError, match="'Ratio' is told beside a withheld count"):
        ps.write_report(estate, tmp_path / "report")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def text_of(folder):
    """Everything that can be read: packed text is unpacked, pictures' words are too."""
    parts = []
    for name, data in contents(folder).items():
        parts += [name.encode(), data]
        for encoded in re.findall(rb"data:[a-z/+]+;base64,([A-Za-z0-9+/=]+)", data):
            parts.append(base64.b64decode(encoded))
        if name.endswith(".png"):
            parts += png_texts(data)
    return b"\n".join(parts)


def png_texts(data):
    stream, found = io.BytesIO(data[8:]), []
    while size := stream.read(4):
        kind, body = stream.read(4), stream.read(int.from_bytes(size, "big"))
        stream.read(4)
        if kind in (b"tEXt", b"iTXt"):
            found.append(body)
        elif kind == b"zTXt":
            found.append(zlib.decompress(body.split(b"\0", 1)[1][1:]))
    return found


@pytest.fixture(scope="module")
def marked():
    """St Mary's as if its people were real, with a canary in every id, name and remark."""
    estate = ps.load_example("st_marys")
    tables = {}
    for name, table in estate.tables.items():
        table = table.copy()
        for column in ("person_id", "respondent_id", "household_id"):
            if column in table:
                table[column] = CANARY + table[column].astype(str)
        if name in ("people", "estate_survey"):
            table["name"] = table["remarks"] = CANARY
        tables[name] = table
    return dataclasses.replace(estate, synthetic=False, tables=tables)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["estate", "body", "survey", "tsm"])
def test_no_id_name_or_remark_is_in_any_byte(marked, kind, tmp_path):
    more = {"bodies": ["network"]} if kind == "body" else {}
    page = ps.write_report(marked, tmp_path / "report", kind=kind, **more)
    text = text_of(page.parent)
    assert len(text) > 20_000
    assert CANARY.encode() not in text
