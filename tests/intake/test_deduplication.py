"""deduplicate: one row for each key, none lost without a line in the log."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation_stats.errors import InputError, OutputError
from participation_stats.intake.deduplication import deduplicate

ANSWERS = pd.DataFrame(
    {
        "wave": ["1", "1", "2", "1", "2", "2"],
        "household_id": ["h1", "h2", "h1", "h1", None, None],
        "survey_date": pd.to_datetime(
            ["2011-06-03", "2011-06-01", "2012-06-01", "2011-06-02", None, None]
        ),
    }
)


def test_the_last_of_a_household_in_a_wave():
    once = deduplicate(ANSWERS, by=["wave", "household_id"])
    assert once.table.index.tolist() == [1, 2, 3, 4, 5]
    assert once.log.values.tolist() == [[1, 4, "1", "h1"]]


def test_the_first():
    once = deduplicate(ANSWERS, by=["wave", "household_id"], keep="first")
    assert once.log[["left_out", "kept_instead"]].values.tolist() == [[4, 1]]


def test_by_date():
    once = deduplicate(ANSWERS, by=["wave", "household_id"], order="survey_date")
    assert once.log[["left_out", "kept_instead"]].values.tolist() == [[4, 1]]


def test_rows_without_a_key_are_kept():
    assert len(deduplicate(ANSWERS.iloc[4:], by="household_id").table) == 2


def test_errors():
    with pytest.raises(InputError) as caught:
        deduplicate(ANSWERS, by="house")
    assert str(caught.value) == (
        "deduplicate: there is no column 'house'. Got wave, household_id, survey_date."
    )
    with pytest.raises(InputError, match="there is no column 'date'"):
        deduplicate(ANSWERS, by="wave", order="date")
    with pytest.raises(InputError, match="this is no way to keep a row"):
        deduplicate(ANSWERS, by="wave", keep="best")


def test_the_log_is_written_with_formulas_defused(tmp_path):
    frame = pd.DataFrame({"household_id": ["=1+1", "=1+1"]})
    path = deduplicate(frame, by="household_id").write_log(tmp_path / "log.csv")
    assert path.read_text(encoding="utf-8-sig") == (
        "left_out,kept_instead,household_id\n1,2,'=1+1\n"
    )
    with pytest.raises(OutputError, match="the log cannot be written"):
        deduplicate(frame, by="household_id").write_log(tmp_path)


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3)), max_size=12),
    st.sampled_from(["first", "last"]),
    st.sampled_from([None, "day"]),
)
def test_what_is_kept_and_what_is_logged_are_all(rows, keep, order):
    frame = pd.DataFrame(rows, columns=["key", "day"]).astype({"key": "str"})
    once = deduplicate(frame, by="key", keep=keep, order=order)
    assert len(once.table) + len(once.log) == len(frame)
    left = set(once.log["left_out"] - 1)
    assert left.isdisjoint(once.table.index)
    assert not once.table["key"].dropna().duplicated().any()
    for entry in once.log.itertuples():
        out, instead = frame.iloc[entry.left_out - 1], frame.iloc[entry.kept_instead - 1]
        assert out["key"] == instead["key"] == entry.key
        if order:
            assert (
                (out["day"] >= instead["day"])
                if keep == "first"
                else (out["day"] <= instead["day"])
            )
