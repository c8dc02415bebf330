"""Work of other processes: the same values, in order, and nobody left behind."""

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from itertools import count
from pathlib import Path
from threading import current_thread

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.release import drawing, processes
from participation_stats.release.drawing import drawings
from participation_stats.release.processes import apart, beside, dealt, settled, spare
from participation_stats.release.reporting import Exhibit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux")


def test_values_come_in_their_order_from_another_process():
    with apart([((os.getpid(), n) for n in range(50)), iter("ab")]) as (numbers, letters):
        found = list(numbers)
        assert [n for _, n in found] == list(range(50))
        assert os.getpid() not in {pid for pid, _ in found}
        assert list(letters) == ["a", "b"]


def test_large_values_do_not_wait_to_be_asked_for(tmp_path):
    done = tmp_path / "done"

    def large():
        for _ in range(3):
            yield bytes(1_000_000)
        done.touch()

    with apart([large()]) as (stream,):
        deadline = time.monotonic() + 60
        while not done.exists():
            assert time.monotonic() < deadline, "the other process waits for a reader"
            time.sleep(0.01)
        assert [len(value) for value in stream] == [1_000_000] * 3


class Threaded:
    """Remembers which thread made it anew."""

    def __init__(self, thread=None):
        self.thread = thread

    def __reduce__(self):
        return (_made_here, ())


def _made_here():
    return Threaded(current_thread())


def test_values_are_made_by_the_thread_that_asks():
    """What a value imports on its way is then not imported by two threads at once."""
    with apart([iter([Threaded()])]) as (stream,):
        assert next(stream).thread is current_thread()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_task_is_done_once_beside_this_process_or_in_it(processes, tmp_path):
    def task():
        with (tmp_path / "done").open("a") as told:
            told.write("once ")
        return os.getpid()

    with beside(task, processes) as worker:
        assert (worker() == os.getpid()) == (processes == 1)
    assert (tmp_path / "done").read_text() == "once "


@pytest.mark.parametrize("how", ["raises", "is killed", "cannot be sent"])
def test_a_task_whose_process_fails_is_done_here(how, capfd):
    here = os.getpid()

    def task():
        if os.getpid() == here:
            return "done here"
        if how == "raises":
            raise ValueError("no such model")
        if how == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return lambda: None

    with beside(task, 2) as found:
        assert found() == "done here"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_task_warns_of_is_told_here(processes, capfd):
    def task():
        warnings.warn("2 of 6 rows have errors", ps.DataWarning, stacklevel=1)
        warnings.warn("of no account", UserWarning, stacklevel=1)
        return "done"

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("always", ps.DataWarning)
        with beside(task, processes) as found:
            assert found() == "done"
    assert [(one.category, str(one.message)) for one in told] == [
        (ps.DataWarning, "2 of 6 rows have errors")
    ]
    assert told[0].filename == __file__
    assert capfd.readouterr() == ("", "")


def test_a_warning_that_is_an_error_is_one_wherever_the_task_is_done():
    def task():
        warnings.warn("2 of 6 rows have errors", ps.DataWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with beside(task, 2) as found, pytest.raises(ps.DataWarning):
            found()


def test_a_task_that_fails_everywhere_fails_as_it_does_here():
    def task():
        raise ValueError(f"no such model in {os.getpid()}")

    with (
        beside(task, 2) as found,
        pytest.raises(ValueError, match=f"no such model in {os.getpid()}$"),
    ):
        found()


def test_an_endless_stream_is_stopped_when_it_is_left():
    with apart([((os.getpid(), n) for n in count())]) as (stream,):
        pid, _ = next(stream)
    assert not _runs(pid)


@pytest.mark.parametrize("how", ["raises", "is killed", "cannot be sent"])
def test_a_stream_ends_early_where_its_process_fails(how, capfd):
    def failing():
        yield 1
        if how == "raises":
            raise ValueError("a figure that cannot be drawn")
        if how == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        yield lambda: None

    with apart([failing(), iter("ab")]) as (short, whole):
        assert list(short) == [1]
        assert list(whole) == ["a", "b"]
    assert capfd.readouterr() == ("", "")


def test_nobody_goes_on_when_this_process_is_killed():
    script = """
import os, sys, time
from itertools import count
from participation_stats.release.processes import apart

def pids():
    for n in count():
        yield os.getpid(), bytes(100_000)

with apart([pids(), pids()]) as streams:
    print(os.getpid(), *(next(stream)[0] for stream in streams), flush=True)
    time.sleep(600)
"""
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in running.stdout.readline().split()]
    running.kill()
    running.wait()
    running.stdout.close()
    assert len(pids) == 3
    deadline = time.monotonic() + 60
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "a copy of a killed process goes on"
        time.sleep(0.01)


