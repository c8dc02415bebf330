"""Random-intercept logit by cells: against lme4, brute-force quadrature and known truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import integrate, optimize, stats
from scipy.special import expit

import participation_stats as ps
from participation_stats.errors import EstimationError, InputError
from participation_stats.measure.engagement.designs import design_of
from participation_stats.measure.engagement.integration import (
    Rule,
    average_rate,
    blocks_of,
    marginal,
)
from participation_stats.measure.engagement.mixed_fitting import Climb

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "mixed_logit.json").read_text())
FORMULAS = {
    "estate": "attended ~ group + format",
    "regulars": "attended ~ format",
    "herds": "attended ~ period",
    "crossed": "attended ~ group + meeting_id",
}
# bobyqa of lme4 stops at 1e-9 of its own step, which leaves 1e-7 in estimates; its errors are
# by finite differences of the deviance, which leave 1e-5.
SAME = 1e-6
SAME_ERROR = 1e-5


def rows_of(cells):
    """One row per person and meeting."""
    out = cells.loc[cells.index.repeat(cells["trials"])].reset_index(drop=True)
    came = [
        [1] * k + [0] * (m - k) for m, k in zip(cells["trials"], cells["successes"], strict=True)
    ]
    return out.assign(attended=np.concatenate(came).astype(int))


def golden(name):
    return rows_of(pd.DataFrame(GOLDEN[name]["cells"]))


def simulated(people, meetings, sd, seed, *, beta=(-0.5, 0.8, 0.6)):
    """Half the people in group b, every second meeting informal."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), meetings)
    group = (who % 2).astype(bool)
    informal = np.tile(np.arange(meetings) % 2, people).astype(bool)
    eta = beta[0] + beta[1] * group + beta[2] * informal + rng.normal(0, sd, people)[who]
    return pd.DataFrame(
        {
            "who": who,
            "group": np.where(group, "b", "a"),
            "format": np.where(informal, "informal", "formal"),
            "attended": (rng.random(len(who)) < expit(eta)).astype(int),
        }
    )


SMALL = simulated(9, 6, 1.2, 4)


def integral(beta, sd, person, weigh=lambda u: 1.0):
    """One person's likelihood, over u, by Gauss–Kronrod."""
    x = np.column_stack([np.ones(len(person)), person["format"] == "informal"]) @ beta
    sign = np.where(person["attended"] == 1, 1, -1)

    def height(u):
        return weigh(u) * np.prod(expit(sign * (x + sd * u))) * stats.norm.pdf(u)

    return integrate.quad(height, -12, 12, epsabs=1e-14, epsrel=1e-12, limit=200)[0]


@pytest.mark.parametrize("name", FORMULAS)
def test_same_as_lme4_with_25_nodes(name):
    theirs = GOLDEN[name]
    fit = ps.fit_mixed_logit(FORMULAS[name], golden(name), unit="who")
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], atol=SAME)
    np.testing.assert_allclose(fit.table["std_error"], theirs["std_error"], rtol=SAME_ERROR)
    assert fit.sd == pytest.approx(theirs["sd"], abs=SAME)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-8)
    low, high = fit.variance[["conf_low", "conf_high"]].iloc[0]
    # uniroot to 1e-7, over profiles that BFGS finds to some 1e-7.
    assert (low, high) == pytest.approx((theirs["sd_low"], theirs["sd_high"]), abs=1e-5)


@pytest.mark.parametrize("name", FORMULAS)
def test_modes_are_lme4s_random_effects(name):
    rows = golden(name)
    design = design_of(FORMULAS[name], rows, "who", 0.95, "test", within=True)
    modes = Climb(design.people, design.coded.design).summit().modes
    theirs = np.unique(np.round(GOLDEN[name]["deviation"], 4))
    np.testing.assert_allclose(np.unique(np.round(modes, 4)), theirs, atol=1.1e-4)


