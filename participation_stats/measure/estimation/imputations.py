"""Missing answers drawn several times over, so that estimates know what is not known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import InputError
from participation_stats.measure.results import listed

from .designs import SurveyDesign, require_design
from .domains import By
from .imputation_chains import run_chain
from .imputation_models import WHERE, Coded, code_item, predictors, refuse_few
from .imputed_estimates import ImputedEstimates, combine
from .intervals import Interval
from .questions import Statistic
from .survey_estimates import survey_estimate
from .surveys import require_column

#: Donors of an answer.
DONORS = 5


@dataclass(frozen=True, eq=False, repr=False)
class Imputations(Card):
    """A design with its missing answers drawn several times.

    Attributes
    ----------
    design : SurveyDesign
        As it was, with the gaps.
    designs : tuple of SurveyDesign
        The same with every gap filled, once for each imputation.
    items, using : tuple of str
        What was filled, and from what it was predicted (besides the items and the weights).
    cycles : int
        Rounds of the chained equations before each imputation.
    seed : str
        The seed in words.
    """

    design: SurveyDesign
    designs: tuple[SurveyDesign, ...]
    items: tuple[str, ...]
    using: tuple[str, ...]
    cycles: int
    seed: str

    def estimate(
        self,
        value: str,
        *,
        by: By = None,
        statistic: Statistic = "mean",
        answer: Any = None,
        denominator: str | None = None,
        interval: Interval | None = None,
        confidence: float = 0.95,
    ) -> ImputedEstimates:
        """Estimate from each filled survey by `survey_estimate`, and combine by Rubin's rules.

        Parameters
        ----------
        value, by, statistic, answer, denominator, confidence
            As in `survey_estimate`; quantiles are not combined.
        interval : {"t", "logit"}, optional
            Default: "logit" for proportions, else "t".

        Returns
        -------
        ImputedEstimates

        Raises
        ------
        InputError
            As in `survey_estimate`; or if the statistic is a quantile or limits are to be exact.
        """
        if statistic == "quantile" or interval == "beta":
            raise InputError(
                "quantiles and exact limits are not combined over imputations",
                where="Imputations.estimate",
                expected="means, proportions, totals or ratios, with limits by t or logit",
                got=f"statistic={statistic!r}, interval={interval!r}",
            )
        asked: dict[str, Any] = {
            "by": by,
            "statistic": statistic,
            "answer": answer,
            "denominator": denominator,
            "interval": interval,
            "confidence": confidence,
        }
        answered = survey_estimate(self.design, value, **asked)
        found = [survey_estimate(design, value, **asked) for design in self.designs]
        return combine(answered, found, self.describe())

    def describe(self) -> str:
        """A sentence for the methods section of a report."""
        gaps = "; ".join(
            f"{name}: {int(missing):,} of {self.design.n:,}"
            for name, missing in self.design.frame[list(self.items)].isna().sum().items()
        )
        others = ["the other items"] if len(self.items) > 1 else []
        given = listed([*others, *self.using, "the weights"])
        rounds = f", {self.cycles} rounds of chained equations each" if self.cycles > 1 else ""
        return (
            f"Missing answers ({gaps}) were imputed {len(self.designs)} times{rounds}, by "
            f"predictive mean matching with {DONORS} donors (statsmodels MICE) from {given}; "
            f"{self.seed}. Answers are taken to be missing at random among people alike in these."
        )

    def __repr__(self) -> str:
        return f"Imputations: {self.describe()}"


def survey_impute(
    design: SurveyDesign,
    items: str | Sequence[str],
    *,
    using: Sequence[str] = (),
    rng: int | np.random.Generator,
    n_imputations: int = 20,
    n_cycles: int = 10,
) -> Imputations:
    r"""Draw missing answers several times, for estimates that say what the gaps cost.

    Chained equations (statsmodels' MICE): each item is regressed on all others, on `using` and on
    the weights; parameters are drawn from their distribution, and a missing answer is that of one
    of five respondents whose prediction is nearest. A random column breaks ties, so that among
    many people alike any can be the donor. Each imputation is a chain of its own.

    Parameters
    ----------
    design : SurveyDesign
        From `survey_design`. Its rows, weights, strata and clusters stay as they are.
    items : str or sequence of str
        Columns to fill: numbers, two answers (yes and no), or ordered categories.
    using : sequence of str
        Columns that tell of the answer or of why it is missing: the groups reported by, strata,
        characteristics. Missing values in them are a group of their own.
    rng : int or Generator
        Seed, or a random generator.
    n_imputations : int
        At least 2; as many as the percentage missing is a good rule.
    n_cycles : int
        Rounds before each imputation, where several items have gaps.

    Returns
    -------
    Imputations
        With ``.estimate(value, by=…)``, and ``.designs`` for anything else.

    Raises
    ------
    InputError
        If `design` is none, a column is not there or in both lists, nobody answered an item, it
        has several answers without an order, or there are fewer than two imputations.
    EstimationError
        If an item has no more answers than it is predicted from columns.

    Notes
    -----
    What is not in the model is taken as unrelated: name in `using` every group that will be
    reported by, and what the sample was stratified by.

    References
    ----------
    Rubin, D. B. (1987), Multiple Imputation for Nonresponse in Surveys, Wiley. van Buuren, S. &
    Groothuis-Oudshoorn, K. (2011), mice, Journal of Statistical Software 45. Barnard, J. & Rubin,
    D. B. (1999), Biometrika 86, 948-955.

    Examples
    --------
    >>> import participation_stats as ps
    >>> survey = ps.load_example("st_marys").tables["estate_survey"]
    >>> design = ps.survey_design(survey, weights="weight", strata="stratum", clusters="cluster")
    >>> filled = survey_impute(design, "can_influence", using=["gender"], rng=1, n_imputations=5)
    >>> found = filled.estimate("can_influence")
    >>> found.table[["n", "share_missing"]].round(3)
         n  share_missing
    0  567          0.026
    """
    named = (items,) if isinstance(items, str) else tuple(dict.fromkeys(items))
    given = (using,) if isinstance(using, str) else tuple(dict.fromkeys(using))
    _check(design, named, given, n_imputations, n_cycles)
    # Whole, for what the filled answers will be grouped by is not known yet.
    design = design.in_memory(list(design.frame.columns))
    frame = design.frame
    coded = [code_item(frame[name]) for name in named]
    known = predictors(frame, given, design.weights)
    refuse_few(coded, known.shape[1])
    generator = np.random.default_rng(rng)
    gaps = sum(bool(np.isnan(item.numbers).any()) for item in coded)
    cycles = n_cycles if gaps > 1 else 1
    designs = tuple(
        dataclasses.replace(design, frame=_filled(frame, coded, known, cycles, generator))
        for _ in range(n_imputations)
    )
    seed = f"seed {rng}" if isinstance(rng, int | np.integer) else "a generator given by the caller"
    return Imputations(design, designs, named, given, cycles, seed)


def _filled(
    frame: pd.DataFrame,
    items: list[Coded],
    known: pd.DataFrame,
    cycles: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """The frame with every gap of the items filled, by a chain of its own."""
    if not any(np.isnan(item.numbers).any() for item in items):
        return frame
    data = known.assign(tie=generator.normal(size=len(frame)))
    for at, item in enumerate(items):
        data[f"item{at}"] = item.numbers
    donors = min(DONORS, *(int(np.isfinite(item.numbers).sum()) for item in items))
    filled = run_chain(data, cycles, donors, generator)
    return frame.assign(
        **{
            item.name: item.answers(filled[f"item{at}"].to_numpy(dtype=float), frame[item.name])
            for at, item in enumerate(items)
        }
    )


def _check(
    design: SurveyDesign,
    items: tuple[str, ...],
    using: tuple[str, ...],
    n_imputations: object,
    n_cycles: object,
) -> None:
    require_design(design, WHERE)
    for name in (*items, *using):
        require_column(name, list(design.frame.columns), WHERE)
    both = sorted(set(items) & set(using))
    if both or not items:
        raise InputError(
            f"'{both[0]}' is an item and in using=" if both else "no items",
            where=WHERE,
            expected="columns to fill, and others to predict them from",
            got=", ".join(both) or "none",
        )
    for argument, number, least in (("n_imputations", n_imputations, 2), ("n_cycles", n_cycles, 1)):
        if not isinstance(number, int | np.integer) or number < least:
            raise InputError(
                f"{argument} is too small or no whole number",
                where=WHERE,
                expected=f"{least} or more",
                got=repr(number),
            )
