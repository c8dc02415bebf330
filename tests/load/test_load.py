"""Under load, in odd surroundings and when killed: reports stay whole and the same."""

import dataclasses
import gc
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import participation_stats as ps

pytestmark = pytest.mark.slow

EXAMPLE = "southern_women"


def start(out, *words, **more):
    """A report in a process of its own."""
    command = [sys.executable, "-m", "participation_stats", "report", "--example", EXAMPLE]
    return subprocess.Popen(
        [*command, "--out", str(out), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "provenance.json"  # tells the command, so the folder
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process writes by itself."""
    folder = tmp_path_factory.mktemp("alone") / "report"
    run = start(folder)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    return digests(folder)


def test_eight_processes_into_sibling_folders(alone, tmp_path):
    places = [tmp_path / str(number) / "report" for number in range(8)]
    runs = [start(place) for place in places]
    for run in runs:
        _, err = run.communicate(timeout=300)
        assert run.returncode == 0, err
    for place in places:
        assert digests(place) == alone


def test_of_two_processes_into_one_folder_one_wins_and_the_other_is_told(alone, tmp_path):
    runs = [start(tmp_path / "report") for _ in range(2)]
    ended = [(run.communicate(timeout=120)[1], run.returncode) for run in runs]
    # Both win where one had finished before the other began to write; then both wrote the same.
    codes = sorted(code for _, code in ended)
    assert codes in ([0, 2], [0, 0])
    for err, code in ended:
        assert code == 0 or "another report is being written" in err
    assert digests(tmp_path / "report") == alone
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.fixture(scope="module")
def forced(tmp_path_factory):
    """How long a report takes here that may replace another, and what it writes."""
    folder = tmp_path_factory.mktemp("forced") / "report"
    begun = time.monotonic()
    run = start(folder, "--force")
    _, err = run.communicate(timeout=300)
    assert run.returncode == 0, err
    return time.monotonic() - begun, digests(folder)


@pytest.mark.parametrize("moment", range(15))
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_at_any_moment_no_half_report_is_left(forced, tmp_path, how, moment):
    """At random within each of fifteen parts of the run, every second time over another report."""
    seconds, whole = forced
    place, temporary = tmp_path / "place", tmp_path / "temporary"
    temporary.mkdir()
    place.mkdir()
    folder = place / "report"
    if moment % 2:
        folder.mkdir()
        (folder / "minutes.txt").write_text("mine")
    luck = random.Random(f"{how} {moment}")
    run = start(folder, "--force", env={**os.environ, "TMPDIR": str(temporary)})
    time.sleep(seconds * (moment + luck.random()) / 15)
    run.send_signal(how)
    _, told = run.communicate(timeout=300)
    as_before = (folder / "minutes.txt").exists() if moment % 2 else not folder.exists()
    if how == signal.SIGKILL:  # no time to tidy: what stood there may wait in the draft
        again = start(folder, "--force")
        _, err = again.communicate(timeout=300)
        assert again.returncode == 0, err
        assert digests(folder) == whole
    else:
        # Before the command has begun to listen, Python or the system ends it.
        assert run.returncode in (0, 128 + how, -how), told
        assert as_before or digests(folder) == whole
        assert run.returncode != 0 or not as_before
        assert list(temporary.iterdir()) == []
    assert {path.name for path in place.iterdir()} <= {"report"}


@pytest.mark.parametrize(
    "surroundings",
    [
        {"LC_ALL": "C", "TZ": "Pacific/Kiritimati"},
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "America/St_Johns"},
        {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"},
    ],
    ids=["C locale", "German", "other hash seed"],
)
def test_surroundings_do_not_matter(alone, tmp_path, surroundings):
    run = start(tmp_path / "report", env={**os.environ, **surroundings})
    _, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    assert digests(tmp_path / "report") == alone


def test_a_home_that_cannot_be_written_is_not_needed(alone, tmp_path):
    home = tmp_path / "home"
    home.write_text("a file, so that nobody, not even root, can write into it")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "MPLCONFIG"))}
    run = start(tmp_path / "report", env={**kept, "HOME": str(home)})
    _, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    assert digests(tmp_path / "report") == alone


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path):
    """The largest file that a process may write stands for a disk that is full."""
    limit = 50_000  # less than the page and the larger pictures

    def small_disk():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    run = start(tmp_path / "report", preexec_fn=small_disk)
    _, err = run.communicate(timeout=120)
    assert run.returncode == 2, err
    assert "cannot write" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_memory_stays_flat_over_two_hundred_reports(tmp_path):
    """One body and one characteristic, so that two hundred take about a minute."""
    whole = ps.load_example("minneapolis_boards")
    few = {}
    for name in ("population", "profiles"):
        table = whole.tables[name]
        few[name] = table[table["variable"] == whole.tables["profiles"]["variable"].iloc[0]]
    small = dataclasses.replace(whole, tables={"bodies": whole.tables["bodies"], **few})
    body = small.tables["profiles"]["body_id"].iloc[0]

    def used():
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    sizes = []
    for number in range(200):
        ps.write_report(small, tmp_path / "report", bodies=[body], force=True)
        if number in (49, 199):
            sizes.append(used())
    assert sizes[1] < sizes[0] * 1.1 + 20e6
