"""What is said first of a body: who is missing for certain, else what else is certain."""

import pytest

import participation_stats as ps
from participation_stats.release.phrases import Terms
from participation_stats.studies.composition import Composition

CITY = {"Black African": 0.27, "Black Caribbean": 0.18, "White British": 0.18, "Other": 0.37}
OPEN = ps.Policy.internal("nobody is anybody here")


def texts(counts):
    found = ps.representativeness_ratios(counts, CITY, by="ethnicity")
    body = Composition("panel", "Panel", sum(counts.values()), "", Terms(), ps.protect(found, OPEN))
    return [claim.text for claim in body.claims(in_short=True)]


def test_who_is_there_for_certain_stands_before_who_may_be_missing_by_chance():
    told = texts({"Black African": 0, "Black Caribbean": 10, "White British": 1, "Other": 1})
    assert told[0].startswith("Black Caribbean residents hold 10 of the 12 seats")
    assert told[1].endswith("so they are over-represented.")
    assert told[2].endswith("too small to tell.")
    assert [text for text in told if "Black Caribbean" in text] == told[:1]


@pytest.mark.parametrize(
    ("counts", "first", "then"),
    [
        ((0, 30, 8, 22), "Black African residents hold none of the 60", "under-represented."),
        ((2, 3, 3, 4), "Black African residents hold 2 of the 12", "too small to tell."),
    ],
)
def test_who_is_missing_stands_first_where_that_is_certain_or_nothing_is(counts, first, then):
    told = texts(dict(zip(CITY, counts, strict=True)))
    assert told[0].startswith(first)
    assert told[1].endswith(then)
