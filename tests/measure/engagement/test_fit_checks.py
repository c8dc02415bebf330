"""What `check` finds: against car in R, statsmodels refitted without each person, brute force."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import participation_stats as ps
from participation_stats.measure.engagement.collinearity import condition_number
from participation_stats.measure.engagement.counts import fit_counts
from participation_stats.measure.engagement.firth import fit_firth
from participation_stats.measure.engagement.gee import fit_gee
from participation_stats.measure.engagement.logit import fit_logit

GOLDEN = Path(__file__).parents[2] / "golden"


def log_of(people=40, seed=8, spread=0.0):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), rng.integers(4, 15, people))
    log = pd.DataFrame({"who": who, "group": np.where(np.arange(people) % 3 == 0, "B", "A")[who]})
    log["format"] = rng.choice(["formal", "informal"], len(who))
    eta = 0.2 + 0.7 * (log["group"] == "B") - 0.5 * (log["format"] == "formal")
    eta += rng.normal(0, spread, people)[who]
    log["attended"] = (rng.random(len(who)) < 1 / (1 + np.exp(-eta))).astype(int)
    return log


def row(fit, check, subject=None):
    table = fit.check().table
    kept = table["check"].eq(check) & (table["subject"].eq(subject) if subject else True)
    assert kept.sum() == 1
    return table[kept].iloc[0]


@pytest.mark.parametrize(
    ("name", "right"), [("plain", "Eth + Sex + Age + Lrn"), ("crossed", "Eth * Sex + Age")]
)
def test_inflation_is_that_of_car(name, right):
    quine = pd.read_csv(GOLDEN / "quine_absence.csv")
    quine["often"] = (quine["Days"] > 10).astype(int)
    golden = json.loads((GOLDEN / "collinearity.json").read_text(encoding="utf-8"))[name]
    fit = fit_logit(f"often ~ {right}", quine)
    columns = {"Eth": 1, "Sex": 1, "Age": 3, "Lrn": 1, "Both": 3}
    for factor, expected in golden.items():
        found = row(fit, "collinearity", "Eth × Sex" if factor == "Both" else factor)
        # R writes twelve digits.
        root = expected ** (1 / (2 * columns[factor]))
        assert found["statistic"] == pytest.approx(root, rel=1e-9)


def test_condition_number_is_that_of_the_rows():
    log = log_of()
    fit = fit_logit("attended ~ group + format", log, unit="who")
    x = np.column_stack([np.ones(len(log)), log["group"] == "B", log["format"] == "informal"])
    rate = 1 / (1 + np.exp(-x @ fit.table["estimate"].to_numpy()))
    weighted = x * np.sqrt(rate * (1 - rate))[:, None]
    expected = condition_number(weighted, np.ones(len(x)))
    assert row(fit, "collinearity", "the model")["statistic"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_influence_is_refitting_without_each_person(weighted):
    log = log_of(spread=0.8).assign(weight=1.0)
    if weighted:
        log["weight"] = 0.5 + log["who"] % 4
    fit = fit_logit("attended ~ group + format", log, unit="who",
                    weights="weight" if weighted else None)  # fmt: skip
    ours = fit.table.set_index("term")
    changes = []
    for person in log["who"].unique():
        kept = log[log["who"] != person]
        rows = sm.formula.glm(
            "attended ~ group + format", kept, family=sm.families.Binomial(),
            var_weights=kept["weight"],
        ).fit(tol=1e-14)  # fmt: skip
        changes.append(((rows.params - ours["estimate"]) / ours["std_error"]).abs())
    worst = pd.DataFrame(changes).max()
    found = row(fit, "influence")
    # Ours stop at steps of 1e-8.
    assert found["statistic"] == pytest.approx(worst.max(), abs=1e-6)
    assert found["subject"] == worst.idxmax()


def test_a_term_that_rests_on_one_person_is_said():
    log = log_of()
    log.loc[log["who"] == 7, "group"] = "Alone"
    log.loc[log.index[log["who"] == 7][0], "attended"] = 1
    log.loc[log.index[log["who"] == 7][1], "attended"] = 0
    found = row(fit_logit("attended ~ group + format", log, unit="who"), "influence")
    assert found["subject"] == "group[T.Alone]"
    assert found["n_units"] == 1
    assert "rests on one person" in found["sentence"]
    assert found["notice"] == "look"


def test_a_person_who_decides_is_counted_but_not_named():
    """Without the one who always came to informal meetings only, format goes with nothing."""
    log = pd.DataFrame({"who": np.repeat(range(12), 10), "format": ["formal", "informal"] * 60})
    log["attended"] = [0, 1, 1, 0] * 30
    log.loc[log["who"] == 3, "attended"] = [0, 1] * 5
    many = pd.concat([log[log["who"] == 3].assign(meeting=n) for n in range(30)])
    fit = fit_logit("attended ~ format", pd.concat([log, many]), unit="who")
    found = row(fit, "influence")
    assert found["notice"] == "look"
    assert "3" not in found["sentence"].replace(f"{found['statistic']:.2f}", "")


def test_dispersion_by_hand_and_what_follows_from_it():
    log = log_of(people=200, spread=1.5)
    clustered = fit_logit("attended ~ group", log, unit="who")
    rate = log.groupby("group")["attended"].transform("mean")
    told = log.assign(expected=rate, variance=rate * (1 - rate)).groupby("who")
    gap = told["attended"].sum() - told["expected"].sum()
    expected = (gap**2 / told["variance"].sum()).sum() / (200 - 2)
    found = row(clustered, "dispersion")
    assert found["statistic"] == pytest.approx(expected, rel=1e-9)
    assert expected > 1.5
    assert (found["notice"], "allow for" in found["sentence"]) == ("fine", True)
    firth = row(fit_firth("attended ~ group", log, unit="who"), "dispersion")
    assert firth["notice"] == "look"
    assert "must be clustered, or each given an intercept" in firth["sentence"]
    calm = row(fit_logit("attended ~ group", log_of(people=200), unit="who"), "dispersion")
    assert calm["statistic"] == pytest.approx(1, abs=0.3)  # about √(2/200) of chance
    assert "as if their meetings were independent" in calm["sentence"]


def test_calibration_is_exact_in_a_saturated_model_and_off_where_a_term_is_missing():
    log = log_of(people=300)
    saturated = fit_logit("attended ~ group * format", log, unit="who").check().calibration
    np.testing.assert_allclose(saturated["rate_fitted"], saturated["rate_observed"], atol=1e-9)
    assert saturated["n_rows"].sum() == len(log)
    rng = np.random.default_rng(1)
    curved = pd.DataFrame({"age": rng.integers(0, 11, 4000).astype(float), "who": range(4000)})
    hump = 1 / (1 + np.exp(2 - 0.5 * np.abs(curved["age"] - 5)))
    curved["attended"] = (rng.random(4000) < hump).astype(int)
    found = row(fit_logit("attended ~ age", curved, unit="who"), "calibration")
    assert found["notice"] == "look"
    assert abs(found["statistic"]) > 3


def test_near_separation_names_the_group():
    log = log_of(people=60)
    log.loc[log["who"] < 12, "group"] = "Rare"
    rare = log.index[log["who"] < 12]
    log.loc[rare, "attended"] = 0
    log.loc[rare[:2], "attended"] = 1
    found = row(fit_logit("attended ~ group", log, unit="who"), "separation")
    assert found["subject"] == "group 'Rare'"
    assert found["n_units"] == 12
    assert found["sentence"].startswith(
        f"Of group 'Rare' only 2 of {len(rare)} person-meetings were attended: near to separation"
    )


def test_few_events_per_term_are_said():
    fit = fit_logit("attended ~ group + format", log_of(people=6), unit="who")
    found = row(fit, "events per term")
    log = log_of(people=6)
    assert found["statistic"] == min(log["attended"].sum(), (1 - log["attended"]).sum()) / 2


@pytest.mark.parametrize("kind", ["gee", "firth", "poisson", "nb2", "cloglog", "cox"])
def test_every_model_can_be_checked(kind):
    log = log_of(people=80, spread=0.5)
    people = log.groupby(["who", "group"], as_index=False)["attended"].agg(["sum", "size"])
    stopped = pd.DataFrame({"who": range(60), "duration": np.arange(60) % 7 + 1})
    stopped["event"], stopped["group"] = (np.arange(60) % 3 > 0).astype(int), ["A", "B"] * 30
    fit = {
        "gee": lambda: fit_gee("attended ~ group + format", log, unit="who"),
        "firth": lambda: fit_firth("attended ~ group + format", log, unit="who"),
        "poisson": lambda: fit_counts("sum ~ group", people, unit="who", exposure="size"),
        "nb2": lambda: fit_counts("sum ~ group", people, family="nb2"),
        "cloglog": lambda: ps.fit_hazard("duration ~ group", stopped, method="cloglog"),
        "cox": lambda: ps.fit_hazard("duration ~ group", stopped, method="cox"),
    }[kind]()
    found = fit.check()
    assert np.isfinite(found.table["statistic"]).all()
    assert len(found.sentences) == len(found.table) > 0
    assert set(found.table["notice"]) <= {"fine", "look"}


def test_poisson_dispersion_by_person_is_pearsons():
    people = log_of(people=80).groupby(["who", "group"])["attended"].agg(["sum", "size"])
    fit = fit_counts("sum ~ group", people.reset_index(), unit="who", exposure="size")
    # One row for each person: the score test's own dispersion.
    assert row(fit, "dispersion")["statistic"] == pytest.approx(fit.dispersion, rel=1e-8)


def test_nothing_about_a_few_people_leaves():
    log = log_of(people=60)
    log.loc[log["who"] < 6, "group"] = "Few"
    fit = fit_logit("attended ~ group + format", log, unit="who")
    released = ps.protect(fit.check(), ps.Policy.publish())
    few = released.table[released.table["subject"].astype(str).str.startswith("group")]
    assert few["suppressed"].all()
    assert few[["statistic", "sentence"]].isna().all(axis=None)
    assert set(released.frames) == {"table", "calibration"}
    columns = {name for frame in released.frames.values() for name in frame}
    assert "who" not in columns


def test_a_dozen_regulars_are_checked_without_a_number_that_is_none():
    log = log_of(people=12, spread=0.5)
    found = fit_logit("attended ~ format", log, unit="who").check()
    assert found.table["check"].tolist() == [
        "separation", "events per term", "collinearity", "dispersion", "influence", "calibration",
    ]  # fmt: skip
    assert np.isfinite(found.table["statistic"]).all()
    assert found.ok == (found.table["notice"] == "fine").all()


@pytest.mark.slow
def test_even_odds_of_the_reference_are_nobodys_question():
    """Of 30 logs in which half come whatever they are, no person decides about the intercept."""
    found = []
    for seed in range(30):
        rng = np.random.default_rng(400 + seed)
        log = pd.DataFrame({"who": np.repeat(np.arange(60), 8)})
        log["group"] = np.where(log["who"] % 2 == 0, "A", "B")
        log["attended"] = rng.integers(0, 2, len(log))
        fit = fit_logit("attended ~ group", log, unit="who")
        z = fit.table["statistic"].abs()
        found.append((row(fit, "influence"), z[0], z[1]))
    # Among them are logs in which the intercept's interval just holds nought, or just not.
    assert sum(abs(of_intercept - 1.96) < 0.2 for _, of_intercept, _ in found) > 2
    for check, _, of_group in found:
        if abs(of_group - 1.96) > 0.5:
            assert check["notice"] == "fine"
            assert "holds nought" not in check["sentence"]


def test_stopping_is_not_called_attending():
    rng = np.random.default_rng(3)
    people = pd.DataFrame({"duration": rng.geometric(0.25, 80), "event": 1})
    people["group"] = np.where(np.arange(80) % 2 == 0, "A", "B")
    sentences = " ".join(ps.fit_hazard("duration ~ group", people).check().sentences)
    assert "In every group at least 5 stopped" in sentences
    assert "last times for each term" in sentences
    assert "came at least" not in sentences
    assert "attendances" not in sentences
    assert "Without unit=" not in sentences


def test_what_cannot_be_told_without_people_is_said():
    log = log_of()
    plain = row(fit_logit("attended ~ group", log), "dispersion")
    assert plain["sentence"].startswith("Without unit= nothing can be told")
    counts = log.groupby("who").agg(group=("group", "first"), came=("attended", "sum"))
    counts["came"] = np.random.default_rng(5).negative_binomial(0.7, 0.2, len(counts))
    fit = fit_counts("came ~ group", counts)
    told = row(fit, "dispersion")
    assert told["statistic"] == fit.dispersion > 1.5
    assert told["sentence"].endswith("as Poisson counts would, which robust errors allow for.")
