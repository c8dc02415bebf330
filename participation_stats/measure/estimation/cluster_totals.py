"""Cluster totals: all that a linear estimate and its error need of any number of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from .designs import SurveyDesign
from .domains import Domains
from .stages import Stage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: The fields of `ClusterTotals` that add up over clusters.
SUMS = (
    "plain", "weight", "numerator", "denominator", "squares", "products", "denominator_squares",
    "weight_squares",
)  # fmt: skip

NONE = np.empty(0)
#: Rows whose products fit into a processor's cache.
STRETCH = 1 << 15


@dataclass(frozen=True, eq=False)
class ClusterTotals:
    """Weighted sums of a numerator and a denominator by cluster and domain.

    Only pairs of a cluster and a domain in which somebody with a weight answered are there.

    Attributes
    ----------
    stage : Stage
    size : int
        Number of domains.
    cluster, domain : arrays of int of shape (pairs,)
    n : array of shape (pairs,)
        Respondents.
    plain : array of shape (pairs,)
        Sum of y, not weighted: how many gave an answer that y marks. Empty where y marks none.
    weight, numerator, denominator : arrays of shape (pairs,)
        Sums of w, wy and wx; x is 1 for means and totals.
    squares, products, denominator_squares : arrays of shape (pairs,)
        Sums of wy², wyx and wx².
    weight_squares : array of shape (pairs,)
        Sum of w², for limits where everybody or nobody gave an answer. Empty with `plain`.
    regressed : pair of arrays of shape (auxiliaries, domains), or None
        Regressions of y and of x within the domain on what weights were fitted to.
    """

    stage: Stage
    size: int
    cluster: Ints
    domain: Ints
    n: Ints
    plain: Floats
    weight: Floats
    numerator: Floats
    denominator: Floats
    squares: Floats
    products: Floats
    denominator_squares: Floats
    weight_squares: Floats
    regressed: tuple[Floats, Floats] | None = None

    def by_domain(self, pairs: Floats | Ints) -> Floats:
        """Sums over clusters of values of shape (pairs,)."""
        return sums_by(self.domain, pairs, self.size)

    def spread(self, pairs: Floats) -> sparse.csr_array:
        """Values of shape (pairs,) as a sparse array of shape (clusters, domains)."""
        shape = (len(self.stage.stratum), self.size)
        return sparse.csr_array(sparse.coo_array((pairs, (self.cluster, self.domain)), shape=shape))

    def merged(self) -> ClusterTotals:
        """All domains as one."""
        used = np.bincount(self.cluster, minlength=len(self.stage.stratum)) > 0
        places, at = np.flatnonzero(used), (np.cumsum(used) - 1)[self.cluster]
        given = {name: getattr(self, name) for name in SUMS}
        values = {
            name: sums_by(at, pairs, len(places)) if len(pairs) else pairs
            for name, pairs in given.items()
        }
        regressed = self.regressed
        if regressed is not None:
            regressed = tuple(part.sum(axis=1, keepdims=True) for part in regressed)
        return ClusterTotals(
            self.stage,
            1,
            places,
            np.zeros(len(places), dtype=np.int64),
            sums_by(at, self.n, len(places)).astype(np.int64),
            **values,
            regressed=regressed,
        )

    def clusters(self) -> Ints:
        """Clusters in which somebody of each domain answered."""
        return np.bincount(self.domain, minlength=self.size).astype(np.int64)

    def degrees_freedom(self) -> Ints:
        """Clusters less strata in which somebody of each domain answered."""
        strata = len(self.stage.drawn)
        layers = self.domain * strata + self.stage.stratum[self.cluster]
        if self.size * strata <= 4 * len(layers) + 100_000:
            met = np.flatnonzero(np.bincount(layers))
        else:
            met = np.unique(layers)
        return self.clusters() - np.bincount(met // strata, minlength=self.size)


def cluster_totals(
    design: SurveyDesign,
    domains: Domains,
    answered: Flags,
    numerator: Floats,
    denominator: Floats | None = None,
    *,
    marked: bool = True,
) -> ClusterTotals:
    """Sum rows to clusters and domains.

    Parameters
    ----------
    design : SurveyDesign
    domains : Domains
    answered : array of bool of shape (rows,)
        Rows that count; those of weight 0 never do.
    numerator, denominator : arrays of shape (rows,)
        Not weighted. No denominator is 1 for everybody.
    marked : bool
        Whether the numerator marks an answer; of other numbers two sums less are needed.
    """
    used = answered & (design.weights != 0)
    every = bool(used.all())
    rows = slice(None) if every else np.flatnonzero(used)
    domain, cluster = domains.codes[rows], design.cluster[rows]
    weight, y = design.weights[rows], numerator[rows]
    x = None if denominator is None else denominator[rows]
    if "clusters" in design.stated:
        pair, known = _pairs(cluster, domain, design.n_clusters, domains.size)
        n, held = _paired(pair, len(known), weight, y, x, marked)
        kept = np.flatnonzero(n)
        cluster, domain, n = known[kept] // domains.size, known[kept] % domains.size, n[kept]
        held = {name: sums[kept] for name, sums in held.items()}
    else:
        n, held = np.ones(len(cluster)), _weighted(weight, y, x, marked)
    # Without a denominator x is 1 for everybody.
    spared = {"denominator": "weight", "products": "numerator", "denominator_squares": "weight"}
    sums = {name: held.get(name, held.get(spared.get(name, ""), NONE)) for name in SUMS}
    return ClusterTotals(
        design.stage,
        domains.size,
        cluster,
        domain,
        n.astype(np.int64),
        **sums,
        regressed=_regressed(design, domains, used, numerator, denominator),
    )


def _weighted(weight: Floats, y: Floats, x: Floats | None, marked: bool) -> dict[str, Floats]:
    """What is summed, row by row."""
    wy = weight * y
    out = {"weight": weight, "numerator": wy, "squares": wy * y}
    if x is not None:
        wx = weight * x
        out |= {"denominator": wx, "products": wy * x, "denominator_squares": wx * x}
    if marked:
        out |= {"plain": y, "weight_squares": weight * weight}
    return out


def _paired(
    pair: Callable[[slice], Ints],
    size: int,
    weight: Floats,
    y: Floats,
    x: Floats | None,
    marked: bool,
) -> tuple[Floats, dict[str, Floats]]:
    """Rows and sums of each pair, a stretch of rows at a time, so that products stay in cache."""
    n, held = np.zeros(size), dict[str, Floats]()
    step = max(STRETCH, 4 * size)
    for start in range(0, max(len(weight), 1), step):
        rows = slice(start, start + step)
        places = pair(rows)
        values = _weighted(weight[rows], y[rows], None if x is None else x[rows], marked)
        n += np.bincount(places, minlength=size)
        for name, value in values.items():
            found = sums_by(places, value, size)
            held[name] = held[name] + found if start else found
    return n, held


def _regressed(
    design: SurveyDesign,
    domains: Domains,
    used: Flags,
    numerator: Floats,
    denominator: Floats | None,
) -> tuple[Floats, Floats] | None:
    if design.adjustment is None:
        return None
    rows = np.flatnonzero(used)
    places, shape = (rows, domains.codes[rows]), (design.n, domains.size)
    ones = np.ones(len(rows))
    y, x = numerator[rows], ones if denominator is None else denominator[rows]
    top = design.adjustment.slopes(sparse.csr_array(sparse.coo_array((y, places), shape=shape)))
    bottom = design.adjustment.slopes(sparse.csr_array(sparse.coo_array((x, places), shape=shape)))
    return top, bottom


def sums_by(codes: Ints, values: Floats | Ints, size: int) -> Floats:
    """Sums of values by their codes."""
    sums: Floats = np.bincount(codes, weights=values, minlength=size).astype(float, copy=False)
    return sums


def _pairs(
    cluster: Ints, domain: Ints, clusters: int, domains: int
) -> tuple[Callable[[slice], Ints], Ints]:
    """Number of the pair of cluster and domain of some rows, and what each number stands for."""

    def joined(rows: slice) -> Ints:
        return cluster[rows] * domains + domain[rows]

    if clusters * domains <= 4 * len(cluster) + 100_000:
        return joined, np.arange(clusters * domains, dtype=np.int64)
    # Too many places for a table of all: the ones in use are looked up.
    found, known = pd.factorize(joined(slice(None)))
    return found.__getitem__, known
