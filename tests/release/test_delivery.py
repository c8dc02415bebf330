"""A folder is delivered whole or not at all, and never over somebody else's work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from participation_stats.errors import OutputError
from participation_stats.release.delivery import deliver

RECORD = {"inputs": {"people.csv": "abc"}}


def write(folder, text="page", record=RECORD, force=False):
    with deliver(folder, record, force=force) as draft:
        (draft / "index.html").write_text(text)
        (draft / "provenance.json").write_text(json.dumps(record))


def test_new_folder_appears_with_everything(tmp_path):
    write(tmp_path / "reports" / "estate")
    assert (tmp_path / "reports" / "estate" / "index.html").read_text() == "page"
    assert os.listdir(tmp_path / "reports") == ["estate"]


def test_same_inputs_replace_their_own_earlier_report(tmp_path):
    write(tmp_path / "estate", "first")
    write(tmp_path / "estate", "second")
    assert (tmp_path / "estate" / "index.html").read_text() == "second"
    assert os.listdir(tmp_path) == ["estate"]


def test_other_inputs_do_not_replace_it_without_force(tmp_path):
    write(tmp_path / "estate", "first")
    other = {"inputs": {"people.csv": "different"}}
    with pytest.raises(OutputError, match=r"already holds something else.*2 other items.*--force"):
        write(tmp_path / "estate", "second", other)
    assert (tmp_path / "estate" / "index.html").read_text() == "first"
    write(tmp_path / "estate", "third", other, force=True)
    assert (tmp_path / "estate" / "index.html").read_text() == "third"


def test_somebody_elses_folder_or_file_stays(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "minutes.txt").write_text("mine")
    with pytest.raises(OutputError, match="already holds something else"):
        write(tmp_path / "notes")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="got a file"):
        write(tmp_path / "file")
    assert (tmp_path / "notes" / "minutes.txt").read_text() == "mine"


def test_force_replaces_a_file(tmp_path):
    (tmp_path / "file").write_text("old")
    write(tmp_path / "file", force=True)
    assert (tmp_path / "file" / "index.html").read_text() == "page"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("stop", [ValueError("a bug"), KeyboardInterrupt(), OSError(28, "full")])
def test_nothing_half_written_is_left(tmp_path, stop):
    write(tmp_path / "estate", "before")
    expected = OutputError if isinstance(stop, OSError) else type(stop)
    with pytest.raises(expected), deliver(tmp_path / "estate", RECORD) as draft:
        (draft / "index.html").write_text("half")
        raise stop
    assert (tmp_path / "estate" / "index.html").read_text() == "before"
    assert os.listdir(tmp_path) == ["estate"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write '.*estate'.*nothing half-written"):
        write(tmp_path / "file" / "estate")


def test_a_lock_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="cannot write"):
        write(tmp_path / "report")


def test_of_two_writers_the_second_is_told(tmp_path):
    folder = tmp_path / "report"
    with deliver(folder, RECORD) as draft:
        (draft / "index.html").write_text("first")
        with pytest.raises(OutputError, match="another report is being written"):
            write(folder, "second")
    assert (folder / "index.html").read_text() == "first"
    write(folder, "later", force=True)
    assert (folder / "index.html").read_text() == "later"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


HALF = """
import sys, time
from pathlib import Path
from participation_stats.release.delivery import deliver
with deliver(Path(sys.argv[1]), {"inputs": {"people.csv": "abc"}}) as draft:
    (draft / "index.html").write_text("half")
    print("half", flush=True)
    time.sleep(60)
