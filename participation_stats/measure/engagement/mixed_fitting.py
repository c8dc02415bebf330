"""The maximum of a random-intercept logit, where its spread is nought, and its profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from participation_stats.errors import EstimationError
from participation_stats.measure.engagement.integration import (
    Block,
    Marginal,
    Rule,
    blocks_of,
    marginal,
)
from participation_stats.measure.engagement.likelihood import (
    information,
    log_likelihood,
    maximise,
)
from participation_stats.measure.engagement.people import Floats, People

WHERE = "fit_mixed_logit"
#: Newton's steps stop when the next gains less log-likelihood than this: estimates are then within
#: the root of twice as many standard errors. While steps gain less than `NEAR`, none is halved.
SETTLED = 1e-14
NEAR = 1e-3
MOST_STEPS = 100
MOST_HALVINGS = 10
LONGEST = 2.0
#: The first steps need fewer nodes and less care.
FEW = Rule("hermite", 7)
ROUGH = 1e-2
#: Each rule is judged by the next, which takes over where it moves the log-likelihood by more.
RULES = (Rule(), *(Rule("trapezium", nodes) for nodes in (50, 100, 200, 400)))
QUADRATURE = 1e-6
#: A standard deviation below this is nought, and one above the other has no finite estimate.
LEAST_SD = 1e-3
MOST_SD = 50.0
#: How close a profile limit is, in its signed root.
LIMIT = 1e-6
MOST_LIMIT_STEPS = 20


@dataclass(frozen=True)
class Summit:
    """Where the likelihood is highest.

    Attributes
    ----------
    beta : array of shape (terms,)
    sd : float
        Of people's intercepts; nought where no spread fits better than some.
    value, alone : float
        Log-likelihood, and that of the logit without intercepts.
    covariance : array of shape (terms + 1, terms + 1)
        Of β and σ; σ's row is nought where σ is.
    modes, means, spreads : arrays of shape (profiles,)
        Of people's deviations from the average, in log-odds.
    steps : int
    gradient : float
        What Newton's last step would still have gained, in log-likelihood.
    quadrature : float
        How much the log-likelihood moves with more nodes.
    """

    beta: Floats
    sd: float
    value: float
    alone: float
    covariance: Floats
    modes: Floats
    means: Floats
    spreads: Floats
    steps: int
    gradient: float
    quadrature: float


class Climb:
    """The likelihood of one set of people, and the way up.

    Parameters
    ----------
    people : People
    design : array of shape (patterns, terms)
    """

    def __init__(self, people: People, design: Floats) -> None:
        self.people, self.design = people, design
        self.blocks: list[Block] = blocks_of(people)
        self.trials = people.totals(people.trials)
        self.successes = people.totals(people.successes)
        self.steps, self.rule = 0, RULES[0]

    def summit(self) -> Summit:
        """The maximum likelihood estimates.

        Raises
        ------
        EstimationError
            If the spread has no finite estimate, or the estimates do not settle.
        """
        plain = maximise(self.design, self.trials, self.successes, WHERE)
        alone = log_likelihood(self.design @ plain, self.trials, self.successes)
        # With a spread of one, odds are nearer evens by this factor (Zeger, Liang & Albert 1988).
        start = np.r_[plain * np.sqrt(1 + 0.346), 0.0]
        near, found, _ = self._highest(start, FEW, ROUGH)
        error = 0.0
        for rule, finer in pairwise(RULES):
            if near[-1] <= np.log(LEAST_SD):
                break
            self.rule = rule
            near, found, settled = self._highest(near, rule, modes=found.modes)
            beside = marginal(self.blocks, self.design, near, found.modes, finer)
            error = abs(beside.value - found.value)
            if settled and error < QUADRATURE:
                break
        else:
            _refuse_unsettled(settled, error)
        if near[-1] > np.log(LEAST_SD) and found.value > alone:
            return self._inside(near, found, alone, error)
        return self._at_nought(plain, alone)

    def _inside(self, parameters: Floats, found: Marginal, alone: float, error: float) -> Summit:
        sd = float(np.exp(parameters[-1]))
        inverse = _inverse(found.information)
        units = np.r_[np.ones(len(parameters) - 1), sd]
        return Summit(
            beta=parameters[:-1],
            sd=sd,
            value=found.value,
            alone=alone,
            covariance=inverse * np.outer(units, units),
            modes=sd * found.modes,
            means=sd * found.means,
            spreads=sd * found.spreads,
            steps=self.steps,
            gradient=float(found.score @ inverse @ found.score) / 2,
            quadrature=error,
        )

    def _at_nought(self, plain: Floats, alone: float) -> Summit:
        terms, none = len(plain), np.zeros(len(self.people.units))
        covariance = np.zeros((terms + 1, terms + 1))
        covariance[:terms, :terms] = np.linalg.inv(information(plain, self.design, self.trials))
        return Summit(
            plain, 0.0, alone, alone, covariance, none, none, none, self.steps, 0.0, 0.0
        )  # fmt: skip

    def _highest(
        self,
        start: Floats,
        rule: Rule,
        close: float = SETTLED,
        fixed: bool = False,
        modes: Floats | None = None,
    ) -> tuple[Floats, Marginal, bool]:
        """Newton's method, with the last parameter (log σ) held where it is if `fixed`.

        Returns
        -------
        parameters, marginal, settled
            Not settled: with so few nodes no step leads up, or there were too many.
        """
        free = len(start) - fixed
        parameters = np.array(start)
        here = marginal(self.blocks, self.design, parameters, modes, rule)
        for _ in range(MOST_STEPS):
            step = np.zeros(len(start))
            step[:free] = uphill(here.score[:free], here.information[:free, :free])
            gain = float(here.score @ step) / 2
            there, step = self.stepped(parameters, here, step, rule, gain)
            if there is None:
                return parameters, here, False
            parameters, here = parameters + step, there
            self.steps += 1
            if parameters[-1] < np.log(LEAST_SD) or gain < close:
                return parameters, here, True
            if not fixed and parameters[-1] > np.log(MOST_SD):
                _refuse_running_off()
        return parameters, here, False

    def stepped(
        self, parameters: Floats, here: Marginal, step: Floats, rule: Rule, gain: float
    ) -> tuple[Marginal | None, Floats]:
        """One step, halved while the likelihood falls."""
        for _ in range(MOST_HALVINGS):
            there = marginal(self.blocks, self.design, parameters + step, here.modes, rule)
            # Close to the top the score decides: it is the integral's own, whereas the nodes of
            # the value move with the parameters.
            if gain < NEAR or there.value >= here.value:
                return there, step
            step = step / 2
        return None, step

    def limits(self, top: Summit, confidence: float) -> tuple[float, float]:
        """Where the profile likelihood of σ has fallen by half a quantile of χ² with one degree.

        Returns
        -------
        low, high : float
            `low` is nought where no spread at all lies within; `high` is infinite where the
            likelihood never falls so far.
        """
        reach = float(stats.norm.ppf(0.5 + confidence / 2))
        low = 0.0
        if top.sd and np.sqrt(2 * (top.value - top.alone)) > reach:
            low = self._limit(top, -reach) or _root(self._excess(top, reach), 0.0, top.sd)
        if found := top.sd and self._limit(top, reach):
            return low, found
        excess, far = self._excess(top, reach), 2 * top.sd or 0.5
        while excess(far) < 0:
            if far > MOST_SD:
                return low, float("inf")
            far *= 1.5
        return low, _root(excess, top.sd, far)

    def _limit(self, top: Summit, reach: float) -> float | None:
        """Along the ridge to where the signed root of the fall is `reach`; None if it fails.

        Newton's method for both at once, the ridge and the height (Venzon & Moolgavkar 1988,
        Applied Statistics 37), in σ and the signed root, of which one is nearly a straight line
        in the other.
        """
        error, modes = float(np.sqrt(top.covariance[-1, -1])), top.modes / top.sd
        beta, sd = top.beta, top.sd * np.exp(reach * error / top.sd)
        beta = beta + top.covariance[:-1, -1] / error**2 * (sd - top.sd)
        for _ in range(MOST_LIMIT_STEPS):
            here = marginal(self.blocks, self.design, np.r_[beta, np.log(sd)], modes, self.rule)
            modes, score, curved = here.modes, here.score, here.information
            # σ's derivatives from those of log σ.
            ridge = np.linalg.solve(curved[:-1, :-1], np.c_[score[:-1], -curved[:-1, -1] / sd])
            gain = float(score[:-1] @ ridge[:, 0]) / 2
            slope = float(score[-1] / sd + score[:-1] @ ridge[:, 1])
            fall = 2 * (top.value - here.value - gain)
            if not (fall > 0 and slope * reach < 0):
                return None
            root = float(np.copysign(np.sqrt(fall), reach))
            step = (root - reach) * root / slope
            if abs(root - reach) < LIMIT and abs(gain) < LIMIT:
                return float(sd)
            beta, sd = beta + ridge[:, 0] + ridge[:, 1] * step, sd + step
            if not LEAST_SD < sd < MOST_SD:
                return None
        return None

    def _excess(self, top: Summit, reach: float) -> Callable[[float], float]:
        """The root of the fall at σ, the rest at its best, less the one asked for."""
        trail = {"beta": top.beta}

        def excess(sd: float) -> float:
            if sd <= LEAST_SD:
                return float(np.sqrt(max(2 * (top.value - top.alone), 0.0))) - reach
            start = np.r_[trail["beta"], np.log(sd)]
            parameters, there, _ = self._highest(start, self.rule, fixed=True)
            trail["beta"] = parameters[:-1]
            return float(np.sqrt(max(2 * (top.value - there.value), 0.0))) - reach

        return excess


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(excess, low, high, rtol=LIMIT))


def uphill(score: Floats, curved: Floats) -> Floats:
    """Newton's step, turned uphill where the likelihood is not concave, and no longer than two."""
    length = np.sqrt(np.abs(np.diag(curved)))
    length = np.where(length > 0, length, 1.0)
    sizes, axes = np.linalg.eigh(curved / np.outer(length, length))
    steepest = np.maximum(np.abs(sizes), 1e-10)
    step = axes @ ((axes.T @ (score / length)) / steepest) / length
    return np.asarray(step * min(1.0, LONGEST / float(np.abs(step).max() or 1.0)))


