"""The results: estimates by domain, and differences between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from participation_stats.measure.results import Result, Rule, number_of

from .contrasts import Joint, comparable, contrast_table

Floats = npt.NDArray[np.float64]

_DERIVED = (
    "n", "share_missing", "estimate", "std_error", "conf_low", "conf_high", "design_effect",
    "degrees_freedom", "note",
)  # fmt: skip
_COMPARED = (
    "n", "estimate", "std_error", "statistic", "degrees_freedom", "p_value", "p_adjusted",
    "conf_low", "conf_high", "note",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Differences(Result):
    """Differences between domains, with the covariance of their estimates.

    Attributes
    ----------
    table : DataFrame
        ``variable, category, reference``, for proportions ``answer``, then ``n`` and
        ``n_smallest`` (of the smaller of the two), ``estimate`` (the former less the latter),
        ``std_error, conf_low, conf_high, statistic`` (t), ``degrees_freedom`` (of the domain that
        has fewer), ``p_value, p_adjusted`` and ``note`` (why a number is missing).
    statistic, value, by : str
        What was compared.
    confidence : float
    adjust : str
        How ``p_adjusted`` was.
    """

    statistic: str
    value: str
    by: str
    confidence: float
    adjust: str
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_smallest", derived=_COMPARED, margin=("variable",)),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Estimates(Result):
    """Design-based estimates by domain.

    Attributes
    ----------
    table : DataFrame
        The domain's columns with ``variable`` and ``category`` (not without `by`); ``answer``
        (proportions, totals of words) or ``quantile`` (its share); ``n`` (respondents behind the
        number, not weighted); ``share_missing`` (of the domain's respondents, not weighted);
        ``estimate, std_error, conf_low, conf_high``; ``design_effect`` (variance over that of a
        simple random sample of n drawn with replacement; not for quantiles);
        ``degrees_freedom`` (clusters less strata in which somebody of the domain answered);
        ``note`` (why a number is missing); and ``n_smallest`` (n, or for answers the fewest
        respondents in or out of one), by which disclosure control goes.
    statistic, value, by : str
        What was estimated, of what, by what; `by` is empty without domains.
    n, n_missing : int
        Respondents who answered, and who did not; those of weight 0 are in neither.
    confidence : float
        Level of the intervals.
    interval, errors : str
        How limits and standard errors were made.
    design : str
        The design in a sentence.
    """

    statistic: str
    value: str
    by: str
    n: int
    n_missing: int
    confidence: float
    interval: str
    errors: str
    design: str
    joint: Joint | None = field(repr=False)
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="n_smallest", derived=_DERIVED, margin=("variable",)),
    )

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates, rows in the order of the table; missing for quantiles."""
        rows = len(self.table)
        if self.joint is None:
            return np.full((rows, rows), np.nan)
        return self.joint.covariance[:rows, :rows]

    def differences(self, reference: object = None, *, adjust: str = "holm") -> Differences:
        """Each domain less a reference, with the covariance of the two.

        Parameters
        ----------
        reference : optional
            A category; or ``"overall"`` for the estimate of everybody. Default: the first.
        adjust : {"holm", "none"}
            Adjustment of p-values within each answer.

        Returns
        -------
        Differences
            Degrees of freedom are those of the domain that has fewer.

        Raises
        ------
        InputError
            If there are no domains, estimates are quantiles, the reference is none of the
            domains, or the adjustment is not known.

        Examples
        --------
        >>> import participation_stats as ps
        >>> survey = ps.load_example("st_marys").tables["estate_survey"]
        >>> design = ps.survey_design(
        ...     survey, weights="weight", strata="stratum", clusters="cluster"
        ... )
        >>> found = ps.survey_estimate(design, "can_influence", by="gender")
        >>> found.differences("Male").table[["category", "reference", "estimate"]].round(3)
             category reference  estimate
        0      Female      Male    -0.172
        1  Not stated      Male    -0.306
        """
        joint = comparable(self.table, self.joint, adjust)
        table = contrast_table(self.table, joint, reference, adjust, self.confidence)
        return Differences(
            table,
            statistic=self.statistic,
            value=self.value,
            by=self.by,
            confidence=self.confidence,
            adjust=adjust,
        )

    def describe(self) -> str:
        """A paragraph for the methods section of a report."""
        asked = self.n + self.n_missing
        by = f" by {self.by}" if self.by else ""
        parts = [
            f"{self.statistic.capitalize()} of {self.value}{by}, weighted to the design; "
            f"{self.confidence:.0%} intervals ({self.interval}); standard errors by {self.errors}."
        ]
        if self.n_missing:
            parts.append(
                f"{self.n:,} of {number_of(asked, 'respondent')} answered; the "
                f"{self.n_missing / asked:.1%} who did not are left out (available cases)."
            )
        return " ".join([*parts, self.design])
