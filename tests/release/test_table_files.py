"""Tables as files and as pages: tidy names, notes, markers, whole or not at all."""

import io
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from html_tables import parsed
from outcomes import event_study, ladder, private_voice, retention, voice
from specimens import SYNTHETIC, Policy, network, ratio_rows, ratios, years

import participation_stats as ps
from participation_stats.errors import DisclosureError
from participation_stats.release.tidy import TIDY

PUBLISH = Policy.publish()


# Tidy.


@pytest.mark.parametrize("make", [network, ladder, voice, retention, years, event_study])
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH], ids=["exempt", "published"])
def test_every_result_has_the_same_columns_and_none_of_its_numbers_is_lost(make, policy):
    protected = make(policy)
    tidy = ps.tidy_table(protected)
    assert list(tidy.columns)[: len(TIDY)] == list(TIDY)
    told = sorted(pd.concat([tidy["value"], tidy["lower"], tidy["upper"]]).dropna().tolist())
    table = protected.table.drop(columns=["suppressed", "duration", "since_event"], errors="ignore")
    numbers = table.select_dtypes("number").stack(future_stack=True).dropna()
    assert told == pytest.approx(sorted(float(value) for value in numbers))


def test_a_share_has_its_counts_and_a_ratio_its_interval():
    tidy = ps.tidy_table(network()).set_index(["category", "measure"])
    share = tidy.loc[("White British", "share")]
    assert share[["value", "numerator", "denominator"]].tolist() == [0.4, 8, 20]
    people = tidy.loc[("White British", "population_share")]
    assert people[["numerator", "denominator"]].tolist() == [540, 3000]
    ratio = tidy.loc[("White British", "ratio")]
    row = network().table.set_index("category").loc["White British"]
    assert [ratio["value"], ratio["lower"], ratio["upper"]] == pytest.approx(
        [row["ratio"], row["conf_low"], row["conf_high"]]
    )
    nobody = tidy.loc[("Black African", "share")]
    assert [nobody["value"], nobody["numerator"]] == [0, 0]
    assert pd.isna(nobody["denominator"])


def test_withheld_numbers_are_marked_and_no_part_of_them_stays():
    tidy = ps.tidy_table(ladder(PUBLISH))
    hidden = tidy[tidy["marker"] == "[c]"]
    assert set(hidden["rung"]) == {"board"}
    assert hidden[["value", "numerator", "denominator", "lower", "upper"]].isna().all(axis=None)
    assert set(tidy.loc[tidy["value"].isna(), "marker"]) == {"[c]", "[z]"}


def test_another_frame_and_what_is_refused():
    sizes = ps.tidy_table(ladder(), "rungs")
    assert sizes.loc[sizes["measure"] == "n", "value"].tolist() == [1000, 150, 12]
    with pytest.raises(ps.InputError, match=r"tidy_table: Ladder has no frame 'rung' that may"):
        ps.tidy_table(ladder(), "rung")
    with pytest.raises(ps.InputError, match=r"tidy_table: this is a DataFrame, not a Protected\."):
        ps.tidy_table(ladder().table)
    lone = ps.attendance_inequality([3, 4, 5] * 10)
    with pytest.raises(DisclosureError, match=r"main table of Inequality is withheld"):
        ps.tidy_table(ps.protect(lone, PUBLISH))


# HTML.


def test_html_has_scopes_escapes_and_markers():
    names = {"<b>Bold</b> & co": 30, "Others": 4, "Third": 26}
    rows = ratio_rows("ethnicity", names, dict(zip(names, (900, 900, 1200), strict=True)))
    page = ps.table_html(
        ratios(rows, PUBLISH),
        title="Who <sits>",
        source="Source: here.",
        columns=["category", "count"],
    )
    assert "<b>Bold" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; co" in page
    assert "Who &lt;sits&gt;" in page
    table = parsed(page)
    assert [cell["scope"] for cell in table if cell["tag"] == "th"] == ["col"] * 2 + ["row"] * 3
    assert [c["text"] for c in table if c["tag"] == "td" and "headers" in c].count("[c]") == 2
    assert "[c] withheld, so that nobody can be identified." in page
    assert "Source: here." in page
    assert not re.search(r"(src|href)=|@import|url\(", page)