def _inverse(curved: Floats) -> Floats:
    """Inverse information, if the likelihood falls in every direction."""
    length = np.sqrt(np.abs(np.diag(curved)))
    length = np.where(length > 0, length, 1.0)
    if np.linalg.eigvalsh(curved / np.outer(length, length))[0] > 1e-10:
        return np.asarray(np.linalg.inv(curved), dtype=float)
    raise EstimationError(
        "the likelihood is flat where the estimates came to rest",
        where=WHERE,
        expected="one best set of estimates",
        got="many that are as good",
        hint="ask for fewer characteristics at once, or fit_gee",
    )


def _refuse_running_off() -> None:
    raise EstimationError(
        "how much people differ has no finite estimate",
        where=WHERE,
        expected="people who sometimes come and sometimes do not, whatever the terms say",
        got=f"a standard deviation that grew beyond {MOST_SD:g}",
        hint="ask for fit_gee or fit_logit, with errors clustered by person",
    )


def _refuse_unsettled(settled: bool, error: float) -> None:
    """Stop if twice the nodes no longer help."""
    if settled:
        raise EstimationError(
            "people differ so much that the integral over their intercepts is not found",
            where=WHERE,
            expected=f"a log-likelihood that more nodes move by less than {QUADRATURE:g}",
            got=f"one that moves by {error:.1e}",
            hint="ask for fit_gee or fit_logit, with errors clustered by person",
        )
    raise EstimationError(
        "the estimates did not settle",
        where=WHERE,
        expected=f"a last step that gains less than {SETTLED:g} of log-likelihood",
        got=f"steps that lead nowhere, or more than {MOST_STEPS}",
        hint="bring numeric terms to a similar size, or ask for fewer characteristics at once",
    )
