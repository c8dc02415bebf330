"""svy as a second oracle of domain means, shares and the engagement table's standard errors."""

import numpy as np
import pandas as pd
import pytest
from api_samples import design, sample

import participation_stats as ps

# The same sums of a few hundred products on both sides.
CLOSE = 1e-9


@pytest.fixture(scope="module")
def svy():
    return pytest.importorskip("svy", reason="svy is an optional second oracle")


def theirs(svy, frame, stated, value, by):
    polars = pytest.importorskip("polars")
    drawn = svy.Sample(polars.from_pandas(frame), svy.Design(wgt="pw", **stated))
    found = drawn.estimation.mean(value, by=by).to_polars()
    return pd.DataFrame({name: found[name].to_list() for name in (by, "est", "se")}).sort_values(by)


@pytest.mark.parametrize(
    ("name", "file", "stated"),
    [
        ("clus2", "apiclus2", {"psu": "dnum"}),
        ("nested", "apistrat", {"psu": "cluster", "stratum": "stype"}),
    ],
)
@pytest.mark.parametrize("value", ["api00", "met"])
def test_domain_means(svy, name, file, stated, value):
    frame = sample(file)
    # svy takes clusters of one name in two strata as one: they are told apart here.
    frame = frame.assign(cluster=frame["stype"] + frame["dnum"].astype(str))
    found = theirs(svy, frame, stated, value, "both")
    ours = ps.survey_estimate(design(name), value, by="both", statistic="mean").table
    np.testing.assert_allclose(ours["estimate"], found["est"], rtol=CLOSE)
    np.testing.assert_allclose(ours["std_error"], found["se"], rtol=CLOSE)
    if value == "met":
        shares = ps.survey_engagement(design(name), "met", by="both").table
        np.testing.assert_allclose(shares["estimate"], found["est"], rtol=CLOSE)
        np.testing.assert_allclose(shares["std_error"], found["se"], rtol=CLOSE)