def test_html_puts_several_variables_under_headings_and_says_the_banner():
    rows = pd.concat(
        [
            ratio_rows("gender", {"Female": 5, "Male": 15}, {"Female": 1710, "Male": 1290}),
            ratio_rows(
                "age_band", {"16 to 24": 4, "25 or more": 16}, {"16 to 24": 9, "25 or more": 9}
            ),
        ]
    )
    page = ps.table_html(ratios(rows, Policy.internal("board paper")))
    groups = [c["text"] for c in parsed(page) if c.get("scope") == "colgroup"]
    assert groups == ["Gender", "Age"]
    assert "Internal (board paper): small counts are shown. Not for publication." in page


def test_html_of_two_tables_do_not_share_an_id_and_bytes_do_not_change():
    one, other = ps.table_html(network()), ps.table_html(ladder())
    assert re.search(r'id="(table-\w+)"', one)[1] != re.search(r'id="(table-\w+)"', other)[1]
    assert ps.table_html(network()) == one
    with pytest.raises(ps.InputError, match=r"table_html: the table has no column 'shares'"):
        ps.table_html(network(), columns=["shares"])
    with pytest.raises(ps.InputError, match=r"table_html: this is a Ladder, not a Protected\."):
        ps.table_html(ps.participation_ladder({"a": {"x": 9}, "b": {"x": 1}}, by="g"))


# Files.


def test_csv_lays_every_frame_under_the_other(tmp_path):
    path = ps.write_tables({"ladder": ladder(), "voice": voice()}, tmp_path / "all.csv")
    again = pd.read_csv(path)
    assert list(again.columns)[: 1 + len(TIDY)] == ["table", *TIDY]
    assert list(dict.fromkeys(again["table"])) == [
        "ladder", "ladder losses", "ladder rungs", "ladder basis", "voice",
    ]  # fmt: skip
    seats = again[(again["table"] == "voice") & (again["measure"] == "seats share")]
    assert seats["numerator"].tolist() == [1, 2, 2, 5]


def test_csv_neutralises_what_a_spreadsheet_would_run(tmp_path):
    rows = ratio_rows("gender", {"=cmd()": 5, "+A1": 15}, {"=cmd()": 10, "+A1": 20})
    path = ps.write_tables(ratios(rows), tmp_path / "t.csv")
    assert {"'=cmd()", "'+A1"} <= set(pd.read_csv(path)["category"].dropna())


def test_long_words_of_a_workbook_have_room(tmp_path):
    path = ps.write_tables(
        {"ladder": ladder()}, tmp_path / "t.xlsx", source=f"Source: {'a long one ' * 30}".strip()
    )
    book = openpyxl.load_workbook(path)
    cover = book["Cover"]
    (place,) = [row[0].row for row in cover.iter_rows() if "a long one" in str(row[0].value)]
    lines = cover.row_dimensions[place].height / 15
    assert lines >= len(str(cover.cell(place, 1).value)) / 100
    # The cover has it: on the sheet it would stretch the page.
    assert book["ladder"]["A4"].value == "Source: see the cover."
    losses = book["ladder losses"]
    (header,) = [row for row in losses.iter_rows() if str(row[0].value).startswith("Variable")]
    words = next(cell for cell in header if str(cell.value).startswith("In words"))
    assert losses.column_dimensions[words.column_letter].width <= 82
    for row in losses.iter_rows(min_row=words.row + 1):
        text, height = str(row[words.column - 1].value), losses.row_dimensions[row[0].row].height
        assert (height or 15) * 88 >= len(text) * 15, text


