"""A folder is delivered whole or not at all, and never over somebody else's work."""

import json
import os

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
