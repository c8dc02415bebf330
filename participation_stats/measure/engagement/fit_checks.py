"""What could make a fitted model misleading: each thing looked at, with a number and a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from participation_stats.measure.engagement.collinearity import (
    blocks_of,
    condition_number,
    inflation,
)
from participation_stats.measure.engagement.people import Floats
from participation_stats.measure.results import Result, Rule, listed

if TYPE_CHECKING:
    from participation_stats.measure.engagement.fits import Fit

#: Fewer attendances or absences than this in a group: its odds are hardly known.
FEW = 5
#: Attendances, or absences, per term below which estimates are biased away from nought.
PER_TERM = 10
#: √5: errors more than doubled by what goes together.
INFLATED = 5**0.5
ILL_CONDITIONED = 30.0
#: People vary this much more than chance before it is said.
DISPERSED = 1.5
#: A tenth of rows this many standard errors from its prediction is not chance.
FAR = 3.0
BANDS = 10


@dataclass(frozen=True, eq=False, repr=False)
class FitCheck(Result):
    """What was looked at in a fitted model.

    Attributes
    ----------
    table : DataFrame
        ``check, subject`` (a group, a term, or the whole model), ``n_units`` (people behind it),
        ``statistic, notice`` (``"fine"`` or ``"look"``) and ``sentence``.
    calibration : DataFrame
        Rows in ten bands of equal size by predicted rate (fewer where many are alike): ``band,
        n_units, n_rows, rate_fitted, rate_observed`` (fractions) and ``statistic``, their
        difference in standard errors clustered by person.
    """

    calibration: pd.DataFrame
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_units", derived=("statistic", "notice", "sentence"), variable=None),
        Rule(
            "calibration",
            count="n_units",
            derived=("n_rows", "rate_fitted", "rate_observed", "statistic"),
            variable=None,
        ),
    )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The findings in words, what needs a look first."""
        rows = self.table.sort_values("notice", ascending=False, kind="stable")
        return tuple(rows["sentence"])

    @property
    def ok(self) -> bool:
        """Whether nothing needs a look."""
        return bool((self.table["notice"] == "fine").all())


@dataclass(frozen=True)
class Words:
    """What the two outcomes of a row are called.

    Attributes
    ----------
    kinds, counted : pair of str
        Of a row ("attended", "missed"), and of many.
    enough : str
        That every group has so many of either.
    of_rows : bool
        Whether rows of one person may lean on one another.
    """

    kinds: tuple[str, str] = ("attended", "missed")
    counted: tuple[str, str] = ("attendances", "absences")
    enough: str = "Every group came at least {0} times and missed at least {0}."
    of_rows: bool = True


#: Of a hazard, whose rows are meetings up to the last.
STOPPING = Words(
    kinds=("the last", "not the last"),
    counted=("last times", "times that were not the last"),
    enough="In every group at least {0} stopped, and at least {0} times somebody went on.",
    of_rows=False,
)


@dataclass(frozen=True)
class Scores:
    """What the checks are worked out from.

    Attributes
    ----------
    design : array of shape (patterns, terms)
        Slope of the rate over its standard deviation: the design, weighted.
    trials, came, rates, spread : arrays of shape (patterns,)
        Person-meetings, attendances, predicted rate and variance of one of them.
    """

    design: Floats
    trials: Floats
    came: Floats
    rates: Floats
    spread: Floats


def checked(fit: Fit) -> FitCheck:
    """What `Fit.check` gives."""
    scores = _scores(fit)
    calibration = _calibration(fit, scores)
    rows = [
        *_separation(fit, scores),
        _events(fit, scores),
        *_collinearity(fit, scores),
        _dispersion(fit, scores),
        _influence(fit, scores),
        _calibrated(fit, calibration),
        _unseen(fit, scores),
    ]
    columns = ["check", "subject", "n_units", "statistic", "notice", "sentence"]
    table = pd.DataFrame([row for row in rows if row is not None], columns=columns)
    return FitCheck(table, calibration=calibration)


Row = tuple[str, str, int, float, str, str]


def _notice(look: bool) -> str:
    return "look" if look else "fine"


def _scores(fit: Fit) -> Scores | None:
    """Slopes and variances; None of a model whose variance does not follow from its rate."""
    basis = fit.basis
    if basis.variance is None:
        return None
    rates, slope = basis.respond(basis.encode(basis.patterns), basis.parameters)
    spread = basis.variance(rates)
    own = slope[:, : len(fit.table)] / np.sqrt(spread)[:, None]
    came = basis.each * basis.people.totals(basis.people.successes)
    return Scores(own, basis.weights, came, rates, spread)


