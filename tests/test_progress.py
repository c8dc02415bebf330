"""Progress on the command line: a bar on a terminal, nothing in a pipe, nothing when not wanted."""

import json
import os
import subprocess
import sys

import pytest

import participation_stats as ps

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")


@pytest.fixture(scope="module")
def folder():
    return str(ps.load_example("southern_women").folder)


def on_a_terminal(*words):
    """Exit code, what went to standard output, and what a person saw of standard error."""
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "participation_stats", *words],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        out, _ = process.communicate(timeout=120)
    seen = b""
    while True:
        try:
            part = os.read(mine, 1 << 16)
        except OSError:  # on Linux the end of a terminal is an error
            break
        if not part:
            break
        seen += part
    os.close(mine)
    return process.returncode, out, seen.decode()


def test_a_bar_fills_on_a_terminal_and_goes(folder):
    code, out, seen = on_a_terminal("validate", folder)
    assert code == 0
    assert "Validating" not in out
    parts = [part for part in seen.split("\r") if part.startswith("Validating [")]
    assert parts[-1] == "Validating [" + "#" * 30 + "] 100%"
    told = [int(part[-4:-1]) for part in parts]
    assert told == sorted(told)
    # The line is blank again when the report is printed.
    assert seen.endswith("\r" + " " * len(parts[-1]) + "\r")


@pytest.mark.slow
@pytest.mark.parametrize("silence", ["--quiet", "--json", "--format=json"])
def test_no_bar_when_it_is_not_wanted(folder, silence):
    code, out, seen = on_a_terminal("validate", folder, silence)
    assert (code, seen) == (0, "")
    assert out == "" if silence == "--quiet" else json.loads(out)["ok"]


def test_no_bar_in_a_pipe(folder):
    done = subprocess.run(
        [sys.executable, "-m", "participation_stats", "validate", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "valid" in done.stdout


def test_an_error_stands_on_a_line_of_its_own(tmp_path):
    code, _, seen = on_a_terminal("validate", str(tmp_path / "nothing.csv"))
    assert code == 2
    assert seen.rsplit("\r\n")[0].split("\r")[-1].startswith("Error: ")


def test_quiet_leaves_the_exit_code_to_say_it(tmp_path):
    path = tmp_path / "attendance.csv"
    path.write_text("meeting_id,person_id,status\nm1,p1,came\n", encoding="utf-8")
    words = ["validate", str(path), "--quiet", "--write", str(tmp_path / "checked")]
    assert on_a_terminal(*words) == (1, "", "")
    assert (tmp_path / "checked" / "rejected" / "attendance.csv").is_file()


@pytest.mark.slow
def test_a_report_tells_how_many_figures_are_drawn(tmp_path):
    words = ["report", "--example", "minneapolis_boards", "--out", str(tmp_path / "r")]
    code, out, seen = on_a_terminal(*words)
    assert (code, out) == (0, f"Report written: {tmp_path / 'r' / 'index.html'}\n")
    parts = [part for part in seen.split("\r") if part.startswith("Working out and drawing [")]
    figures = len(list((tmp_path / "r" / "figures").glob("*.svg")))
    assert [int(part[-4:-1]) for part in parts] == [
        100 * (number + 1) // figures for number in range(figures)
    ]
    assert on_a_terminal(*words, "--quiet")[1:] == ("", "")