def test_brute_force_finds_the_same_maximum():
    """Every integral as a sum over 4,001 points, the maximum by Nelder and Mead."""
    u = np.linspace(-10, 10, 4001)
    density = stats.norm.pdf(u) * (u[1] - u[0])
    sign = np.where(SMALL["attended"] == 1, 1, -1)[:, None]
    informal = (SMALL["format"] == "informal").to_numpy()[:, None]
    starts = np.flatnonzero(~SMALL["who"].duplicated())

    def loss(point):
        each = expit(sign * (point[0] + point[1] * informal + np.exp(point[2]) * u))
        return -np.log(np.multiply.reduceat(each, starts) @ density).sum()

    found = optimize.minimize(
        loss, [-0.5, 0.5, 0.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-11}
    )
    fit = ps.fit_mixed_logit("attended ~ format", SMALL, unit="who")
    np.testing.assert_allclose([*fit.table["estimate"], np.log(fit.sd)], found.x, atol=2e-5)
    # More nodes are asked for only where they move it by more than 1e-6.
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-6)


def test_person_effects_are_posterior_means():
    fit = ps.fit_mixed_logit("attended ~ format", SMALL, unit="who")
    beta = fit.table["estimate"].to_numpy()
    effects = fit.person_effects(SMALL).table.set_index("who")
    for who, person in SMALL.groupby("who"):
        whole, mean, square = (
            integral(beta, fit.sd, person, lambda u, power=power: u**power) for power in (0, 1, 2)
        )
        mean, square = mean / whole, square / whole
        assert effects.loc[who, "estimate"] == pytest.approx(fit.sd * mean, abs=1e-6)
        spread = fit.sd * np.sqrt(square - mean**2)
        assert effects.loc[who, "std_error"] == pytest.approx(spread, abs=1e-6)
        assert effects.loc[who, "n_rows"] == len(person)
        assert effects.loc[who, "successes"] == person["attended"].sum()


@pytest.mark.parametrize("sd", [0.3, 1.0, 4.0, 15.0])
def test_both_rules_give_the_integral(sd):
    design = design_of("attended ~ format", SMALL, "who", 0.95, "test", within=True)
    point = np.r_[-0.4, 0.7, np.log(sd)]
    truth = sum(np.log(integral(point[:2], sd, person)) for _, person in SMALL.groupby("who"))
    blocks = blocks_of(design.people)
    sure = marginal(blocks, design.coded.design, point, rule=Rule("trapezium", 200))
    assert sure.value == pytest.approx(truth, abs=1e-8)
    if sd <= 1:
        quick = marginal(blocks, design.coded.design, point)
        # The nodes are centred at modes: to some digits only, the better the nearer to normal.
        assert quick.value == pytest.approx(truth, abs=1e-6)


