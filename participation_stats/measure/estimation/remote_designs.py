"""Designs whose rows stay where they are: a lazy frame or a file, summed to clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.moments import SUMS, column_kinds, group_ranges, moments
from participation_stats.measure.tallies import gathered

from .answers import read_answers
from .blocks import Blocks, kind_of
from .cluster_totals import ClusterTotals, sums_by
from .designs import SurveyDesign
from .domains import read_domains
from .linear_statistics import linear_estimates
from .questions import WHERE, Question
from .stages import WHERE as DESIGN
from .stages import (
    Lonely,
    Stage,
    drawn_fractions,
    first_stage,
    refuse_lonely,
)

Ints = npt.NDArray[np.int64]
_KEPT = tuple(name for name in SUMS if name != "_sampled")


@dataclass(frozen=True, eq=False, repr=False)
class RemoteDesign(SurveyDesign):
    """A design of which only clusters are held; made by `survey_design` from a lazy frame.

    ``frame`` has its columns and no rows, and ``weights`` and ``cluster`` are empty.

    Attributes
    ----------
    source : frame, str or Path
    groups : DataFrame
        One row per cluster: its columns, then counts and ranges of weights.
    given : mapping of str to object
        What `survey_design` was given, to state the same of rows brought here.
    """

    source: Any = field(default=None)
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """The columns that name a cluster."""
        return [name for name in self.groups.columns if not name.startswith("_")]

    @cached_property
    def n(self) -> int:
        """Respondents."""
        return int(self.groups["_rows"].sum())

    @property
    def degrees_freedom(self) -> int:
        """Clusters less strata, of those in which somebody has a weight that is not 0."""
        used = np.bincount(self.groups["_cluster"], weights=self.groups["_weighted"]) > 0
        return int(used.sum()) - len(np.unique(self.stage.stratum[used]))

    @cached_property
    def design_effect(self) -> float:
        """Kish's design effect of the weights alone, 1 + CV²(w)."""
        total = float(self.groups["_weight"].sum())
        return self.n * float(self.groups["_weight_squares"].sum()) / total**2

    @property
    def weight_range(self) -> tuple[float, float]:
        """The smallest and the largest weight."""
        return float(self.groups["_weight_low"].min()), float(self.groups["_weight_high"].max())

    def in_memory(self, columns: Sequence[str]) -> SurveyDesign:
        """The same design over rows brought here, with these columns."""
        from .surveys import survey_design

        own = [self.given["weights"], *self.keys, self.given["fpc"]]
        names = [*dict.fromkeys([*columns, *(name for name in own if name is not None)])]
        return survey_design(gathered(self.source, DESIGN, names), **self.given)

    def clusters_of(self, small: pd.DataFrame) -> Ints:
        """Number of the cluster of each row of a small frame with the columns of `keys`."""
        known = pd.MultiIndex.from_frame(self.groups[self.keys])
        place = known.get_indexer(pd.MultiIndex.from_frame(small[self.keys]))
        return self.groups["_cluster"].to_numpy(dtype=np.int64)[place]


def remote_design(
    source: Any,
    weights: str | None,
    strata: Sequence[str],
    clusters: str,
    fpc: str | None,
    lonely: Lonely,
    nest: bool,
    stated: dict[str, str],
) -> RemoteDesign:
    """Read the clusters of a lazy frame in one pass.

    Raises
    ------
    InputError
        As `survey_design`.
    """
    keys = [*dict.fromkeys([*strata, clusters])]
    groups = group_ranges(source, keys, weights, fpc, DESIGN)
    groups = groups.sort_values(keys, kind="stable").reset_index(drop=True)
    _check(groups, weights, fpc)
    layer, names, cluster, stratum = first_stage(groups, strata, clusters, nest=nest)
    drawn = np.bincount(stratum, minlength=len(names))
    size = None if fpc is None else fpc
    sized = groups if fpc is None else groups.assign(**{fpc: groups["_size_low"]})
    fraction = drawn_fractions(sized, size, layer, drawn)
    if lonely == "fail":
        refuse_lonely(drawn, fraction, names)
    empty = pd.DataFrame(columns=list(column_kinds(source, DESIGN)))
    given = {
        "weights": weights, "strata": list(strata) or None, "clusters": clusters, "fpc": fpc,
        "lonely": lonely, "nest": nest,
    }  # fmt: skip
    return RemoteDesign(
        empty,
        np.empty(0),
        np.empty(0, dtype=np.int64),
        Stage(stratum, drawn, fraction, lonely, names),
        stated,
        None,
        source,
        groups.assign(_cluster=cluster),
        given,
    )


