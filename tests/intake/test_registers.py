"""Attendance registers against the readings written beside the samples, and against themselves."""

import datetime
import itertools
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import participation_stats as ps
from participation_stats.errors import (
    InputError,
    MissingExtraError,
    OutputError,
    ParticipationError,
    SourceError,
)
from participation_stats.intake.registers.dates import read_heading
from participation_stats.intake.registers.marks import meanings_of, normal_mark, read_key

SAMPLES = Path(__file__).parents[1] / "golden" / "exports"
NAMES = {
    "attendance_register": "attendance_register.xlsx",
    "attendance_register_csv": "attendance_register.csv",
}
MEANT = ("present", "apologies", "absent", "not_recorded")


def expected(name):
    return json.loads((SAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))


def write(tmp_path, text, name="register.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


def read(tmp_path, text, **options):
    return ps.read_register(write(tmp_path, text), **options)


def rules(register, severity=None):
    issues = register.issues
    return issues[issues["severity"].eq(severity)] if severity else issues


@pytest.fixture(params=NAMES)
def sample(request):
    return expected(request.param), ps.read_register(SAMPLES / NAMES[request.param])


def test_sample_has_the_people_of_the_expected_reading(sample):
    told, register = sample
    rows = register.rows.assign(
        line=register.rows["row"], resident=register.rows["capacity"].eq("resident")
    )
    assert len(rows) == told["people_rows"]
    lines = {person["row"]: person for person in told["people"]}
    assert rows.set_index("line")["resident"].to_dict() == {
        line: person["resident"] for line, person in lines.items()
    }
    assert rows.set_index("line")["section"].fillna("").to_dict() == {
        line: person["section"] for line, person in lines.items()
    }
    labels = {person["label"].split(" (")[0]: line for line, person in lines.items()}
    same = {
        line: labels[person["same_person_as"]]
        for line, person in lines.items()
        if person["same_person_as"]
    }
    assert rows.dropna(subset=["same_as"]).set_index("line")["same_as"].to_dict() == same
    residents = rows[rows["resident"]]["person_id"]
    assert residents.nunique() == told["resident_people"]


def test_sample_marks_count_as_expected_by_person(sample):
    told, register = sample
    meaning = register.marks["meaning"].replace("left", "not_member")
    counts = pd.crosstab(register.marks["row"], meaning)
    for person in told["people"]:
        for what in (*MEANT, "not_member"):
            cells = counts[what] if what in counts else pd.Series(0, index=counts.index)
            # Under a cancelled meeting nothing is recorded of anybody.
            off = register.columns.loc[register.columns["status"].ne("held"), "column"]
            mine = register.marks[
                register.marks["row"].eq(person["row"]) & register.marks["column"].isin(off)
            ]
            beside = int(mine["meaning"].eq(what).sum())
            assert cells[person["row"]] - beside == person[what], (person["label"], what)


def test_sample_meetings_and_their_counts_are_as_expected(sample):
    told, register = sample
    columns, residents = register.columns, register.rows.query("capacity == 'resident'")["row"]
    assert columns["date"].dt.strftime("%Y-%m-%d").tolist() == [
        meeting["date"] for meeting in told["meetings"]
    ]
    assert columns["status"].tolist() == [meeting["status"] for meeting in told["meetings"]]
    assert columns["kind"].tolist() == [meeting["kind"] for meeting in told["meetings"]]
    assert len(register.meetings) == told["meetings_held"]
    marks = register.marks[register.marks["row"].isin(residents)]
    rank = {meaning: place for place, meaning in enumerate((*MEANT, "not_member"))}
    for column, meeting in zip(columns["column"], told["meetings"], strict=True):
        cells = marks[marks["column"].eq(column) & marks["meeting_id"].notna()]
        meaning = cells["meaning"].replace("left", "not_member")
        for what in (*MEANT, "not_member"):
            assert meaning.eq(what).sum() == meeting[what], (meeting["date"], what)
        best = meaning.map(rank).groupby(cells["person_id"]).min()
        for what in MEANT:
            assert best.eq(rank[what]).sum() == meeting["people_after_merge"][what]


def test_sample_attendance_holds_each_person_once_with_the_stronger_mark(sample):
    told, register = sample
    assert not register.attendance.duplicated(["meeting_id", "person_id"]).any()
    residents = register.attendance[register.attendance["capacity"].eq("resident")]
    counts = pd.crosstab(residents["meeting_id"], residents["status"])
    for meeting in told["meetings"]:
        if meeting["status"] == "held":
            row = counts.loc[f"body-{meeting['date']}"]
            for what in ("present", "apologies", "absent"):
                assert row.get(what, 0) == meeting["people_after_merge"][what]


def test_sample_lines_apart_are_those_expected(sample):
    told, register = sample
    words = {"stray formula text": "stray formula", "totals row": "totals"}
    words["head count row, not a person"] = "head count"
    header = register.apart.loc[register.apart["reason"].eq("header"), "row"].item()
    assert header == told["layout"]["header_row"]
    below = register.apart[register.apart["row"].gt(header)]
    assert below.set_index("row")["reason"].to_dict() == {
        row["row"]: words.get(row["reason"], row["reason"]) for row in told["reject"]
    }
    titles = register.apart[register.apart["reason"].eq("title")]["row"].tolist()
    assert titles == told["layout"]["title_rows"]
    silent = register.marks["meaning"].eq("not_recorded") & register.marks["meeting_id"].notna()
    assert silent.sum() == told["not_stated"]["attendance_mark"]


def test_sample_review_is_warned_of(sample):
    told, register = sample
    warned = set(register.issues.loc[register.issues["severity"].eq("warning"), "row"].dropna())
    noted = register.issues[register.issues["rule"].eq("cancelled")]
    for entry in told["review"]:
        assert entry["row"] in warned if "row" in entry else len(noted) == 1
    assert register.ok


def test_stated_totals_are_compared_with_a_new_count():
    told, register = (
        expected("attendance_register_csv"),
        ps.read_register(SAMPLES / "attendance_register.csv"),
    )
    present = register.totals[register.totals["what"].eq("present")]
    dates = register.columns.set_index("column")["date"].dt.strftime("%Y-%m-%d")
    rows = present[present["row"].eq(12) & present["column"].isin(dates.index)]
    stated = dict(zip(rows["column"].map(dates), rows["stated"].astype(int), strict=True))
    assert stated == told["stated_totals"]["per_date_in_file"]
    wrong = register.issues.query("rule == 'total' and severity == 'warning'")
    assert wrong[["row", "value"]].values.tolist() == [[9, "4"], [12, "4"]]
    assert "its marks count 5" in wrong["message"].iloc[0]
    assert wrong["hint"].tolist() == ["count again", "it is right once each person is counted once"]
    broken = register.issues.query("rule == 'total' and severity == 'note'")
    assert broken["value"].tolist() == ["#REF!"]


def test_head_counts_and_the_grand_total_are_kept():
    told = expected("attendance_register")["stated_totals"]
    register = ps.read_register(SAMPLES / "attendance_register.xlsx")
    heads = register.totals[register.totals["what"].eq("head count")]
    dates = register.columns.set_index("column")["date"].dt.strftime("%Y-%m-%d")
    counts = dict(zip(heads["column"].map(dates), heads["stated"].astype(int), strict=True))
    assert counts == told["head_count"]
    grand = register.totals.query("row == 21 and column == 14")
    assert grand["stated"].tolist() == [str(told["grand_total_in_file"])]


def test_every_mark_of_the_expected_list_is_known():
    for name in NAMES:
        told = expected(name)["mark_meanings"]
        marks = {"" if mark == "(empty)" else mark: meaning for mark, meaning in told.items()}
        assert meanings_of(marks, {}, {}) == marks


def test_names_stay_out_unless_asked_for(sample):
    told, register = sample
    frames = [register.attendance, register.meetings, register.people, register.issues]
    written = " ".join(frame.to_csv() for frame in [*frames, register.rows, register.marks])
    for person in told["people"]:
        name = person["label"].split(" (")[0]
        assert name not in written
    kept = ps.read_register(SAMPLES / told["file"], keep_names=True)
    assert set(told["people"][0]["label"].split()) <= set(kept.people["name"][0].split())
    assert {"Flat", "Block"} & set(kept.people.columns)


def test_what_is_written_is_an_estate_without_an_error(sample, tmp_path):
    _, register = sample
    folder = register.write(tmp_path / "panel")
    assert ps.validate(folder).ok
    estate = ps.read_estate(folder)
    pd.testing.assert_frame_equal(
        estate.tables["attendance"][list(register.attendance.columns)],
        register.attendance,
        check_dtype=False,
    )
    pd.testing.assert_frame_equal(
        estate.tables["meetings"][["meeting_id", "date"]], register.meetings[["meeting_id", "date"]]
    )
    assert ps.validate(register.tables).ok
    assert len(estate.panel()) > 0
    with pytest.raises(OutputError, match=r"exists already.*Hint: choose another place"):
        register.write(folder)


def test_nothing_is_left_of_a_folder_that_cannot_be_written(tmp_path):
    register = ps.read_register(SAMPLES / "attendance_register.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        register.write(tmp_path / "file" / "panel")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_name_that_a_spreadsheet_would_run_is_written_with_an_apostrophe(tmp_path):
    register = read(tmp_path, "Name,8 Apr 2025\n=cmd|x!A1,P\nB,P\n", keep_names=True)
    people = pd.read_csv(register.write(tmp_path / "panel") / "people.csv")
    assert people["name"].tolist() == ["'=cmd|x!A1", "B"]


STATUS_MARKS = {"present": "P", "apologies": "Ap", "absent": "A", None: ""}
LETTERS = st.characters(categories=("Lu", "Ll"), exclude_characters="&")


@st.composite
def registers(draw):
    names = draw(
        st.lists(
            st.tuples(st.text(LETTERS, min_size=3, max_size=8), st.integers(1, 999)),
            min_size=1, max_size=12, unique_by=lambda pair: pair[1],
        )
    )  # fmt: skip
    days = draw(st.sets(st.integers(0, 700), min_size=1, max_size=10))
    dates = [datetime.date(2024, 1, 1) + datetime.timedelta(days=day) for day in sorted(days)]
    statuses = draw(
        st.lists(
            st.lists(st.sampled_from([*STATUS_MARKS]), min_size=len(dates), max_size=len(dates)),
            min_size=len(names), max_size=len(names),
        )
    )  # fmt: skip
    # A name of one word such as "Total" or "Venue" would be no name to anybody.
    return [f"Ann {name} no{number}" for name, number in names], dates, statuses


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drawn=registers(),
    style=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%d.%m.%y", "%a %d %b %Y"]),
    separator=st.sampled_from(",;\t|"),
    titled=st.booleans(),
    totals=st.booleans(),
)
def test_a_drawn_register_reads_back_to_the_same_attendance(
    tmp_path, drawn, style, separator, titled, totals
):
    names, dates, statuses = drawn
    # A date under which nobody is marked is no meeting, and is warned of.
    assume(all(any(column) for column in zip(*statuses, strict=True)))
    lines = [["A title of the hall, 2023"], []] if titled else []
    lines.append(["Name", *(date.strftime(style) for date in dates), "Total"])
    for name, row in zip(names, statuses, strict=True):
        marks = [STATUS_MARKS[status] for status in row]
        lines.append([name, *marks, str(row.count("present"))])
    if totals:
        counts = [str(column.count("present")) for column in zip(*statuses, strict=True)]
        lines.append(["Total", *counts, ""])
        lines.append(["NB the hall was cold in the winter and few people came"])
    quoted = [separator.join(f'"{cell}"' for cell in line) for line in lines]
    register = read(tmp_path, "\n".join(quoted) + "\n", body_id="hall")
    expected_rows = [
        (f"hall-{date}", place, status)
        for at, date in enumerate(dates)
        for place, row in enumerate(statuses)
        if (status := row[at]) is not None
    ]
    ids = register.rows["person_id"].tolist()
    assert len(ids) == len(names)
    assert list(
        register.attendance[["meeting_id", "person_id", "status"]].itertuples(
            index=False, name=None
        )
    ) == [(meeting, ids[place], status) for meeting, place, status in expected_rows]
    assert not rules(register, "warning")["rule"].isin(["total", "order", "date"]).any()
    assert register.ok
    checked = ps.validate(register.tables)
    assert checked.ok, checked.issues


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(NAMES.values())),
    cut=st.integers(0, 8000),
    junk=st.binary(max_size=80),
)
def test_a_damaged_register_is_read_or_refused_in_our_own_words(tmp_path, name, cut, junk):
    path = tmp_path / name
    path.write_bytes((SAMPLES / name).read_bytes()[:cut] + junk)
    try:
        register = ps.read_register(path)
    except ParticipationError as error:
        assert str(error)
    else:
        assert str(register)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.text(max_size=6), max_size=6), max_size=8))