"""


def killed_in_the_middle(folder, signal):
    """Start a writer, stop it when half is written, and return its exit code."""
    with subprocess.Popen(
        [sys.executable, "-c", HALF, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal)
        return process.wait(timeout=60)


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not Windows's")
@pytest.mark.parametrize("before", [False, True])
def test_an_interrupt_in_the_middle_leaves_what_was_there(tmp_path, before):
    folder = tmp_path / "estate"
    if before:
        write(folder, "before")
    assert killed_in_the_middle(folder, signal.SIGINT) != 0
    assert os.listdir(tmp_path) == ["estate"] * before
    assert not before or (folder / "index.html").read_text() == "before"


@pytest.mark.parametrize("place", range(3))
def test_an_interrupt_while_reports_change_places_waits_until_they_have(
    tmp_path, monkeypatch, place
):
    folder = tmp_path / "estate"
    write(folder, "before")
    done, rename = [], Path.rename

    def interrupted(path, target):
        if len(done) == place:
            signal.raise_signal(signal.SIGINT)
        found = rename(path, target)
        done.append(path)
        if len(done) == place:
            signal.raise_signal(signal.SIGINT)
        return found

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(folder, "after")
    assert len(done) == 2
    assert (folder / "index.html").read_text() == "after"
    assert os.listdir(tmp_path) == ["estate"]


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not Windows's")
def test_a_killed_writer_leaves_no_half_report_and_the_next_clears_up(tmp_path):
    folder = tmp_path / "estate"
    write(folder, "before")
    assert killed_in_the_middle(folder, signal.SIGKILL) != 0
    assert (folder / "index.html").read_text() == "before"
    (left,) = [name for name in os.listdir(tmp_path) if name != "estate"]
    assert left.startswith(".estate.draft-")
    (tmp_path / ".estate.notes").mkdir()  # somebody else's
    write(folder, "after")
    assert sorted(os.listdir(tmp_path)) == [".estate.notes", "estate"]
    assert (folder / "index.html").read_text() == "after"


def test_killed_between_two_renames_the_earlier_report_comes_back(tmp_path):
    folder = tmp_path / "estate"
    write(folder, "before")
    left = tmp_path / ".estate.draft-abc"
    left.mkdir()
    folder.rename(left / "earlier")
    other = {"inputs": {"people.csv": "different"}}
    with pytest.raises(OutputError, match="already holds something else"):
        write(folder, "second", other)
    assert os.listdir(tmp_path) == ["estate"]
    assert (folder / "index.html").read_text() == "before"


def test_a_full_disk_leaves_nothing_and_is_told(tmp_path):
    """A limit on the size of files stops a write in the middle, as a full disk does."""
    resource = pytest.importorskip("resource", reason="no limits on Windows")
    folder = tmp_path / "estate"
    write(folder, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(OutputError, match=r"cannot write.*room on the disk.*nothing half-writ"):
            write(folder, "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == ["estate"]
    assert (folder / "index.html").read_text() == "before"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no folder that nobody can write")
def test_a_folder_that_nobody_can_write_is_told():
    with pytest.raises(OutputError, match=r"cannot write '/proc/report'.*check permissions"):
        write(Path("/proc/report"))


def test_another_kind_of_report_of_the_same_inputs_does_not_take_the_place(tmp_path):
    write(tmp_path / "estate", record={**RECORD, "kind": "estate"})
    with pytest.raises(OutputError, match="already holds something else"):
        write(tmp_path / "estate", "second", record={**RECORD, "kind": "tsm"})


CONTENDER = """
import os, sys, time
from pathlib import Path
from participation_stats.errors import OutputError
from participation_stats.release.delivery import _only_writer
folder, inside = Path(sys.argv[1]), Path(sys.argv[2])
won = 0
until = time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    try:
        with _only_writer(folder):
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # two at once: FileExistsError
            won += 1
            inside.unlink()
    except OutputError:
        pass
print(won)
"""


def test_the_lock_of_a_writer_goes_and_two_never_hold_it(tmp_path, monkeypatch):
    """Removed while a lock is held and waited for, its file must not be locked by two."""
    locks = tmp_path / "locks"
    locks.mkdir()
    monkeypatch.setenv("TMPDIR", str(locks))
    words = [sys.executable, "-c", CONTENDER, tmp_path / "report", tmp_path / "inside", "2"]
    several = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [process.communicate(timeout=60) for process in several]
    assert [error for _, error in told if error] == []
    assert sum(int(won) for won, _ in told) > 100
    assert list(locks.iterdir()) == []
