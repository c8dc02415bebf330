"""The maximum of a count model's likelihood, its covariance, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.count_families import FAMILIES, Family
from participation_stats.measure.engagement.covariance import correction, not_below_nought
from participation_stats.measure.engagement.people import Floats, Ints
from participation_stats.measure.engagement.row_designs import RowDesign
from participation_stats.measure.formulas import Encoding
from participation_stats.measure.inference.separation import separated_terms
from participation_stats.measure.tallies import BETWEEN

#: Newton's steps stop when none moves an estimate by more than this: below it the rounding of
#: the second derivatives takes over.
STEP = 1e-9
MOST_STEPS = 200
MOST_HALVINGS = 60
#: No step moves an estimate by more than this.
LONGEST = 5.0
#: A curvature below this part of the largest is none.
FLAT = 1e-13
#: A log dispersion below this is no dispersion; a logit beyond the other no probability.
NO_DISPERSION = -12.0
CERTAIN = 20.0


@dataclass(frozen=True)
class Problem:
    """Distinct rows and their designs.

    Attributes
    ----------
    family : Family
    count, zero : arrays of shape (cells, terms of the part)
    counts, weights, log_exposure : arrays of shape (cells,)
    cell : array of int of shape (rows,)
    """

    family: Family
    count: Floats
    zero: Floats
    counts: Floats
    weights: Floats
    log_exposure: Floats
    cell: Ints

    @property
    def blocks(self) -> list[Floats]:
        """The designs of the three predictors."""
        ones = np.ones((len(self.counts), int(self.family.dispersed)))
        return [self.count, self.zero, ones]

    def predictors(self, parameters: Floats) -> Floats:
        """The three predictors of each cell, shape (3, cells)."""
        ends = np.cumsum([block.shape[1] for block in self.blocks])[:-1]
        parts = np.split(parameters, ends)
        out = np.stack([block @ part for block, part in zip(self.blocks, parts, strict=True)])
        out[0] += self.log_exposure
        return out

    def log_likelihood(self, parameters: Floats) -> float:
        """Of all rows, with the factorials; not a number where it overflows."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            each = self.family.log_density(self.predictors(parameters), self.counts)
        return float(self.weights @ each)

    def scores(self, parameters: Floats) -> Floats:
        """Score of each cell, shape (cells, parameters)."""
        slopes = self.family.slopes(self.predictors(parameters), self.counts)
        return np.hstack([slopes[i][:, None] * block for i, block in enumerate(self.blocks)])

    def information(self, parameters: Floats) -> Floats:
        """Minus the second derivatives, shape (parameters, parameters)."""
        curved = self.family.curvatures(self.predictors(parameters), self.counts) * self.weights
        blocks = self.blocks
        return -np.block(
            [[a.T @ (curved[i, j][:, None] * b) for j, b in enumerate(blocks)]
             for i, a in enumerate(blocks)]
        )  # fmt: skip


def refuse_never(coded: Encoding, rows: RowDesign, counts: Floats, exposed: Floats) -> None:
    """Refuse groups that never came: their rate is nought and its logarithm has no estimate."""
    came = np.asarray(np.bincount(rows.pattern, counts), dtype=float)
    if not came.any():
        told = f"nobody ever came (0 of {exposed.sum():,.0f})"
    else:
        # A direction matters only where the count is nought: such rows are all "missed", the
        # others both "came" and "missed", which pins them.
        some = (came > 0).astype(float)
        found = separated_terms(coded.design, 1 + some, some)
        if not found:
            return
        asked = np.asarray(np.bincount(rows.pattern, exposed), dtype=float)
        told = _never(coded, came, asked) or ", ".join(coded.terms[number] for number in found)
    raise EstimationError(
        told,
        where="fit_counts",
        expected="some who came in every group",
        got="a rate of nought, which has no logarithm",
        hint="merge the group with another by ps.roll_up, or leave it out and say so",
    )