def test_any_cells_round_a_date_are_read_or_refused(tmp_path, cells):
    rows = [["Name", "8/4/25", "9/4", "x"], *cells]
    text = "\n".join(",".join('"' + cell.replace('"', "") + '"' for cell in row) for row in rows)
    path = write(tmp_path, text.replace("\0", ""), encoding="utf-8") if _writable(text) else None
    if path is None:
        return
    try:
        register = ps.read_register(path)
    except ParticipationError as error:
        assert str(error)
    else:
        # No line is lost: each is somebody's or apart.
        assert not set(register.rows["row"]) & set(register.apart["row"])
        assert len(register.marks) == len(register.rows) * len(register.columns)
        assert ps.validate(register.tables).ok or register.attendance.empty


def _writable(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("heading", "date"),
    [
        ("2025-04-08", (8, 4, 2025, "")),
        ("8/4/25", (8, 4, 2025, "")),
        ("8.4.1998", (8, 4, 1998, "")),
        ("08-Apr", (8, 4, None, "")),
        ("8 July", (8, 7, None, "")),
        ("8th of July 2025", (8, 7, 2025, "")),
        ("Tue 8 Apr '25", (8, 4, 2025, "")),
        ("Tuesday, 8 April", (8, 4, None, "")),
        ("Thursday 1 May", (1, 5, None, "")),
        ("Sat. 1 March", (1, 3, None, "")),
        ("April 8, 2025", (8, 4, 2025, "")),
        ("April 8th", (8, 4, None, "")),
        ("9 Sept.", (9, 9, None, "")),
        ("10.3.26 AGM", (10, 3, 2026, "AGM")),
        ("14/10 (special)", (14, 10, None, "special")),
        ("8 Apr – online", (8, 4, None, "online")),
        ("29 Feb", (29, 2, None, "")),
        ("45755", (8, 4, 2025, "")),
        ("2025-04-08 19:00:00", (8, 4, 2025, "")),
    ],
)
def test_headings_that_are_dates(heading, date):
    found = read_heading(heading)
    assert (found.day, found.month, found.year, found.note) == date


