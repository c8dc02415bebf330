"""The command line end to end: what it prints, what it writes, and its exit codes."""

import json
import signal
import subprocess
import sys
import time

import click
import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.cli import _Asked, _end_soon, commands, main, reports
from participation_stats.release import processes as copies


def run(capsys, *arguments):
    """Exit code, standard output, standard error."""
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def margins(tmp_path):
    """A published table (OpenIntro's 275 jurors) and its population as two files."""
    groups = ["White", "Black", "Hispanic", "Other"]
    body = pd.DataFrame({"variable": "race", "category": groups, "count": [205, 26, 25, 19]})
    shares = pd.DataFrame(
        {"variable": "race", "category": groups, "share": [0.72, 0.07, 0.12, 0.09]}
    )
    body.to_csv(tmp_path / "jurors.csv", index=False)
    shares.to_csv(tmp_path / "voters.csv", index=False)
    return tmp_path / "jurors.csv", tmp_path / "voters.csv"


def test_report_of_a_copied_estate(capsys, tmp_path):
    code, out, _ = run(capsys, "example", "copy", "southern_women", tmp_path / "estate")
    assert code == 0
    assert "Copied:" in out
    code, out, err = run(capsys, "report", tmp_path / "estate", "--out", tmp_path / "report")
    assert (code, err) == (0, "")
    assert out == f"Report written: {tmp_path / 'report' / 'index.html'}\n"
    assert (tmp_path / "report" / "index.html").is_file()