def _never(coded: Encoding, came: Floats, asked: Floats) -> str:
    for size in (1, 2):
        told = []
        for names in combinations(coded.levels, size):
            summed = (
                coded.patterns[list(names)]
                .assign(_came=came, _asked=asked)
                .groupby(list(names), observed=True)[["_came", "_asked"]]
                .sum()
            )
            for group, total in summed.loc[summed["_came"] == 0, "_asked"].items():
                levels = group if isinstance(group, tuple) else (group,)
                named = f"{BETWEEN.join(names)} '{BETWEEN.join(map(str, levels))}'"
                told.append(f"nobody of {named} ever came (0 of {total:,.0f})")
        if told:
            return "; ".join(told)
    return ""


def problem_of(
    name: str,
    rows: RowDesign,
    coded: Encoding,
    zero: Encoding | None,
    counts: Floats,
    exposed: Floats,
) -> Problem:
    """Distinct rows, so that many people with the same cost one."""
    keys = pd.DataFrame({"pattern": rows.pattern, "count": counts, "exposure": exposed})
    grouped = keys.groupby(list(keys), sort=True)
    cell = np.asarray(grouped.ngroup(), dtype=np.int64)
    distinct = grouped.size().reset_index(name="weight")
    pattern = distinct["pattern"].to_numpy()
    return Problem(
        family=FAMILIES[name],
        count=coded.design[pattern],
        zero=zero.design[pattern] if zero else np.zeros((len(pattern), 0)),
        counts=distinct["count"].to_numpy(dtype=float),
        weights=distinct["weight"].to_numpy(dtype=float),
        log_exposure=np.log(distinct["exposure"].to_numpy(dtype=float)),
        cell=cell,
    )


def first_guess(problem: Problem) -> Floats:
    """Least squares on the logarithms of rates, half an attendance added to each."""
    target = np.log(problem.counts + 0.5) - problem.log_exposure
    root = np.sqrt(problem.weights)
    found = np.linalg.lstsq(problem.count * root[:, None], target * root, rcond=None)[0]
    return np.asarray(found, dtype=float)


def start_of(problem: Problem, poisson: Floats) -> Floats:
    """Poisson's estimates, a first guess of the part for zeros, and a dispersion of one."""
    share = np.where(problem.counts == 0, 1.0, -1.0)
    zero = np.linalg.lstsq(problem.zero, share, rcond=None)[0]
    return np.concatenate([poisson, zero, np.zeros(int(problem.family.dispersed))])


def maximise(problem: Problem, start: Floats, where: str) -> Floats:
    """Newton's method, uphill even where the likelihood is not concave, halving steps that fall."""
    parameters, best = np.asarray(start, dtype=float), problem.log_likelihood(start)
    for _ in range(MOST_STEPS):
        score = problem.weights @ problem.scores(parameters)
        # In units in which all curvatures are one, so that numbers of any size do alike.
        scaled, length = _scaled(problem.information(parameters))
        sizes, axes = np.linalg.eigh(scaled)
        steepest = np.maximum(np.abs(sizes), FLAT * np.abs(sizes).max())
        step = axes @ ((axes.T @ (score / length)) / steepest) / length
        step *= min(1.0, LONGEST / float(np.abs(step).max() or 1.0))
        for _ in range(MOST_HALVINGS):
            told = problem.log_likelihood(parameters + step)
            if told >= best - 1e-12 * abs(best):
                break
            step /= 2
        parameters, best = np.asarray(parameters + step, dtype=float), told
        _refuse_running_off(problem, parameters, where)
        if np.abs(step).max() <= STEP * max(1.0, float(np.abs(parameters).max())):
            return _summit(problem, parameters, where)
    raise EstimationError(
        f"the estimates did not settle in {MOST_STEPS} steps",
        where=where,
        expected=f"steps below {STEP}",
        got=f"a last step of {np.abs(step).max():.1e}",
        hint="bring numeric terms to a similar size, or ask for a family with fewer parts",
    )