@pytest.mark.parametrize(
    "heading", ["", "Total", "Apr-25", "May", "31/02/2025", "13/13", "04/13/2025", "29/2/2025",
                "12", "2025", "5", "99999", "8 Maybe", "1/0", "August Smith", "٣/٤"],
)  # fmt: skip
def test_headings_that_are_none(heading):
    assert read_heading(heading) is None


def dates(register):
    return register.columns["date"].dt.strftime("%Y-%m-%d").tolist()


def test_years_come_from_beside_above_or_the_argument(tmp_path):
    text = "Name,11 Nov,9 Dec,13 Jan\nA B,P,P,P\n"
    assert dates(read(tmp_path, text, year=2023)) == ["2023-11-11", "2023-12-09", "2024-01-13"]
    for title in ("Committee 2023/24", "Register Nov 2023 - Jan 2024", "Hall 2023-24, 7pm"):
        register = read(tmp_path, f'"{title}"\n' + text)
        assert dates(register) == ["2023-11-11", "2023-12-09", "2024-01-13"]
    # A year that begins in April: its January is that of the next year.
    assert dates(read(tmp_path, "2023/24\nName,13 Jan\nA B,P\n")) == ["2024-01-13"]
    beside = "Name,11 Nov,9/12/23,13 Jan\nA B,P,P,P\n"
    assert dates(read(tmp_path, beside)) == ["2023-11-11", "2023-12-09", "2024-01-13"]
    last_first = "2023/24\nName,13 Jan,9 Dec,11 Nov\nA B,P,P,P\n"
    assert dates(read(tmp_path, last_first)) == ["2024-01-13", "2023-12-09", "2023-11-11"]