@pytest.mark.slow
@pytest.mark.filterwarnings("default::participation_stats.errors.DataWarning")
@pytest.mark.parametrize("processes", [1, 2])
def test_a_report_tells_of_rows_that_are_left_out(capsys, tmp_path, monkeypatch, processes):
    monkeypatch.setattr(copies, "spare", lambda: processes)
    run(capsys, "example", "copy", "southern_women", tmp_path / "estate")
    with (tmp_path / "estate" / "meetings.csv").open("a", encoding="utf-8") as table:
        table.write("x1,social_events,someday,informal,invited\n")
    code, _, err = run(capsys, "report", tmp_path / "estate", "--out", tmp_path / "report")
    assert code == 0
    assert err == (
        "Note: read_estate: 1 of 15 rows of meetings have errors; they are left out. "
        "Hint: estate.validation shows each error.\n"
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_a_report_of_what_cannot_be_read_says_so(capsys, tmp_path, monkeypatch, processes):
    monkeypatch.setattr(copies, "spare", lambda: processes)
    broken = tmp_path / "people.parquet"
    broken.write_bytes(b"not a table")
    code, out, err = run(capsys, "report", tmp_path, "--out", tmp_path / "report")
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {tmp_path.name}: people.parquet: ")
    assert list(tmp_path.iterdir()) == [broken]


@pytest.mark.slow
def test_report_twice_replaces_itself_and_json_is_json(capsys, tmp_path):
    words = ("report", "--example", "minneapolis_boards", "--out", tmp_path / "r")
    assert run(capsys, *words)[0] == 0
    code, out, err = run(capsys, *words, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "estate": "minneapolis_boards",
        "page": str(tmp_path / "r" / "index.html"),
    }
    assert run(capsys, *words, "--quiet")[:2] == (0, "")


def test_provenance_tells_the_command_without_folders(capsys, tmp_path, monkeypatch):
    words = ["report", "--example", "minneapolis_boards", "--out", str(tmp_path / "r"), "--quiet"]
    monkeypatch.setattr(sys, "argv", ["participation-stats", *words])
    assert main(words) == 0
    record = json.loads((tmp_path / "r" / "provenance.json").read_text())
    told = "participation-stats report --example minneapolis_boards --out r --quiet"
    assert record["command"] == told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "nowhere"], "nowhere: there is no such folder"),
        (["report", "--example", "st_mary"], "st_marys"),
        (["report", "--example", "st_marys", "--body", "board"], "no body 'board' in St Mary's"),
        (["report", "--policy", "internal"], "without a written reason"),
        (["report", "--polcy", "internal"], "--policy"),
        (["reprot"], "report"),
        (["validate", "nowhere.csv"], "nowhere.csv"),
        (["ratios", "nowhere.csv", "also.csv"], "nowhere.csv"),
        (["schema", "show", "peple"], "people"),
        (["example", "copy", "nothing", "x"], "st_marys"),
    ],
)
def test_what_cannot_be_run_says_why_and_exits_with_2(
    capsys, tmp_path, monkeypatch, words, message
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2
    assert message in err
    assert "Traceback" not in out + err
    assert list(tmp_path.iterdir()) == []


def test_folder_and_example_at_once_is_refused(capsys, tmp_path):
    code, _, err = run(capsys, "report", tmp_path, "--example", "st_marys")
    assert code == 2
    assert "not both" in err


def test_validate_a_valid_estate(capsys):
    folder = ps.load_example("southern_women").folder
    code, out, _ = run(capsys, "validate", folder)
    assert code == 0
    assert out


def test_validate_a_wrong_table_names_the_place_and_writes_the_parts(capsys, tmp_path):
    path = tmp_path / "attendance.csv"
    path.write_text("meeting_id,person_id,status\nm1,p1,present\nm1,p2,presnt\n", encoding="utf-8")
    code, out, err = run(capsys, "validate", path, "--write", tmp_path / "checked")
    assert code == 1
    assert "line 3" in out
    assert "presnt" in out
    assert "Written:" in err
    assert (tmp_path / "checked").is_dir()
    code, out, _ = run(capsys, "validate", path, "--format", "json")
    assert code == 1
    assert json.loads(out)
    code, out, _ = run(capsys, "validate", path, "--format", "html")
    assert out.lstrip().startswith("<!doctype html>")
    assert path.read_text(encoding="utf-8").count("\n") == 3, "the original is untouched"


def test_ratios_of_a_published_table(capsys, margins):
    code, out, _ = run(capsys, "ratios", *margins)
    assert code == 0
    assert "Hispanic" in out
    assert "0.76" in out  # 25 of 275 against 12%: .7576
    code, out, _ = run(capsys, "ratios", *margins, "--by", "race", "--json")
    rows = {row["category"]: row for row in json.loads(out)}
    assert rows["Black"]["ratio"] == pytest.approx(26 / 275 / 0.07)
    assert rows["Black"]["expected"] == pytest.approx(19.25)


def test_ratios_withhold_a_committee_of_twelve_unless_internal(capsys, tmp_path):
    body, people = tmp_path / "committee.csv", tmp_path / "estate.csv"
    body.write_text("variable,category,count\ngender,Female,11\ngender,Male,1\n")
    people.write_text("variable,category,count\ngender,Female,1710\ngender,Male,1290\n")
    code, out, err = run(capsys, "ratios", body, people)
    assert code == 0
    assert "[c]" in out
    assert "11" not in out.replace("1,710", "")
    assert "withheld" in err
    _, out, _ = run(capsys, "ratios", body, people, "--policy", "internal", "--reason", "a check")
    assert "[c]" not in out
    assert "11" in out


def test_every_preset_of_the_policy_can_be_asked_for(capsys, tmp_path):
    body, people = tmp_path / "board.csv", tmp_path / "estate.csv"
    counts = {"a": 7, "b": 23, "c": 31, "d": 40}
    body.write_text(
        "variable,category,count\n" + "".join(f"v,{k},{n}\n" for k, n in counts.items())
    )
    people.write_text("variable,category,share\n" + "".join(f"v,{k},.25\n" for k in counts))
    shown = {}
    for policy in ("lenient", "publish", "strict"):
        words = ("ratios", body, people, "--policy", policy, "--json")
        rows = json.loads(run(capsys, *words)[1])
        shown[policy] = [row["count"] for row in rows]
    # 7 and then 23 too are small; a second is withheld with one that is alone.
    assert shown["lenient"] == [7, 23, 31, 40]
    assert shown["publish"] == [None, None, 31, 40]
    assert shown["strict"] == [None, None, 31, 40]
    code, _, err = run(capsys, "ratios", body, people, "--reason", "a check")
    assert code == 2
    assert "--policy publish needs none" in err


def test_ratios_name_an_unknown_variable(capsys, margins):
    code, _, err = run(capsys, "ratios", *margins, "--by", "rase")
    assert code == 2
    assert "no variable 'rase' in 'jurors.csv'" in err


def test_schema_commands(capsys, tmp_path):
    code, out, _ = run(capsys, "schema", "list")
    assert code == 0
    assert len(out.splitlines()) == 9
    assert "ethnicity" in run(capsys, "schema", "show", "people")[1]
    assert json.loads(run(capsys, "schema", "show", "people", "--json")[1])["fields"]
    assert run(capsys, "schema", "template", "estate_survey", "--out", tmp_path)[0] == 0
    filled = tmp_path / "estate_survey_example.csv"
    assert run(capsys, "validate", filled, "--schema", "estate_survey")[0] == 0
    code, _, err = run(capsys, "schema", "template", "estate_survey", "--out", tmp_path)
    assert code == 2
    assert "exists already" in err


def test_example_list(capsys):
    code, out, _ = run(capsys, "example", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        "minneapolis_boards",
        "southern_women",
        "st_marys",
    ]


def test_simulate_writes_a_valid_synthetic_estate(capsys, tmp_path):
    code, _, _ = run(capsys, "simulate", tmp_path / "e", "--seed", 7, "--residents", 300)
    assert code == 0
    assert ps.read_estate(tmp_path / "e").synthetic
    assert run(capsys, "simulate", tmp_path / "e", "--seed", 7)[0] == 2


@pytest.mark.slow
def test_progress_is_silent_in_a_pipe(tmp_path):
    words = ["report", "--example", "southern_women", "--out", str(tmp_path / "r")]
    done = subprocess.run(
        [sys.executable, "-m", "participation_stats", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        (["reprot"], "Did you mean 'report'?"),
        (["schema", "lst"], "Did you mean 'list'?"),
        (["report", "--polcy", "publish"], "'--policy'"),
        (["validate", "x.csv", "--shema", "people"], "'--schema'"),
        (["report", "--policy", "publsh"], "'publish', 'strict', 'lenient', 'internal'"),
    ],
)
def test_a_mistake_in_typing_suggests_the_right_word(capsys, typed, suggested):
    code, out, err = run(capsys, *typed)
    assert (code, out) == (2, "")
    assert suggested in err


@pytest.mark.parametrize("group", ["schema", "example"])
def test_lists_as_json_say_the_same_as_in_words(capsys, group):
    titles = json.loads(run(capsys, group, "list", "--json")[1])
    lines = run(capsys, group, "list")[1].splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [list(pair) for pair in titles.items()]


def _pages(command, path=()):
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _pages(inner, (*path, name))
    else:
        yield path, command


@pytest.mark.parametrize(("path", "command"), list(_pages(commands)), ids=str)
def test_every_command_has_help_with_an_example(path, command):
    assert "participation-stats " + " ".join(path) in command.help


@pytest.mark.slow
def test_a_report_of_another_kind_stands_in_a_place_of_its_own(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["report", "--kind", "compare", "--years", "2012", "2013", "--json"]
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    assert json.loads(out)["page"] == "reports/st_marys-compare/index.html"
    record = json.loads((tmp_path / "reports" / "st_marys-compare" / "provenance.json").read_text())
    assert record["kind"] == "compare"
    # The same inputs, another kind: what stands there is not replaced unasked.
    page = ["report", "--kind", "tsm", "--out", "reports/st_marys-compare"]
    code, _, err = run(capsys, *page)
    assert code == 2
    assert "already holds something else" in err
    assert "--force" in err


def test_sections_and_templates_by_file(capsys, tmp_path):
    (tmp_path / "sections.yml").write_text("leave_out: [data-quality]\n")
    words = ["report", "--example", "minneapolis_boards", "--quiet"]
    words += [
        "--sections",
        tmp_path / "sections.yml",
        "--out",
        tmp_path / "r",
        "--date",
        "May 2026",
    ]
    assert run(capsys, *words) == (0, "", "")
    page = (tmp_path / "r" / "index.html").read_text()
    assert "How good are the data? Left out of this page on request." in page
    assert "<dd>May 2026</dd>" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kind", "tsm", "--body", "committee"], "of no use to a report of kind 'tsm'"),
        (["--kind", "body"], "is about one body"),
        (["--kind", "compare"], "needs one earlier time"),
        (["--kind", "compare", "--before", "nowhere"], "nowhere: there is no such folder"),
        (["--kind", "survey", "--wave", "1999"], "no wave '1999'"),
        (["--sections", "nowhere.yml"], "nowhere.yml"),
        (["--templates", "nowhere"], "there is no such folder"),
        (["--document", "pdf"], "'docx', 'odt'"),
        (["--kind", "boddy"], "'body'"),
        (["--homes", "0", "--kind", "tsm"], "--homes"),
        (["--sectoins", "x.yml"], "'--sections'"),
    ],
)
def test_report_options_that_cannot_be_said_say_why(capsys, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "report", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not Windows's")
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_report_leaves_nothing_and_says_so(tmp_path, stop, code):
    out = tmp_path / "r"
    words = ["report", "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-m", "participation_stats", *words],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 300
        # Pictures are being drawn once there is one in the draft.
        while not list(tmp_path.glob(".r.draft-*/figures/*.svg")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(stop)
        _, told = process.communicate(timeout=60)
    assert process.returncode == code
    assert told.endswith("Stopped. Nothing half-written was left.\n")
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt(), 130), (_Asked(15), 143)])
def test_an_interrupt_while_a_library_is_loaded_is_told_as_one(capsys, monkeypatch, stop, code):
    def wrapped(*_):
        raise RuntimeError("Error calling __set_name__") from stop

    monkeypatch.setattr(reports, "_read", wrapped)
    assert run(capsys, "report") == (code, "", "Stopped. Nothing half-written was left.\n")


