"""Collinearity: which factors go together so closely that their effects are hard to tell apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from participation_stats.measure.engagement.people import Floats

INTERCEPT = "Intercept"


def blocks_of(terms: Sequence[str]) -> dict[str, list[int]]:
    """Columns that belong together: the levels of a factor, and factors that interact.

    Examples
    --------
    >>> blocks_of(["Intercept", "group[T.B]", "group[T.C]", "age"])
    {'group': [1, 2], 'age': [3]}
    >>> blocks_of(["Intercept", "format[T.informal]", "seat[T.yes]",
    ...            "format[T.informal]:seat[T.yes]", "age"])
    {'format × seat': [1, 2, 3], 'age': [4]}
    """
    factors = [_factors(term) for term in terms]
    owner: dict[str, frozenset[str]] = {}
    for names in factors:
        joined = names.union(*(owner.get(name, frozenset()) for name in names))
        owner |= dict.fromkeys(joined, joined)
    found: dict[str, list[int]] = {}
    for column, (term, names) in enumerate(zip(terms, factors, strict=True)):
        if term == INTERCEPT:
            continue
        block = owner[next(iter(names))]
        order = [name for name in dict.fromkeys(_listed(terms)) if name in block]
        found.setdefault(" × ".join(order), []).append(column)
    return found


def inflation(terms: Sequence[str], covariance: Floats) -> dict[str, tuple[float, int]]:
    r"""Generalised variance inflation factors, and the columns of each block.

    .. math:: \mathrm{GVIF} = \det R_{11}\det R_{22} / \det R

    with R the correlations of all estimates but the intercept, R₁₁ those within the block and
    R₂₂ those within the rest. Its root of order 2 × columns is how many times wider limits are
    than if the block went with nothing else.

    Notes
    -----
    Fox & Monette (1992), Journal of the American Statistical Association 87.
    """
    blocks = blocks_of(terms)
    kept = [column for columns in blocks.values() for column in columns]
    if len(blocks) < 2:
        return {}
    place = {column: number for number, column in enumerate(kept)}
    inner = covariance[np.ix_(kept, kept)]
    scale = np.sqrt(np.diag(inner))
    correlation = inner / np.outer(scale, scale)
    out = {}
    for name, columns in blocks.items():
        own = [place[column] for column in columns]
        rest = [number for number in range(len(kept)) if number not in own]
        logs = [
            np.linalg.slogdet(correlation[np.ix_(rows, rows)])[1]
            for rows in (own, rest, list(range(len(kept))))
        ]
        out[name] = (float(np.exp(logs[0] + logs[1] - logs[2])), len(columns))
    return out


def condition_number(design: Floats, weights: Floats) -> float:
    """Largest over smallest singular value, columns brought to one length.

    Parameters
    ----------
    design : array of shape (patterns, terms)
    weights : array of shape (patterns,)
        Rows of each pattern.

    Notes
    -----
    Belsley, Kuh & Welsch (1980), Regression Diagnostics, chapter 3: above 30 is much.

    Examples
    --------
    >>> round(condition_number(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([3.0, 3.0])), 6)
    1.0
    """
    rows = design * np.sqrt(weights)[:, None]
    sizes = np.linalg.svd(rows / np.linalg.norm(rows, axis=0), compute_uv=False)
    return float(sizes[0] / sizes[-1]) if sizes[-1] > 0 else float("inf")


def _factors(term: str) -> frozenset[str]:
    return frozenset(_listed([term]))


def _listed(terms: Sequence[str]) -> list[str]:
    """Names of the factors in terms, without levels: a level may hold a colon itself."""
    return [
        part
        for term in terms
        if term != INTERCEPT
        for part in re.sub(r"\[[^\]]*\]", "", term).split(":")
    ]