def test_a_date_that_cannot_be_read_is_an_error_and_its_marks_are_kept(tmp_path):
    register = read(tmp_path, "Name,8/4/25,Spring,13/5/25\nA B,P,P,A\nC D,A,P,\n")
    issue = rules(register, "error").iloc[0]
    assert (issue["row"], issue["column"], issue["rule"]) == (1, "Spring", "date")
    assert "the date of 'Spring' is not known" in issue["message"]
    assert register.marks.query("column == 3")["meaning"].tolist() == ["present", "present"]
    assert register.attendance["status"].tolist() == ["present", "absent", "absent"]
    assert not register.ok
    no_year = read(tmp_path, "Name,8 Apr,13 May\nA B,P,P\n")
    assert rules(no_year, "error")["hint"].str.contains("give year=").all()
    with pytest.raises(InputError, match="no row of attendance"):
        no_year.write(tmp_path / "panel")


def test_a_month_without_a_day_is_no_date(tmp_path):
    register = read(tmp_path, "Name,Apr-25,May-25\nA B,P,P\n")
    assert rules(register, "error")["column"].tolist() == ["Apr-25", "May-25"]


def test_a_mark_that_cannot_be_read_is_an_error_and_counts_for_nobody(tmp_path):
    text = "Name,8/4/25,13/5/25\nA B,P,Q\nC D,A (apols),P\n"
    register = read(tmp_path, text)
    errors = rules(register, "error")
    assert errors[["table", "row", "column", "value", "rule"]].values.tolist() == [
        ["attendance", 2, "13/5/25", "Q", "mark"],
        ["attendance", 3, "8/4/25", "A (apols)", "mark"],
    ]
    assert errors["hint"].iloc[0] == "say what it means: marks={'q': 'present'}"
    assert len(register.attendance) == 2
    assert read(tmp_path, text, marks={"Q": "absent", "a (apols)": "apologies"}).ok