def test_only_a_process_of_the_command_ends_without_looking_for_garbage(capsys, monkeypatch):
    asked = []
    monkeypatch.setattr("atexit.register", asked.append)
    assert main(["--version"]) == 0
    assert asked == []
    monkeypatch.setattr(sys, "argv", ["participation-stats", "--version"])
    assert main() == 0
    assert asked == [_end_soon]


@pytest.mark.parametrize("loaded", [True, False])
def test_nothing_is_looked_for_at_the_end_unless_duckdb_was_used(monkeypatch, loaded):
    left = []
    monkeypatch.setattr("gc.freeze", lambda: left.append("in peace"))
    monkeypatch.delitem(sys.modules, "duckdb", raising=False)
    if loaded:
        monkeypatch.setitem(sys.modules, "duckdb", None)
    _end_soon()
    assert left == ([] if loaded else ["in peace"])


def test_a_command_that_used_duckdb_ends_without_a_word(tmp_path):
    """DuckDB tells of each of its things that nobody has let go of at the end."""
    words = ["simulate", tmp_path / "nation", "--seed", "1", "--estates", "2", "--landlords", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "participation_stats", *map(str, words), "--residents", "300"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("Written: ")
    assert "leak" not in done.stderr


def test_an_error_of_ours_is_not_hidden(capsys, monkeypatch):
    def wrong(*_):
        raise RuntimeError("a mistake") from ValueError("of ours")

    monkeypatch.setattr(reports, "_read", wrong)
    with pytest.raises(RuntimeError, match="a mistake"):
        run(capsys, "report")


def test_a_template_that_cannot_be_written_leaves_nothing(capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, _, err = run(capsys, "schema", "template", "people", "--out", tmp_path / "file")
    assert code == 2
    assert "cannot write" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]