@pytest.mark.parametrize("rule", [Rule("hermite", 60), Rule("trapezium", 100)])
def test_derivatives_are_those_of_the_value(rule):
    rows = golden("estate")
    design = design_of(FORMULAS["estate"], rows, "who", 0.95, "test", within=True)
    blocks, x = blocks_of(design.people), design.coded.design
    point = np.array([-0.5, 0.2, 0.6, 0.4, -0.1])
    here, step = marginal(blocks, x, point, rule=rule), 1e-4
    for number in range(len(point)):
        shift = np.eye(len(point))[number] * step
        up = marginal(blocks, x, point + shift, rule=rule)
        down = marginal(blocks, x, point - shift, rule=rule)
        # Central differences: the square of the step times a third derivative of some hundreds.
        assert (up.value - down.value) / (2 * step) == pytest.approx(here.score[number], abs=1e-4)
        curved = -(up.score - down.score) / (2 * step)
        np.testing.assert_allclose(curved, here.information[number], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sd", [0.0, 0.5, 2.0, 9.0])
def test_average_rate_is_the_integral(sd):
    eta = np.array([-6.0, -1.0, 0.0, 2.5])
    rate, slope, spread = average_rate(eta, sd)

    def over(function):
        return [
            integrate.quad(
                lambda u, one=one: function(one + sd * u, u) * stats.norm.pdf(u), -12, 12,
                epsabs=1e-13, limit=400, points=[np.clip(-one / max(sd, 1), -11, 11)],
            )[0]
            for one in eta
        ]  # fmt: skip

    np.testing.assert_allclose(rate, over(lambda b, _: expit(b)), atol=1e-11)
    np.testing.assert_allclose(slope, over(lambda b, _: expit(b) * expit(-b)), atol=1e-11)
    np.testing.assert_allclose(spread, over(lambda b, u: u * expit(b) * expit(-b)), atol=1e-11)


def test_rates_are_averaged_over_people_and_conditional_ones_are_not():
    fit = ps.fit_mixed_logit("attended ~ group + format", golden("estate"), unit="who")
    beta, sd = fit.table["estimate"].to_numpy(), fit.sd
    rows = golden("estate")
    other = rows["group"].map({"Black African": 0, "Portuguese": beta[1], "White British": beta[2]})
    typical = fit.conditional_rates("format").table.set_index("category")
    average = fit.rates("format").table.set_index("category")
    draws = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    for level, shift in (("formal", 0.0), ("informal", beta[3])):
        eta = beta[0] + other.to_numpy(dtype=float) + shift
        assert typical.loc[level, "estimate"] == pytest.approx(expit(eta).mean(), abs=1e-12)
        values, counts = np.unique(eta, return_counts=True)
        means = [expit(value + sd * draws).mean() for value in values]
        # 200,000 equally likely people.
        assert average.loc[level, "estimate"] == pytest.approx(
            np.average(means, weights=counts), abs=1e-6
        )
    raw = rows.groupby("format")["attended"].mean()
    # Averaged rates are the data's own up to what a model of four terms leaves.
    np.testing.assert_allclose(average["estimate"], raw, atol=0.01)
    conditional = fit.conditional_effects("format").table["estimate"].iloc[0]
    averaged = fit.effects("format").table["estimate"].iloc[0]
    assert abs(conditional) > abs(averaged)


def test_errors_of_averaged_rates_are_delta_ones():
    fit = ps.fit_mixed_logit("attended ~ format", golden("regulars"), unit="who")
    basis, step = fit.basis, 1e-6
    assert len(basis.parameters) == 3
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    slopes = np.array(
        [
            (
                basis.respond(design, basis.parameters + shift)[0]
                - basis.respond(design, basis.parameters - shift)[0]
            )
            / (2 * step)
            for shift in np.eye(3) * step
        ]
    )
    errors = np.sqrt(np.diag(slopes.T @ basis.covariance @ slopes))
    np.testing.assert_allclose(fit.rates("format").table["std_error"], errors, rtol=1e-6)
    # σ's own error by the chain rule from that of its logarithm, which profile limits bracket.
    sd_error = np.sqrt(basis.covariance[2, 2])
    low, high = fit.variance[["conf_low", "conf_high"]].iloc[0]
    assert (high - low) / (2 * 1.96) == pytest.approx(sd_error, rel=0.15)


@pytest.mark.slow
def test_known_truth_is_covered():
    """150 logs of 80 people: 95% intervals cover group, format and σ as often as they say."""
    covered = np.zeros(3)
    many = 150
    for seed in range(many):
        fit = ps.fit_mixed_logit(
            "attended ~ group + format", simulated(80, 10, 1.0, seed), unit="who"
        )
        table = fit.table.set_index("term")
        spread = fit.variance.iloc[0]
        for number, (row, truth) in enumerate(
            [
                (table.loc["group[T.b]"], 0.8),
                (table.loc["format[T.informal]"], 0.6),
                (spread, 1.0),
            ]
        ):
            covered[number] += row["conf_low"] <= truth <= row["conf_high"]
    # Two-sided binomial bounds at 0.1% of 150 draws: a miss in a thousand runs of sound intervals.
    low, high = stats.binom.ppf([0.0005, 0.9995], many, 0.95)
    assert ((covered >= low) & (covered <= high)).all(), covered


def test_people_who_differ_less_than_chance_have_no_spread():
    """Everybody comes to exactly half: less than chance would have people differ."""
    log = pd.DataFrame({"who": np.repeat(range(30), 8), "attended": [1, 0] * 120})
    log["group"] = np.where(log["who"] < 12, "a", "b")
    log.loc[log["who"].isin([1, 20]) & (log.index % 8 == 1), "attended"] = 1
    fit = ps.fit_mixed_logit("attended ~ group", log, unit="who")
    plain = ps.fit_logit("attended ~ group", log)
    assert fit.sd == 0
    assert fit.intraclass_correlation == 0
    np.testing.assert_allclose(fit.table["estimate"], plain.table["estimate"], atol=1e-10)
    np.testing.assert_allclose(fit.table["std_error"], plain.table["std_error"], rtol=1e-10)
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood)
    assert (fit.variance["p_value"] == 1).all()
    low, high = fit.variance[["conf_low", "conf_high"]].iloc[0]
    assert low == 0
    assert "estimated as 0, and the estimates" in fit.describe()
    assert (fit.person_effects(log).table["estimate"] == 0).all()
    np.testing.assert_allclose(
        fit.rates("group").table["estimate"], plain.rates("group").table["estimate"], atol=1e-10
    )
    # Where the upper limit lies the likelihood has fallen by half of 3.84, group held at its best.
    design = design_of("attended ~ group", log, "who", 0.95, "test", within=True)
    climb = Climb(design.people, design.coded.design)
    start = np.r_[fit.table["estimate"], np.log(high)]
    _, there, _ = climb._highest(start, Rule("trapezium", 100), fixed=True)
    assert 2 * (fit.log_likelihood - there.value) == pytest.approx(stats.chi2.ppf(0.95, 1), 1e-5)