def test_a_cross_is_no_tick_where_nothing_shows_who_came(tmp_path):
    assert read(tmp_path, "Name,8/4/25,9/5/25\nA B,P,X\nC D,X,P\n").ok
    crosses = "Name,8/4/25,9/5/25\nA B,X,\nC D,,X\n"
    assert rules(read(tmp_path, crosses), "error")["rule"].tolist() == ["mark", "mark"]
    told = read(tmp_path, crosses, marks={"X": "present"})
    assert told.attendance["status"].tolist() == ["present", "present"]
    keyed = read(tmp_path, "X = attended\n" + crosses)
    assert keyed.attendance["status"].tolist() == ["present", "present"]


def test_the_key_of_a_register_comes_before_our_own(tmp_path):
    assert read_key(["A = apologies, X = absent; / = present"]) == {
        "a": "apologies", "x": "absent", "/": "present",
    }  # fmt: skip
    text = "Name,8/4/25\nA B,A\nC D,P\n,\nKey: A = apologies\n"
    assert read(tmp_path, text).attendance["status"].tolist() == ["apologies", "present"]


def test_a_and_x_without_apologies_are_warned_of(tmp_path):
    register = read(tmp_path, "Name,8/4/25\nA B,A\nC D,P\nE F,X\n")
    assert rules(register, "warning")["value"].tolist() == ["A, X"]


@pytest.mark.parametrize("mark", ["✓", "✔", "√", "1", "y", "Yes", "TRUE", "Present", "p.", " P* "])
def test_ticks_and_their_like_are_presence(mark):
    assert meanings_of([mark], {}, {}) == {mark: "present"}
    assert normal_mark("Ap. ") == "ap"


def test_having_left_and_coming_again_cannot_both_be(tmp_path):
    register = read(tmp_path, "Name,8/4/25,9/5/25,9/6/25\nA B,P,L,P\nC D,P,L,L\n")
    assert rules(register, "error")["message"].tolist() == [
        "'L' says that the person had left, but a mark stands later; nobody is counted for it"
    ]
    assert register.marks["meaning"].eq("left").sum() == 2


def test_zeros_and_ones_are_marks_and_counts_are_totals(tmp_path):
    register = read(tmp_path, "Name,8/4/25,9/5/25\nA B,1,0\nC D,1,1\nE F,2,0\n,3,1\nTotal,3,1\n")
    assert register.apart["reason"].tolist() == ["header", "totals", "totals"]
    assert register.attendance["status"].value_counts().to_dict() == {"present": 3, "absent": 2}
    assert rules(register, "error")["value"].tolist() == ["2"]


def test_two_people_of_one_name_stay_two(tmp_path):
    register = read(
        tmp_path, "Name,Flat,8/4/25\nS. Hussain,1,P\nS Hussain,2,P\nMr A B,,P\nMrs A B,,P\n"
    )
    assert register.people["person_id"].nunique() == 4
    assert rules(register, "warning")["message"].str.contains("counted as two").sum() == 2
    once = "Name,8/4/25\nS. Hussain,P\nS Hussain,Ap\n"
    assert len(read(tmp_path, once).people) == 1
    assert len(read(tmp_path, once, merge=False).people) == 2