def _separation(fit: Fit, scores: Scores | None) -> Iterator[Row]:
    """Groups of which hardly anybody came, or hardly anybody did not."""
    if scores is None or fit.basis.scale != "fraction":
        return
    found = False
    for name in fit.basis.levels:
        numbers = fit.basis.patterns.groupby(name, observed=True)
        for level, places in numbers.indices.items():
            asked, came = scores.trials[places].sum(), scores.came[places].sum()
            if min(came, asked - came) >= FEW:
                continue
            found = True
            mask = np.isin(np.arange(len(scores.trials)), places)[:, None]
            people = int(fit.basis.people.with_any(mask)[0])
            kind = fit.words.kinds[int(came >= asked - came)]
            number = min(came, asked - came)
            yield (
                "separation", f"{name} '{level}'", people, float(number), "look",
                f"Of {name} '{level}' only {number:,.0f} of {asked:,.0f} person-meetings were "
                f"{kind}: near to separation, so that its odds ratio is hardly known.",
            )  # fmt: skip
    if not found:
        yield (
            "separation", "all groups", fit.n_units, 0.0, "fine",
            fit.words.enough.format(FEW),
        )  # fmt: skip


def _events(fit: Fit, scores: Scores | None) -> Row | None:
    """Attendances, or absences if fewer, for each term."""
    if scores is None or fit.basis.scale != "fraction":
        return None
    came, missed = scores.came.sum(), (scores.trials - scores.came).sum()
    terms = len(fit.table) - int("Intercept" in set(fit.table["term"]))
    if not terms:
        return None
    each = float(min(came, missed) / terms)
    rarer = fit.words.counted[int(came > missed)]
    look = each < PER_TERM
    told = "few, so that estimates lie too far from nought" if look else "enough"
    return (
        "events per term", "the model", fit.n_units, each, _notice(look),
        f"There are {each:,.0f} {rarer} for each term, which is {told}.",
    )  # fmt: skip


def _collinearity(fit: Fit, scores: Scores | None) -> Iterator[Row]:
    terms = list(fit.table["term"])
    covariance = fit.basis.covariance[: len(terms), : len(terms)]
    if scores is not None:
        # Errors that are clustered would mix what people share into what terms share.
        information = (scores.design * scores.trials[:, None]).T @ scores.design
        covariance = np.asarray(np.linalg.pinv(information), dtype=float)
    for name, (factor, columns) in inflation(terms, covariance).items():
        wider = float(factor ** (1 / (2 * columns)))
        look = wider > INFLATED
        told = "it can hardly be told from the other factors" if look else "it stands on its own"
        people = int(fit.table["n_units"].iloc[blocks_of(terms)[name]].min())
        yield (
            "collinearity", name, people, wider, _notice(look),
            f"Limits of {name} are {wider:.1f} times as wide as if it went with nothing else: "
            f"{told}.",
        )  # fmt: skip
    if scores is None:
        return
    number = condition_number(scores.design, scores.trials)
    look = number > ILL_CONDITIONED
    yield (
        "collinearity", "the model", fit.n_units, number, _notice(look),
        f"The condition number of the terms is {number:,.1f}; above {ILL_CONDITIONED:.0f} "
        "would be much.",
    )  # fmt: skip


def _dispersion(fit: Fit, scores: Scores | None) -> Row | None:
    """How much more people vary than their meetings would by chance."""
    people = fit.basis.people
    free = people.n_people - len(fit.table)
    if scores is None or free < 1:
        return None
    if not fit.unit:
        return _without_people(fit)
    expected = np.bincount(people.profile, people.trials * scores.rates[people.pattern])
    chance = np.bincount(people.profile, people.trials * scores.spread[people.pattern])
    came = np.bincount(people.profile, people.successes)
    ratio = float(people.units @ ((came - expected) ** 2 / chance)) / free
    look = ratio > DISPERSED and not fit.copes
    told = (
        "their standard errors must be clustered, or each given an intercept" if look
        else "which the standard errors allow for" if ratio > DISPERSED
        else "as if their meetings were independent"
    )  # fmt: skip
    return (
        "dispersion", "the model", people.n_people, ratio, _notice(look),
        f"People's attendances vary {ratio:.1f} times as much as chance would have it: {told}.",
    )  # fmt: skip