def test_the_test_of_no_spread_is_half_a_chi_square():
    fit = ps.fit_mixed_logit("attended ~ format", golden("regulars"), unit="who")
    plain = ps.fit_logit("attended ~ format", golden("regulars"))
    twice = 2 * (fit.log_likelihood - plain.log_likelihood)
    assert fit.variance["p_value"].iloc[0] == pytest.approx(stats.chi2.sf(twice, 1) / 2)
    low = fit.variance["conf_low"].iloc[0]
    assert low > 0


def test_correlation_is_of_the_latent_scale():
    fit = ps.fit_mixed_logit("attended ~ format", golden("regulars"), unit="who")
    sd, variance, shared = fit.variance["estimate"]
    assert variance == sd**2
    assert shared == pytest.approx(variance / (variance + np.pi**2 / 3))
    assert list(fit.variance["measure"]) == [
        "standard deviation", "variance", "intraclass correlation",
    ]  # fmt: skip


def test_people_who_differ_very_much():
    """A spread of eight: twenty-five nodes are not enough, and the fit says what it did."""
    fit = ps.fit_mixed_logit("attended ~ group + format", simulated(400, 12, 8.0, 3), unit="who")
    low, high = fit.variance[["conf_low", "conf_high"]].iloc[0]
    assert low < 8 < high
    assert fit.nodes > 25
    assert fit.quadrature_error < 1e-6
    assert "by the trapezium rule with" in fit.describe()


def test_an_upper_limit_may_be_infinite():
    """Eleven people always or never come, one came once of two: hardly a bound from above."""
    log = pd.DataFrame({"who": np.repeat(range(12), 4)})
    log["attended"] = (log["who"] % 2).to_numpy()
    log.loc[[0, 4], "attended"] = 1
    fit = ps.fit_mixed_logit("attended ~ 1", log, unit="who")
    assert np.isinf(fit.variance["conf_high"].iloc[0])
    assert fit.variance["conf_high"].iloc[2] == 1
    assert "to inf" in fit.describe()


def test_twice_the_people_and_any_order():
    once = golden("regulars")
    twice = pd.concat([once, once.assign(who=once["who"] + 100)])
    fit = ps.fit_mixed_logit("attended ~ format", once, unit="who")
    both = ps.fit_mixed_logit("attended ~ format", twice.sample(frac=1, random_state=1), unit="who")
    np.testing.assert_allclose(both.table["estimate"], fit.table["estimate"], atol=1e-7)
    np.testing.assert_allclose(
        both.table["std_error"] * np.sqrt(2), fit.table["std_error"], rtol=1e-7
    )
    assert both.log_likelihood == pytest.approx(2 * fit.log_likelihood)