def test_an_anonymous_line_is_never_another(tmp_path):
    register = read(tmp_path, "Name,8/4/25\nAnon,P\nanon,P\nUnknown,P\n,P\n")
    assert len(register.people) == 4
    assert rules(register, "warning")["rule"].tolist() == ["no name"] * 4


def test_capacity_comes_from_title_role_and_section(tmp_path):
    text = (
        "Name,Role,8/4/25\nCommittee,,\nA B (Chair),,P\nCllr C D,,P\nIn attendance,,\n"
        "E F (Northside Homes),,P\nG H,council officer,P\nI J,,P\n"
    )
    register = read(tmp_path, text)
    assert register.people["capacity"].tolist() == [
        "resident", "councillor", "staff", "officer", "other",
    ]  # fmt: skip
    assert register.people["organisation"].dropna().tolist() == ["Northside Homes"]
    sent = "Name,Role,Organisation,8/4/25\nA B,Housing officer,Northside Homes,P\nC D,Chair,,P\n"
    people = read(tmp_path, sent).people
    assert people["capacity"].tolist() == ["staff", "resident"]
    assert people["organisation"].dropna().tolist() == ["Northside Homes"]
    tenants = "Name,8/4/25\nCouncil tenants,\nA B,P\nHousing association tenants,\nC D,P\n"
    assert read(tmp_path, tenants).people["capacity"].tolist() == ["resident", "resident"]
    unknown = read(tmp_path, "Name,8/4/25\nA B,P\n", capacity=None)
    assert unknown.people["capacity"].isna().all()
    assert ps.validate(unknown.tables).ok


def test_first_and_last_names_in_two_columns_are_one_name(tmp_path):
    text = "First name,Surname,8/4/25\nAnn,Bell,P\nAnn,Cole,P\n"
    register = read(tmp_path, text, keep_names=True)
    assert register.people["name"].tolist() == ["Ann Bell", "Ann Cole"]


def test_meetings_on_one_day_are_two_and_warned_of(tmp_path):
    register = read(tmp_path, "Name,8/4/25,8/4/25\nA B,P,A\n")
    assert register.meetings["meeting_id"].tolist() == ["body-2025-04-08", "body-2025-04-08-2"]
    assert "two columns are dated 2025-04-08" in rules(register, "warning")["message"].item()


def test_dates_out_of_order_are_warned_of(tmp_path):
    register = read(tmp_path, "Name,8/4/25,13/5/24,10/6/25\nA B,P,A,P\n")
    assert rules(register, "warning")["message"].tolist() == ["2024-05-13 stands after 2025-04-08"]


def test_a_date_without_a_year_far_from_the_one_beside_it_is_warned_of(tmp_path):
    register = read(tmp_path, "2025\nName,8 Apr,13 May,10 Apr,10 Jun\nA B,P,A,P,P\n")
    assert rules(register, "warning")["message"].tolist() == [
        "'10 Apr' has no year; after 2025-05-13 it is read as 2026-04-10"
    ]


def test_figures_that_show_the_month_first_are_read_so_and_warned_of(tmp_path):
    register = read(tmp_path, "Name,04/08/2025,05/13/2025\nA B,P,P\n")
    assert dates(register) == ["2025-04-08", "2025-05-13"]
    assert "the month comes first" in rules(register, "warning")["message"].item()
    mixed = read(tmp_path, "Name,13/05/2025,05/14/2025\nA B,P,P\n")
    assert rules(mixed, "error")["column"].tolist() == ["05/14/2025"]


@pytest.mark.parametrize(
    ("mark", "meaning"),
    [
        ("P - late", "present"), ("P late", "present"), ("Present (left 8pm)", "present"),
        ("Apologies received", "apologies"), ("Ap – ill", "apologies"), ("A late", None),
        ("A (apols)", None), ("late (P)", "present"), ("(P)", None), ("P Ap", None),
    ],
)  # fmt: skip
def test_remarks_beside_a_mark(mark, meaning):
    assert meanings_of([mark], {}, {}) == {mark: meaning}


def test_lines_that_are_nobodys_are_set_apart_and_kept(tmp_path):
    text = (
        "Name,8/4/25,13/5/25\nVacancy,,\nAnn,P,O\nName,8/4/25,13/5/25\nBob,O,/\n"
        "Quorum met?,Y,N\nVenue,Hall,Hall\n,,\n/ = present\nO = absent\n"
    )
    register = read(tmp_path, text)
    assert register.ok
    assert register.apart["reason"].tolist() == [
        "header", "note", "header again", "about the meetings", "about the meetings",
        "empty row", "note", "note",
    ]  # fmt: skip
    assert register.attendance["status"].tolist() == ["present", "absent", "absent", "present"]