def test_workbook_explains_its_columns_and_what_is_withheld(tmp_path):
    path = ps.write_tables(
        ladder(PUBLISH), tmp_path / "t.xlsx", title="The ladder", source="Source: made up."
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:4] == ["Cover", "Contents", "Notes", "Ladder"]
    cover = [cell.value for row in book["Cover"].iter_rows() for cell in row]
    assert "The ladder" in cover
    notes = [str(cell.value) for row in book["Notes"].iter_rows() for cell in row]
    assert "Step ratio: share over the share on the rung outside." in notes
    assert any("rows withheld: counts under 10" in note for note in notes)
    sheet = book["Ladder"]
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "[c]" in cells
    assert 60 in cells
    (header,) = [row for row in sheet.iter_rows() if str(row[0].value).startswith("Variable")]
    assert all(re.search(r"\n\[note \d+\]$", str(cell.value)) for cell in header)
    # The sheet marks its table up, so that a reader is told its headings.
    assert [str(table.ref) for table in sheet.tables.values()]
    assert "[c] withheld, so that nobody can be identified." in cells
    # Printed it is as wide as one page of A4 on its side, and no line above stretches it.
    for one in book:
        assert one.page_setup.orientation == "landscape"
        # One page wide is what is not said; as many pages long as it takes.
        assert (one.page_setup.paperSize, one.page_setup.fitToWidth) == (9, None)
        assert one.page_setup.fitToHeight == 0
        assert one.sheet_properties.pageSetUpPr.fitToPage
    above = [str(row[0].value) for row in sheet.iter_rows(max_row=header[0].row - 1)]
    assert max(map(len, above)) <= 85
    # Columns are as wide as what is seen of their numbers, not as all their digits.
    widths = {one.column_letter: sheet.column_dimensions[one.column_letter].width for one in header}
    assert max(widths.values()) < 30
    column = next(c.column for c in header if str(c.value).startswith("Share"))
    assert sheet.cell(header[0].row + 1, column).number_format == "0.0%"


def test_any_names_give_a_workbook_that_opens_and_says_of_which_table_something_is_withheld(
    tmp_path,
):
    long = "who sits on the network of directors and staff"
    names = [f"{long} then", f"{long} now", "Voice: seats?", "notes", "2011"]
    path = ps.write_tables({name: voice(PUBLISH) for name in names}, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    sheets = [name for name in book.sheetnames if "basis" not in name][3:]
    assert len(sheets) == len({name.lower() for name in book.sheetnames[3:]}) == len(names)
    assert sheets[0].endswith("staff then")
    assert {"Voice seats", "notes 2", "2011"} <= set(sheets)
    hidden = ps.write_tables({"Small one": ladder(PUBLISH)}, tmp_path / "u.xlsx")
    notes = [str(row[1].value) for row in openpyxl.load_workbook(hidden)["Notes"].iter_rows()]
    assert any(note.startswith("Small one: ") and "rows withheld" in note for note in notes)


def test_page_of_tables_is_one_file(tmp_path):
    page = ps.write_tables(
        {"ladder": ladder(PUBLISH)}, tmp_path / "t.html", title="A & B"
    ).read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<h1>A &amp; B</h1>" in page
    assert page.count("<table") == 4


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("earlier")
    with pytest.raises(ps.OutputError, match=r"write_tables: '.*t\.csv' is already there\."):
        ps.write_tables(ladder(), path)
    assert path.read_text() == "earlier"

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_csv", full)
        with pytest.raises(ps.OutputError, match=r"cannot write '.*' \(No space left on device\)"):
            ps.write_tables(ladder(), path, force=True)
    assert path.read_text() == "earlier"
    assert [item.name for item in tmp_path.iterdir()] == ["t.csv"]
    ps.write_tables(ladder(), path, force=True)
    assert path.read_text().startswith("table,measure,variable")


def test_an_unknown_ending_and_an_unprotected_value_are_refused(tmp_path):
    with pytest.raises(ps.InputError, match=r"'t\.ods' does not say what kind .*got '\.ods'"):
        ps.write_tables(ladder(), tmp_path / "t.ods")
    with pytest.raises(ps.InputError, match=r"write_tables: this is a DataFrame, not a Protected"):
        ps.write_tables({"a": ladder().table}, tmp_path / "t.csv")


@pytest.mark.parametrize("ending", ["csv", "html", "xlsx"])
def test_withheld_numbers_are_in_no_file(ending, tmp_path):
    files = [
        ps.write_tables(private_voice(PUBLISH, spoke), tmp_path / f"{name}.{ending}")
        for name, spoke in (("one", (2, 3)), ("other", (4, 1)))
    ]
    one, other = (path.read_bytes() for path in files)
    assert one == other
    assert np.frombuffer(one, dtype="uint8").size > 100
    if ending == "csv":
        tidy = pd.read_csv(io.BytesIO(one))
        assert set(tidy.loc[tidy["measure"] == "spoke count", "marker"]) == {"[c]"}
