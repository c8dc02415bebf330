"""Inequality of attendance: Davis's women, closed forms, and small bodies."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation_stats.errors import InputError
from participation_stats.measure.concentration import attendance_inequality

DAVIS = json.loads((Path(__file__).parents[1] / "golden" / "davis_reference.json").read_text())

# The reference was printed from double precision: what differs is the last digit.
DIGITS = 1e-13


def test_davis_women():
    women = attendance_inequality(DAVIS["counts"].values())
    assert women.total == DAVIS["total"] == 89
    assert women.gini == pytest.approx(DAVIS["gini_population_form"], rel=DIGITS)
    assert women.gini_unbiased == pytest.approx(DAVIS["gini_unbiased_n_over_n_minus_1"], rel=DIGITS)
    assert women.top_share(3 / 18) == pytest.approx(DAVIS["top3_share"], rel=DIGITS)
    assert women.top_share(0.2) == pytest.approx(DAVIS["top_20pct_share_k4"], rel=DIGITS)
    assert women.hill == pytest.approx(DAVIS["hill_q0_q1_q2"], rel=DIGITS)
    assert women.lorenz["attendance_share"].tolist() == pytest.approx(DAVIS["lorenz"], abs=DIGITS)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=40).filter(any))
def test_gini_is_half_the_relative_mean_difference(counts):
    x = np.array(counts, dtype=float)
    mean_difference = np.abs(x[:, None] - x[None, :]).mean()
    assert attendance_inequality(counts).gini == pytest.approx(
        mean_difference / (2 * x.mean()), abs=1e-12
    )


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40).filter(any))
def test_hill_numbers_fall_with_their_order_and_stay_within_people(counts):
    found = attendance_inequality(counts)
    assert 1 - 1e-9 <= found.hill_2 <= found.hill_1 + 1e-9 <= found.hill_0 + 2e-9
    assert found.hill_0 == sum(count > 0 for count in counts)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=25).filter(any))
def test_half_is_the_fewest_people_with_half_of_the_attendances(counts):
    found, most_first = attendance_inequality(counts), sorted(counts, reverse=True)
    assert 2 * sum(most_first[: found.half]) >= sum(counts)
    assert 2 * sum(most_first[: found.half - 1]) < sum(counts)


@pytest.mark.parametrize("n", [1, 2, 12, 100])
def test_equal_attendance_is_no_inequality(n):
    found = attendance_inequality([5] * n)
    assert found.gini == pytest.approx(0, abs=1e-15)
    assert found.hill == pytest.approx((n, n, n))


def test_one_person_does_everything():
    found = attendance_inequality([0] * 11 + [40])
    assert found.gini == pytest.approx(11 / 12)
    assert found.gini_unbiased == pytest.approx(1)
    assert found.hill == pytest.approx((1, 1, 1))
    assert found.half == 1


def test_a_single_person_has_no_unbiased_gini():
    assert np.isnan(attendance_inequality([3]).gini_unbiased)


def test_top_share_takes_whole_people_and_no_more():
    # 0.2 * 15 exceeds 3 in floating point; it is still three people.
    assert attendance_inequality(range(1, 16)).top_share(0.2) == pytest.approx(42 / 120)
    assert attendance_inequality([1, 2, 3]).top_share(1) == 1


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([], "nobody to count"),
        ([0, 0], "nobody ever came"),
        ([1, -2], "a count of -2"),
        ([1, 2.5], "a count of 2.5"),
        ([1, None], "a count of nan"),
        (["often"], "a count that is no number"),
    ],
)
def test_what_is_no_attendance_is_refused(counts, message):
    with pytest.raises(InputError, match=f"attendance_inequality: {message}"):
        attendance_inequality(counts)


@pytest.mark.parametrize("q", [0, -0.1, 1.2])
def test_top_share_refuses_what_is_no_share(q):
    with pytest.raises(InputError, match="top_share: a share of people"):
        attendance_inequality([1, 2]).top_share(q)