def test_cancelled_and_empty_columns_are_no_meetings(tmp_path):
    register = read(
        tmp_path, "Name,8/4/25,13/5/25 (cancelled),10/6/25,8/7/25\nA B,P,,cancelled,\nC D,A,,,\n"
    )
    assert register.columns["status"].tolist() == ["held", "cancelled", "cancelled", "blank"]
    assert rules(register, "warning")["rule"].tolist() == ["no mark"]
    one_cell = read(tmp_path, "Name,8/4/25\nA B,cancelled\nC D,P\n")
    assert rules(one_cell, "error")["value"].tolist() == ["cancelled"]


def test_sheets_are_chosen_by_their_dates_or_by_name(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["Kept by the clerk"])
    for title, year in (("2024", 2024), ("2025", 2025)):
        sheet = book.create_sheet(title)
        sheet.append(["Name", datetime.date(year, 4, 8), datetime.date(year, 5, 13)])
        sheet.append(["A B", "P", '=IF(1=1,"P","A")'])
    book["2025"]["D1"] = datetime.date(2025, 6, 10)
    path = tmp_path / "book.xlsx"
    book.save(path)
    register = ps.read_register(path)
    assert dates(register) == ["2025-04-08", "2025-05-13", "2025-06-10"]
    assert "only the sheet '2025' was read" in rules(register, "note")["message"].iloc[0]
    # A formula that Excel never worked out is no empty cell.
    assert rules(register, "error")["value"].tolist() == ['=IF(1=1,"P","A")']
    assert dates(ps.read_register(path, sheet="2024")) == ["2024-04-08", "2024-05-13"]
    with pytest.raises(InputError, match="there is no sheet '2026'"):
        ps.read_register(path, sheet="2026")


def test_a_workbook_without_the_extra_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match=r"participation-stats\[excel\]"):
        ps.read_register(SAMPLES / "attendance_register.xlsx")


def test_errors_say_what_to_do(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n")
    with pytest.raises(SourceError, match=r"no dates stand across the top.*ps\.read_table"):
        ps.read_register(path)
    with pytest.raises(SourceError, match="no column of names stands to the left"):
        ps.read_register(write(tmp_path, "8/4/25,9/5/25\nP,A\n"))
    with pytest.raises(SourceError, match=r"a register is not read from '\.pdf' files"):
        ps.read_register(tmp_path / "register.pdf")
    with pytest.raises(SourceError, match="there is no such file"):
        ps.read_register(tmp_path / "none.csv")
    for option, value in [
        ("body_id", " "), ("year", 25), ("year", True), ("capacity", "guest"),
        ("marks", {"q": "came"}),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=r"is not one\. Expected"):
            ps.read_register(SAMPLES / "attendance_register.csv", **{option: value})


def test_printing_names_errors_and_warnings_by_line():
    text = str(ps.read_register(SAMPLES / "attendance_register.csv"))
    assert text.startswith("attendance_register.csv: 6 people, 8 meetings, 40 rows of attendance")
    assert "line 11, probably the same person as on line 7" in text


def test_each_cell_under_a_date_is_kept_as_written():
    register = ps.read_register(SAMPLES / "attendance_register.xlsx")
    assert len(register.marks) == len(register.rows) * len(register.columns)
    assert register.marks.query("row == 16 and column == 4")["mark"].item() == "P (late)"
    lines = [*register.rows["row"], *register.apart["row"]]
    assert sorted(lines) == [n for n in range(1, 25) if n not in (4, 23)]
    assert all(a < b for a, b in itertools.pairwise(sorted(lines)))


def test_validating_a_register_says_who_reads_it():
    issues = ps.validate(SAMPLES / "attendance_register.csv").issues
    lacking = issues[issues["rule"].eq("missing column")]
    assert lacking["hint"].str.contains("is read by ps.read_register", regex=False).all()
    one = ps.validate(pd.DataFrame({"meeting_id": ["m"], "person_id": ["p"]}), "attendance").issues
    assert one.loc[one["rule"].eq("missing column"), "hint"].tolist() == ["add the column"]