def _without_people(fit: Fit) -> Row | None:
    """What is known of dispersion where rows are not told to be of one person."""
    counts = getattr(fit, "dispersion", None)
    if counts is not None:
        allowed = ", which robust errors allow for" if counts > DISPERSED else ""
        return (
            "dispersion", "the model", fit.n_units, float(counts), "fine",
            f"Counts vary {counts:.1f} times as much as Poisson counts would{allowed}.",
        )  # fmt: skip
    if not fit.words.of_rows:
        return None
    return (
        "dispersion", "the model", fit.n_units, np.nan, "fine",
        "Without unit= nothing can be told of how much people vary, nor of what one of them "
        "decides.",
    )  # fmt: skip


def _influence(fit: Fit, scores: Scores | None) -> Row | None:
    """The largest change that one person makes; who it is stays unsaid."""
    errors = fit.table["std_error"].to_numpy(dtype=float)
    if scores is None or not fit.unit or not (errors > 0).all():
        return None
    reach = float(stats.norm.ppf(0.5 + fit.confidence / 2))
    found = fit._influence(errors, reach)
    # Whether the odds of the reference are even is nobody's question.
    found.decisive[fit.table["term"].eq("Intercept").to_numpy()] = False
    worst = int(np.abs(found.changes).argmax())
    term, change = str(fit.table["term"].iloc[worst]), float(abs(found.changes[worst]))
    decided = list(fit.table["term"][found.decisive])
    look = change > 1 or bool(decided)
    how = (
        f"{term} rests on one person, without whom it has no finite estimate."
        if np.isinf(change)
        else f"With any one person left out {term} moves by at most {change:.2f} of its standard "
        "errors, the most of all terms."
    )
    holds = "holds" if len(decided) == 1 else "hold"
    which = f"the interval{'s' * (len(decided) > 1)} of {listed(decided)}"
    told = f" One person decides whether {which} {holds} no effect."
    return (
        "influence", term, int(fit.table["n_units"].iloc[worst]), change, _notice(look),
        f"{how}{told if decided else ''}",
    )  # fmt: skip


def _calibration(fit: Fit, scores: Scores | None) -> pd.DataFrame:
    """Predicted and observed rates in tenths of the rows, by predicted rate."""
    columns = ["band", "n_units", "n_rows", "rate_fitted", "rate_observed", "statistic"]
    if scores is None or fit.basis.scale != "fraction":
        return pd.DataFrame({name: [] for name in columns})
    basis, people = fit.basis, fit.basis.people
    order = np.argsort(scores.rates, kind="stable")
    # People with one pattern stay together: a band ends with the pattern that crosses its end.
    middle = np.cumsum(scores.trials[order]) - scores.trials[order] / 2
    band = np.empty(len(order), dtype=np.int64)
    band[order] = np.floor(BANDS * middle / scores.trials.sum()).astype(np.int64)
    masks = band[:, None] == np.unique(band)
    residuals = basis.each[people.pattern] * (
        people.successes - people.trials * scores.rates[people.pattern]
    )
    gaps = np.asarray(people.spread(residuals) @ masks.astype(float))
    errors = np.sqrt(people.units @ gaps**2)
    total, came = scores.trials @ masks, scores.came @ masks
    expected = (scores.trials * scores.rates) @ masks
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(errors > 0, (came - expected) / errors, 0.0)
    rows = (scores.trials / basis.each) @ masks
    return pd.DataFrame(
        {
            "band": [f"{number + 1} of {masks.shape[1]}" for number in range(masks.shape[1])],
            "n_units": people.with_any(masks),
            "n_rows": np.rint(rows).astype(np.int64),
            "rate_fitted": expected / total,
            "rate_observed": came / total,
            "statistic": statistic,
        }
    )[columns]


def _calibrated(fit: Fit, calibration: pd.DataFrame) -> Row | None:
    if calibration.empty:
        return None
    worst = calibration.iloc[int(calibration["statistic"].abs().argmax())]
    far = float(worst["statistic"])
    look = abs(far) > FAR
    return (
        "calibration", f"band {worst['band']}", int(worst["n_units"]), far, _notice(look),
        f"Predicted and observed rates differ most in band {worst['band']} by predicted rate: "
        f"{worst['rate_fitted']:.1%} and {worst['rate_observed']:.1%}, "
        f"{abs(far):.1f} standard errors apart.",
    )  # fmt: skip


def _unseen(fit: Fit, scores: Scores | None) -> Row | None:
    if scores is not None:
        return None
    return (
        "influence", "the model", fit.n_units, 0.0, "fine",
        f"Of a model such as this ({fit.model}) only collinearity is looked at.",
    )  # fmt: skip