def _refuse_running_off(problem: Problem, parameters: Floats, where: str) -> None:
    """Stop where a part has nothing to fit, instead of walking for ever."""
    if problem.family.dispersed and parameters[-1] < NO_DISPERSION:
        raise EstimationError(
            "the counts vary no more than Poisson counts would",
            where=where,
            expected="more variation, for a dispersion to fit",
            got=f"a dispersion of {np.exp(parameters[-1]):.1e}",
            hint="ask for family='poisson' (or 'zip' in place of 'zinb')",
        )
    if problem.family.zeros and np.abs(problem.predictors(parameters)[1]).max() > CERTAIN:
        raise EstimationError(
            "the part for zeros has no finite estimate",
            where=where,
            expected="in every group more zeros than its counts expect, and not only zeros",
            got="a probability of nought or one",
            hint="ask for a family without a part for zeros, or fewer terms in zeros=",
        )
    if problem.family.truncated and problem.predictors(parameters)[0].min() < -CERTAIN:
        raise EstimationError(
            "in some group nobody who came did so more than once",
            where=where,
            expected="counts above one, from which to tell how often people come who come",
            got="a rate of nought beyond the first time",
            hint="ask for fit_logit of whether people came at all, or merge groups",
        )


def _scaled(information: Floats) -> tuple[Floats, Floats]:
    """The information with a diagonal of ones, and the units that make it so."""
    length = np.sqrt(np.abs(np.diag(information)))
    length = np.where(length > 0, length, 1.0)
    return information / np.outer(length, length), length


def _summit(problem: Problem, parameters: Floats, where: str) -> Floats:
    """The parameters, if the likelihood falls in every direction from them."""
    scaled, _ = _scaled(problem.information(parameters))
    if np.linalg.eigvalsh(scaled)[0] > FLAT:
        return parameters
    raise EstimationError(
        "the likelihood is flat where the estimates came to rest",
        where=where,
        expected="one best set of estimates",
        got="many that are as good",
        hint="ask for a family with fewer parts, or fewer terms",
    )


def covariance_of(problem: Problem, found: Floats, rows: RowDesign, *, robust: bool) -> Floats:
    """Clustered by person where robust, otherwise from the information."""
    information = problem.information(found)
    if not robust and problem.family.name == FAMILIES["nb2"].name:
        return _expected(problem, found, information)
    inverse = np.linalg.inv(information)
    if not robust:
        return np.asarray(inverse)
    scores = rows.by_person(problem.scores(found)[problem.cell])
    factor = correction(rows.n_units, len(rows.pattern), len(found))
    return not_below_nought(factor * inverse @ (scores.T @ scores) @ inverse)


def _expected(problem: Problem, found: Floats, information: Floats) -> Floats:
    """NB2's expected information: estimates and dispersion do not depend on one another."""
    mean = np.exp(problem.predictors(found)[0])
    weights = problem.weights * mean / (1 + np.exp(found[-1]) * mean)
    out = np.zeros_like(information)
    out[:-1, :-1] = np.linalg.inv((problem.count * weights[:, None]).T @ problem.count)
    out[-1, -1] = 1 / information[-1, -1]
    return out


@dataclass(frozen=True)
class Dispersion:
    """Pearson's dispersion of a Poisson model, and the one-sided score test of it against NB2."""

    dispersion: float
    statistic: float
    p_value: float


def dispersion_of(plain: Problem, estimates: Floats) -> Dispersion:
    """How much more counts vary than the Poisson model with these estimates says."""
    mean = np.exp(plain.predictors(estimates)[0])
    squares, weights = (plain.counts - mean) ** 2, plain.weights
    free = max(float(weights.sum()) - len(estimates), 1.0)
    statistic = float(weights @ (squares - plain.counts) / np.sqrt(2 * (weights @ mean**2)))
    return Dispersion(
        dispersion=float(weights @ (squares / mean)) / free,
        statistic=statistic,
        p_value=float(stats.norm.sf(statistic)),
    )