def _check(groups: pd.DataFrame, weights: str | None, fpc: str | None) -> None:
    if not len(groups):
        raise InputError(
            "the frame has no rows", where=DESIGN, expected="one row per respondent", got="none"
        )
    bad = int(groups["_bad"].sum())
    if bad:
        raise InputError(
            f"{bad:,} of {int(groups['_rows'].sum()):,} weights are missing, negative or infinite",
            where=DESIGN,
            expected="a finite weight of 0 or more for everybody",
            got=f"such weights in '{weights}'",
            hint="a missing weight is not 1: leave the row out, or give it the weight 0",
        )
    if not groups["_weight"].sum() > 0:
        raise InputError("every weight is 0", where=DESIGN, expected="weights above 0", got="zeros")
    if (groups["_size_low"] != groups["_size_high"]).any() or groups["_unsized"].any():
        raise InputError(
            f"'{fpc}' is not one positive number in each stratum",
            where=DESIGN,
            expected="the number of first-stage units in the stratum, or the fraction drawn",
            got="missing or several values in a cluster",
        )


def remote_blocks(design: RemoteDesign, question: Question) -> Blocks:
    """Estimate from sums over clusters and domains, made where the rows are.

    Raises
    ------
    InputError
        If a column does not hold what it should.
    """
    kind = kind_of(question)
    words = _in_words(design, question)
    keys = [*dict.fromkeys([*design.keys, *question.by, *([question.value] if words else [])])]
    small = moments(
        design.source,
        keys,
        design.given["weights"],
        None if words else question.value,
        question.denominator,
        WHERE,
    )
    domains = read_domains(small, question.by)
    cluster = design.clusters_of(small)
    sampled = sums_by(domains.codes, small["_sampled"].to_numpy(dtype=float), domains.size)
    if not words:
        held = _totals(design.stage, domains.size, cluster, domains.codes, small)
        return Blocks(domains.table, [""], [linear_estimates(held, kind)], sampled, False)
    answers = read_answers(small, question.value, question.answer, WHERE)
    blocks = []
    for column in answers.columns:
        known = small[answers.answered].assign(
            **{name: small[source] * column for name, source in _MARKED.items()}
        )
        rows = np.flatnonzero(answers.answered)
        held = _totals(design.stage, domains.size, cluster[rows], domains.codes[rows], known)
        blocks.append(linear_estimates(held, kind))
    return Blocks(domains.table, answers.labels, blocks, sampled, kind == "mean")


#: What an answer of 0 or 1 makes of the sums of those who gave it.
_MARKED = {"_plain": "_n", "_numerator": "_weight", "_squares": "_weight", "_products": "_weight"}


def _totals(
    stage: Stage, size: int, cluster: Ints, domain: Ints, small: pd.DataFrame
) -> ClusterTotals:
    """Sums of a small frame by cluster and domain; pairs in which nobody counts are left out."""
    some = small["_n"].to_numpy() > 0
    pair, places = pd.factorize(cluster[some] * size + domain[some], sort=True)
    sums = {
        name[1:]: sums_by(pair, small[name].to_numpy(dtype=float)[some], len(places))
        for name in _KEPT
    }
    n = sums.pop("n").astype(np.int64)
    return ClusterTotals(stage, size, places // size, places % size, n, **sums, regressed=None)


def _in_words(design: RemoteDesign, question: Question) -> bool:
    """Whether the value is read as answers: words, truth values, or numbers asked for as such."""
    if question.statistic == "ratio":
        return False
    kind = column_kinds(design.source, WHERE)[question.value]
    if kind in (nw.String, nw.Categorical, nw.Enum, nw.Boolean):
        return True
    if question.statistic == "proportion":
        return True
    if question.answer is not None or not kind.is_numeric():
        raise InputError(
            f"'{question.value}' is not a column of words"
            if question.answer is not None
            else f"'{question.value}' is not a column of numbers",
            where=WHERE,
            expected="words, or statistic='proportion'"
            if question.answer is not None
            else "numbers, or words with statistic='proportion'",
            got=f"a column of kind {kind}",
        )
    return False
