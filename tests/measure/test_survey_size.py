"""The regulator's two questions, against the published answers and each other."""

import pytest

import participation_stats as ps


def test_published_sample_sizes():
    assert round(ps.required_sample(7271, 0.04), 1) == 554.5
    assert round(ps.required_sample(12573, 0.03), 1) == 983.7


@pytest.mark.parametrize("N", [None, 50, 7271, 300_000])
@pytest.mark.parametrize("effect", [1.0, 1.6])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.2])
def test_each_undoes_the_other(N, effect, margin):
    n = ps.required_sample(N, margin, effect, share=0.3)
    assert ps.margin_of_error(n, N, effect, share=0.3) == pytest.approx(margin, rel=1e-12)


def test_textbook_margin_and_a_census():
    # 1.96·√(.25/1000) = .03099, to the digits of 1.96.
    assert ps.margin_of_error(1000) == pytest.approx(0.03099, abs=1e-5)
    assert ps.margin_of_error(500, 500) == 0.0
    assert ps.margin_of_error(1, 1) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ps.margin_of_error(0), "margin_of_error: n is 0. Expected a number above 0"),
        (lambda: ps.margin_of_error(10, 0), "margin_of_error: N is 0."),
        (lambda: ps.margin_of_error(10, 5), "margin_of_error: more answers than people."),
        (lambda: ps.margin_of_error(10, design_effect=-1), "design_effect is -1"),
        (lambda: ps.margin_of_error(10, share=50), "share is 50. Expected a fraction between"),
        (lambda: ps.required_sample(100, 4), "required_sample: margin is 4."),
        (lambda: ps.required_sample(100, 0.04, confidence=1), "confidence is 1."),
        (lambda: ps.required_sample(float("inf"), 0.04), "required_sample: N is inf."),
    ],
)
def test_errors(call, message):
    with pytest.raises(ps.InputError) as error:
        call()
    assert message in str(error.value)
