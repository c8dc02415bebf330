"""Columns in numbers: threads and few rows, words and anything else, agree with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from participation_stats.errors import InputError
from participation_stats.measure import numbering
from participation_stats.measure.numbering import Numbered, number_columns


def back(numbered: Numbered) -> list[object]:
    """The values that numbers stand for."""
    return [None if code < 0 else numbered.values[code] for code in numbered.codes]


@pytest.fixture
def threads(monkeypatch):
    """Make every column long enough for threads, and stretches shorter than a column."""
    monkeypatch.setattr(numbering, "THREADED", 10)
    monkeypatch.setattr(numbering, "STRETCH", 64)


def words(n: int, levels: int, *, gaps: bool = False) -> pd.Series:
    rng = np.random.default_rng(levels)
    column = pd.Series([f"word {at}" for at in rng.integers(0, levels, n)], dtype="str", name="w")
    return column.mask(rng.random(n) < 0.1) if gaps else column


@pytest.mark.usefixtures("threads")
class TestThreads:
    @pytest.mark.parametrize("gaps", [False, True])
    @pytest.mark.parametrize("levels", [1, 5, 60, 4_000])
    def test_words_are_numbered_as_pandas_numbers_them(self, levels, gaps):
        column = words(1_000, levels, gaps=gaps)
        codes, values = number_columns([column], "here", sorted)[0]
        expected, known = pd.factorize(column, sort=True)
        np.testing.assert_array_equal(codes, expected)
        assert values == list(known)

    def test_a_word_that_is_met_late_is_numbered_too(self):
        column = pd.Series(["a"] * 700 + ["b"] * 300 + ["c"], dtype="str")
        codes, values = number_columns([column], "here")[0]
        assert (values, np.bincount(codes).tolist()) == (["a", "b", "c"], [700, 300, 1])

    def test_first_rows_without_a_word_hide_none(self):
        column = pd.Series([None] * 100 + ["a"], dtype="str")
        assert back(number_columns([column], "here")[0]) == [None] * 100 + ["a"]

    def test_columns_keep_their_places(self):
        columns = [words(500, 3), pd.Series(np.arange(500) % 7), words(500, 9).sort_values()]
        for numbered, column in zip(number_columns(columns, "here"), columns, strict=True):
            assert back(numbered) == column.tolist()

    def test_words_that_python_holds(self):
        column = words(200, 4).astype(object)
        assert back(number_columns([column], "here", sorted)[0]) == column.tolist()

    def test_a_chunked_column(self):
        column = pd.concat([words(90, 3), words(120, 5)], ignore_index=True)
        assert back(number_columns([column], "here", sorted)[0]) == column.tolist()


@pytest.mark.parametrize("order", [None, sorted, lambda values: sorted(values, reverse=True)])
@pytest.mark.parametrize(
    "numbers",
    [
        np.array([3, -2, 3, 0]),
        np.array([-128, 127, 5], dtype=np.int8),
        np.array([0, 255, 255], dtype=np.uint8),
        np.array([2**64 - 1, 2**64 - 3], dtype=np.uint64),
        np.array([-(2**63), 2**63 - 1]),
        np.array([], dtype=np.int64),
        np.array([5] * 40, dtype=np.int16),
        np.array([True, False, True]),
    ],
)
def test_whole_numbers_of_every_kind(numbers, order):
    codes, values = number_columns([pd.Series(numbers)], "here", order)[0]
    assert [values[code] for code in codes] == numbers.tolist()
    assert len(values) == len(set(numbers.tolist()))
    assert codes.dtype == np.int64
    if order is not None:
        assert values == order(values)


def test_values_that_are_no_categories_are_refused_by_name():
    with pytest.raises(InputError, match=r"here: 'x' holds values that are no categories.*list"):
        number_columns([pd.Series([[1], [2]], name="x")], "here")


def test_values_that_have_no_order_are_refused():
    mixed = pd.Series([1, pd.Timestamp("2025-01-01")], name="x", dtype=object)
    with pytest.raises(InputError, match=r"of one kind.*got Timestamp, int"):
        number_columns([mixed], "here", sorted)


def test_no_columns_have_no_numbers():
    assert number_columns([], "here") == []