def test_blocks_do_not_matter(monkeypatch):
    log = golden("estate")
    fit = ps.fit_mixed_logit("attended ~ group + format", log, unit="who")
    monkeypatch.setattr("participation_stats.measure.engagement.integration.BLOCK", 40)
    blocks = blocks_of(design_of("attended ~ format", log, "who", 0.95, "test").people)
    assert len(blocks) > 3
    assert all(block.starts[0] == 0 for block in blocks)
    again = ps.fit_mixed_logit("attended ~ group + format", log, unit="who")
    np.testing.assert_allclose(again.table["estimate"], fit.table["estimate"], atol=1e-9)
    np.testing.assert_allclose(again.table["std_error"], fit.table["std_error"], rtol=1e-9)


def test_any_source_gives_the_same(tmp_path):
    log = golden("regulars")
    log.to_parquet(tmp_path / "log.parquet")
    log.to_csv(tmp_path / "log.csv", index=False)
    fit = ps.fit_mixed_logit("attended ~ format", log, unit="who")
    for source in (
        pl.from_pandas(log).lazy(), tmp_path / "log.parquet", str(tmp_path / "l*.csv"),
    ):  # fmt: skip
        other = ps.fit_mixed_logit("attended ~ format", source, unit="who")
        np.testing.assert_allclose(other.table["estimate"], fit.table["estimate"], atol=1e-9)
        effects = other.person_effects(source).table.sort_values("who")
        mine = fit.person_effects(log).table.sort_values("who")
        np.testing.assert_allclose(effects["estimate"], mine["estimate"], atol=1e-8)


def test_a_number_keeps_its_values_and_the_note_says_so():
    log = golden("estate")
    log["age"] = 20 + log["who"] % 60
    fit = ps.fit_mixed_logit("attended ~ age + format", log, unit="who")
    assert "'age' is a number and kept in its 60 distinct values: 120 covariate" in fit.note
    assert ps.fit_mixed_logit("attended ~ format", log, unit="who").note == ""
    for same in (ps.fit_logit, ps.fit_gee):
        assert same("attended ~ age + format", log, unit="who").note == fit.note


def test_person_effects_never_leave():
    fit = ps.fit_mixed_logit("attended ~ group + format", golden("estate"), unit="who")
    effects = fit.person_effects(golden("estate"))
    assert not ps.protect(effects, ps.Policy.publish()).frames
    protected = ps.protect(fit, ps.Policy.publish())
    assert set(protected.frames) == {"table", "variance"}
    # No fit names anybody: what is stored are sums over people.
    assert "who" not in fit.basis.patterns


def test_twelve_regulars_are_withheld_when_published():
    log = golden("regulars").query("who <= 9")
    fit = ps.fit_mixed_logit("attended ~ format", log, unit="who")
    protected = ps.protect(fit, ps.Policy.publish())
    assert protected.frames["variance"]["estimate"].isna().all()


def test_words():
    fit = ps.fit_mixed_logit("attended ~ group + format", golden("estate"), unit="who")
    told = fit.describe()
    assert "standard errors are from the observed information" in told
    assert "a standard deviation of 0.93 (95% profile interval 0.78 to 1.11)" in told
    assert "an intraclass correlation of 0.21" in told
    assert "Gauss–Hermite quadrature with 25 nodes" in told
    assert ".variance" in str(fit)
    assert "intraclass correlation" in fit._repr_html_()
    assert fit.converged
    assert 0 <= fit.last_gain < 1e-14


def log_of(*people):
    """One person per list of attendances, formal and informal in turn."""
    return pd.concat(
        pd.DataFrame(
            {
                "who": number,
                "group": "ab"[number % 2],
                "format": (["formal", "informal"] * len(came))[: len(came)],
                "attended": came,
            }
        )
        for number, came in enumerate(people)
    )


