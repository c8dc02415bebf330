"""How far a validation has come: told in bytes or rows, only ever rising, and whole at the end."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import participation_stats as ps
from participation_stats.errors import SourceError
from participation_stats.intake.gauges import _ALL, CHECKING, COMPARING, READING, SCANNING, Gauge


def told(source, **options):
    calls = []
    outcome = ps.validate(
        source, progress=lambda done, total: calls.append((done, total)), **options
    )
    return outcome, calls


def rising(calls):
    done = [part for part, _ in calls]
    return done == sorted(set(done)) and len({total for _, total in calls}) == 1


def register(path, rows, quoted=False):
    mark = '"' if quoted else ""
    lines = [f"m{row // 20},{mark}p{row % 20}{mark},present" for row in range(rows)]
    path.write_text("\n".join(["meeting_id,person_id,status", *lines]) + "\n")
    return path


def test_a_file_is_told_of_in_bytes_while_it_is_read(tmp_path):
    # Two million bytes and more, so that the reader takes them in several parts.
    path = register(tmp_path / "attendance.csv", 800_000)
    outcome, calls = told(path)
    assert outcome.ok
    assert rising(calls)
    assert calls[-1] == (path.stat().st_size, path.stat().st_size)
    reading = [done / total for done, total in calls if done / total < (SCANNING + READING) / _ALL]
    assert len(reading) >= 3


@pytest.mark.slow
def test_a_file_that_is_read_line_by_line_is_told_of_too(tmp_path):
    path = register(tmp_path / "attendance.csv", 350_000, quoted=True)
    with path.open("a") as stream:
        stream.write('m1,"never closed,present\n')
    outcome, calls = told(path)
    assert len(outcome.rejected) == 1
    assert rising(calls)
    # The quick reader has looked at all of it in vain, which is told as half of the reading.
    read = (SCANNING + READING) / _ALL
    assert sum((SCANNING + READING / 2) / _ALL < done / total < read for done, total in calls) >= 2
    assert calls[-1][0] == calls[-1][1]


def test_a_folder_counts_all_its_files_also_those_that_cannot_be_read(tmp_path):
    register(tmp_path / "attendance.csv", 100)
    (tmp_path / "people.csv").write_bytes(b"\0" * 5000)
    outcome, calls = told(tmp_path)
    assert "source" in set(outcome.issues["rule"])
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert rising(calls)
    assert calls[-1] == (size, size)


def test_frames_are_told_of_in_rows():
    frame = pd.DataFrame({"meeting_id": ["m1", "m2"], "person_id": "p1", "status": "present"})
    for source, options in ((frame, {"schema": "attendance"}), ({"attendance": frame}, {})):
        _, calls = told(source, **options)
        assert rising(calls)
        assert calls[-1] == (2, 2)


@pytest.mark.slow
def test_the_outcome_does_not_depend_on_being_told(tmp_path):
    folder = ps.load_example("st_marys").folder
    outcome, calls = told(folder)
    pd.testing.assert_frame_equal(outcome.issues, ps.validate(folder).issues)
    assert calls[-1][0] == calls[-1][1]


def test_nothing_is_said_to_be_done_of_what_cannot_be_read(tmp_path):
    calls = []
    with pytest.raises(SourceError, match="no such file"):
        ps.validate(tmp_path / "people.csv", progress=lambda *call: calls.append(call))
    assert calls == []


@given(st.lists(st.tuples(st.integers(0, 10_000), st.lists(st.floats(0, 2))), max_size=5))
def test_a_gauge_only_rises_and_ends_once(parts):
    calls = []
    gauge = Gauge(lambda *call: calls.append(call), sum(size for size, _ in parts))
    for size, fractions in parts:
        for cost in (SCANNING, READING, CHECKING):
            reached = gauge.stage(size, cost)
            for fraction in fractions:
                reached(fraction)
    gauge.stage(gauge.total, COMPARING)(1)
    gauge.finish()
    assert rising(calls)
    assert calls[-1] == (gauge.total, gauge.total)
    assert all(done < total for done, total in calls[:-1])
