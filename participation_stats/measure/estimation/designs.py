"""A survey's design: who stands for how many, drawn from what, in which clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from participation_stats.cards import Card
from participation_stats.errors import InputError, named_kind
from participation_stats.measure.results import number_of

from .adjustments import Adjustment, scaled_rows
from .stages import Stage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class SurveyDesign(Card):
    """A frame of answers with the way in which they were drawn; made by `survey_design`.

    Attributes
    ----------
    frame : DataFrame
        One row per respondent.
    weights : array of shape (rows,)
        The people each respondent stands for, or proportional to it.
    cluster : array of int of shape (rows,)
        The first-stage cluster of each row; without clusters every row is one.
    stage : Stage
        Stratum of each cluster, clusters drawn and share drawn in each stratum, lonely rule.
    stated : mapping of str to str
        What was given, by argument: the name of the column, or how it was given.
    adjustment : Adjustment or None
        What weights were fitted to, where they were.
    """

    frame: pd.DataFrame
    weights: Floats
    cluster: Ints
    stage: Stage
    stated: Mapping[str, str]
    adjustment: Adjustment | None = field(default=None)

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.weights)

    @property
    def n_clusters(self) -> int:
        """First-stage clusters; as many as respondents where there are no clusters."""
        return len(self.stage.stratum)

    @property
    def n_strata(self) -> int:
        """Strata; 1 where there are none."""
        return len(self.stage.drawn)

    @property
    def degrees_freedom(self) -> int:
        """Clusters less strata, of those in which somebody has a weight that is not 0."""
        return self.degrees_within(self.weights != 0)

    def degrees_within(self, mask: npt.NDArray[np.bool_]) -> int:
        """Clusters less strata in which somebody of a domain (a mask of rows) is."""
        used = np.zeros(self.n_clusters, dtype=bool)
        used[self.cluster[mask & (self.weights != 0)]] = True
        return int(used.sum()) - len(np.unique(self.stage.stratum[used]))

    @cached_property
    def auxiliary_totals(self) -> sparse.csr_array | None:
        """Weighted cluster totals of what weights were fitted to, (clusters, columns)."""
        if self.adjustment is None:
            return None
        weighted = scaled_rows(self.adjustment.auxiliaries, self.weights)
        if "clusters" not in self.stated:
            return weighted
        shape = (self.n_clusters, self.n)
        within = sparse.csr_array(
            sparse.coo_array((np.ones(self.n), (self.cluster, np.arange(self.n))), shape=shape)
        )
        return sparse.csr_array(within @ weighted)

    @cached_property
    def design_effect(self) -> float:
        """Kish's design effect of the weights alone, 1 + CV²(w)."""
        return float(self.n * (self.weights @ self.weights) / self.weights.sum() ** 2)

    @property
    def effective_n(self) -> float:
        """Respondents over Kish's design effect."""
        return self.n / self.design_effect

    @property
    def weight_range(self) -> tuple[float, float]:
        """The smallest and the largest weight."""
        return float(self.weights.min()), float(self.weights.max())

    def in_memory(self, columns: Sequence[str]) -> SurveyDesign:
        """The design over rows held here; itself, unless its rows are elsewhere."""
        return self

    def describe(self) -> str:
        """A sentence for the methods section of a report."""
        parts = [number_of(self.n, "respondent")]
        if "clusters" in self.stated:
            parts.append(f"in {number_of(self.n_clusters, 'cluster')} ({self.stated['clusters']})")
        if "strata" in self.stated:
            parts.append(
                f"from {number_of(self.n_strata, 'stratum', 'strata')} ({self.stated['strata']})"
            )
        if "weights" in self.stated:
            low, high = self.weight_range
            parts.append(
                f"with weights from {low:.3g} to {high:.3g} ({self.stated['weights']}; Kish's "
                f"design effect {self.design_effect:.2f}, effective n {self.effective_n:,.0f})"
            )
        return " ".join([" ".join(parts) + ".", *self._remarks()])

    def _remarks(self) -> list[str]:
        told = []
        if self.stage.fraction.any():
            told.append("Variances allow for the share of the population that was drawn.")
        if self.adjustment is not None:
            told.append(
                f"Standard errors know that the weights were fitted ({self.adjustment.told})."
            )
        alone = int((self.stage.drawn == 1).sum())
        which = f"{number_of(alone, 'stratum', 'strata')} with one cluster"
        if alone and self.stage.lonely == "centre":
            told.append(f"For {which} variances have its distance from the mean of all clusters.")
        if alone and self.stage.lonely == "certainty":
            told.append(f"Variances have nothing from {which}.")
        return told

    def __repr__(self) -> str:
        return f"SurveyDesign: {self.describe()}"


def require_design(design: object, where: str, *, replicates: bool = False) -> None:
    """Refuse what is no design.

    Parameters
    ----------
    design : object
    where : str
    replicates : bool
        Whether a design with replicates would have done too, to be told so.

    Raises
    ------
    InputError
    """
    if isinstance(design, SurveyDesign):
        return
    kind = type(design).__name__
    raise InputError(
        f"this is {named_kind(design)}, not a design",
        where=where,
        expected="what ps.survey_design " + ("or ps.survey_replicates " * replicates) + "gives",
        got=kind,
        # Of replicates the design that they were made from.
        hint="give its .design"
        if isinstance(getattr(design, "design", None), SurveyDesign)
        else "",
    )