@pytest.mark.parametrize(
    ("formula", "log", "message"),
    [
        ("attended ~ format", SMALL.assign(attended=1), r"everybody always came \(54 person"),
        ("attended ~ format", SMALL.assign(attended=0), r"nobody ever came \(0 of 54 person"),
        (
            "attended ~ group",
            SMALL.assign(attended=SMALL["attended"].where(SMALL["group"] == "b", 0)),
            r"nobody of group 'a' ever came .*leave it out and say so, or ask for fit_firth",
        ),
        ("attended ~ format", SMALL[SMALL["who"] == 4], "1 person for 2 terms"),
        ("attended ~ group", SMALL[SMALL["who"] < 3], "3 people for 3 terms"),
        (
            "attended ~ group",
            SMALL.drop_duplicates("who"),
            "nobody has two rows.*9 rows of 9 people.*ask for fit_logit",
        ),
        (
            "attended ~ group",
            SMALL.assign(attended=(SMALL["who"] % 4 < 2).astype(int)),
            "5 people always came and 4 never did, and nobody did both.*fit_logit with unit=",
        ),
        (
            "attended ~ format",
            log_of(*[[1, 1, 1, 1]] * 5, *[[0, 0, 0, 0]] * 5, *[[0, 1, 0, 1]] * 5),
            "how much people differ has no finite estimate.*beyond 50.*ask for fit_gee",
        ),
    ],
)
def test_what_cannot_be_estimated_is_named(formula, log, message):
    with pytest.raises(EstimationError, match=message):
        ps.fit_mixed_logit(formula, log, unit="who")


def test_few_people_may_have_many_meetings_terms():
    """Nine people, twelve meetings as terms: errors come from rows, not from people."""
    log = simulated(9, 14, 1.0, 2)
    log["meeting_id"] = np.tile(np.arange(14), 9).astype(str)
    kept = log.groupby("meeting_id")["attended"].transform("mean").between(0.1, 0.9)
    fit = ps.fit_mixed_logit("attended ~ C(meeting_id)", log[kept], unit="who")
    assert len(fit.table) > 9
    assert fit.n_meetings == len(fit.table)


def test_unknown_levels_and_empty_rows_are_refused():
    fit = ps.fit_mixed_logit("attended ~ format", SMALL, unit="who")
    with pytest.raises(InputError, match="'format' has a level that the fit does not know"):
        fit.person_effects(SMALL.assign(format="online"))
    with pytest.raises(InputError, match="no row has every value"):
        fit.person_effects(SMALL.assign(attended=None))
    with pytest.raises(InputError, match="'group' is no factor of the model"):
        fit.conditional_rates("group")


def test_influence_is_that_of_fits_without_each_person():
    log = golden("regulars")
    fit = ps.fit_mixed_logit("attended ~ format", log, unit="who")
    errors = fit.table["std_error"].to_numpy()
    moved = []
    for who in log["who"].unique():
        rest = ps.fit_mixed_logit("attended ~ format", log[log["who"] != who], unit="who")
        moved.append((rest.table["estimate"] - fit.table["estimate"]) / errors)
    found = fit.check().table.set_index("check").loc["influence"]
    assert abs(found["statistic"]) == pytest.approx(np.abs(moved).max(), abs=1e-5)
    assert fit.compare(ps.fit_mixed_logit("attended ~ 1", log, unit="who")).test.startswith("like")


def test_a_spread_that_rests_on_one_person_is_told_by_the_check():
    """Five who always or never came, and one who sometimes did: without them no fit has an end."""
    came = {"one": [1, 0, 0, 1, 0, 1], **{str(place): [place % 2] * 6 for place in range(5)}}
    log = pd.DataFrame([(who, now) for who in came for now in came[who]], columns=["who", "came"])
    fit = ps.fit_mixed_logit("came ~ 1", log, unit="who")
    with pytest.raises(EstimationError, match="no finite estimate"):
        ps.fit_mixed_logit("came ~ 1", log[log["who"] != "one"], unit="who")
    found = fit.check().table.set_index("check").loc["influence"]
    assert found["statistic"] == np.inf and found["notice"] == "look"
    assert "rests on one person, without whom it has no finite estimate" in found["sentence"]


def test_a_term_that_rests_on_one_person_is_told_by_the_check():
    log = golden("regulars")
    first = log["who"].iloc[0]
    log = log.assign(seat=np.where(log["who"] == first, "chair", "member"))
    log["seat"] = pd.Categorical(log["seat"], ["member", "chair"])
    found = ps.fit_mixed_logit("attended ~ format + seat", log, unit="who").check().table
    influence = found.set_index("check").loc["influence"]
    assert influence["subject"] == "seat[T.chair]"
    assert influence["statistic"] == np.inf
    assert influence["sentence"].startswith("seat[T.chair] rests on one person")