def test_as_many_processes_as_this_one_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(3)))
    assert spare() == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert spare() == processes.MOST
    monkeypatch.setattr(processes, "get_all_start_methods", lambda: ["spawn"])
    assert spare() == 1


def _runs(pid):
    """Whether a process is there and is no more than a name kept for its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _protected(meetings):
    return ps.protect(ps.attendance_inequality(pd.Series(meetings)), ps.Policy.publish())


def _exhibits(number, draw=ps.draw_lorenz):
    protected = _protected([1] * 40 + [2] * 20 + [9] * 12)
    return [Exhibit(f"lorenz_{at}", "Meetings", protected, draw=draw) for at in range(number)]


def test_figures_have_the_same_bytes_whoever_draws_them():
    exhibits = _exhibits(3)
    with drawings(exhibits) as here, drawings(exhibits, 2) as apart_:
        ours, theirs = list(here), list(apart_)
    assert ours == theirs
    assert len(ours) == 3
    assert ours[0].svg.startswith(b"<?xml") and ours[0].png.startswith(b"\x89PNG")


def test_what_a_killed_process_did_not_draw_is_drawn_here():
    here = os.getpid()

    def draw(protected, *, width_mm):
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return ps.draw_lorenz(protected, width_mm=width_mm)

    with drawings(_exhibits(3, draw), 2) as coming:
        drawn = list(coming)
    with drawings(_exhibits(3)) as expected:
        assert drawn == list(expected)


def test_whoever_is_free_draws_the_next_and_the_order_is_kept(tmp_path):
    here = os.getpid()

    def told():
        return sorted(len(one.read_text()) for one in tmp_path.iterdir())

    def draw(protected, *, width_mm):
        if os.getpid() != here:
            with (tmp_path / f"{os.getpid()}").open("a") as drawn_by:
                drawn_by.write(".")
            deadline = time.monotonic() + 60
            # Whoever has the first figure is at it until the other has drawn all the rest.
            while protected is exhibits[0].protected and 6 not in told():
                assert time.monotonic() < deadline, "nobody draws the rest"
                time.sleep(0.01)
        return ps.draw_lorenz(protected, width_mm=width_mm)

    exhibits = [
        Exhibit(f"lorenz_{at}", "Meetings", _protected([1] * 40 + [2] * (20 + 10 * at)), draw=draw)
        for at in range(4)
    ]
    with drawings(exhibits, 2) as coming:
        drawn = list(coming)
    assert told() == [2, 6], "each figure is drawn at two widths"
    with drawings(exhibits) as expected:
        assert drawn == list(expected)
    assert len({drawing.svg for drawing in drawn}) == 4


def test_more_figures_than_can_be_dealt_are_drawn_here(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_TURNS", 2)
    drawn_by = []

    def draw(protected, *, width_mm):
        drawn_by.append(os.getpid())
        return ps.draw_lorenz(protected, width_mm=width_mm)

    with drawings(_exhibits(3, draw), 2) as coming:
        assert len(list(coming)) == 3
    assert drawn_by == [os.getpid()] * 6


@pytest.mark.parametrize("number", [0, 1, 500, processes.MOST_TURNS])
def test_every_turn_is_taken_once(number):
    with dealt(number) as taken, apart([taken(), taken(), taken()]) as streams:
        found = [list(stream) for stream in streams]
    assert all(turns == sorted(turns) for turns in found)
    assert sorted(turn for turns in found for turn in turns) == list(range(number))


def test_a_figure_that_cannot_be_drawn_fails_as_it_does_here():
    def draw(protected, *, width_mm):
        raise ValueError("no such font")

    with drawings(_exhibits(2, draw), 2) as coming, pytest.raises(ValueError, match="no such font"):
        next(coming)


@pytest.mark.slow
def test_a_report_drawn_by_two_processes_is_the_same(tmp_path):
    estate = ps.load_example("minneapolis_boards")
    one = ps.write_report(estate, tmp_path / "one").parent
    two = ps.write_report(estate, tmp_path / "two", processes=2).parent
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    for name in files:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_the_collector_is_as_it_was_when_all_is_done():
    before = gc.get_threshold(), gc.get_freeze_count()
    with settled(), apart([iter("a")]) as (stream,):
        assert gc.get_freeze_count() > 0, "frozen until the outermost is left"
        assert list(stream) == ["a"]
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
