"""The first stage of a sample: strata, the clusters drawn in each, and the share drawn."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Lonely = Literal["fail", "centre", "certainty"]

WHERE = "survey_design"
#: Rows from which a thread is worth starting.
THREADED = 100_000


@dataclass(frozen=True, eq=False)
class Stage:
    """Clusters and strata, by number.

    Attributes
    ----------
    stratum : array of int of shape (clusters,)
        Stratum of each cluster.
    drawn : array of int of shape (strata,)
        Clusters drawn in each stratum.
    fraction : array of shape (strata,)
        Share of the stratum's clusters that was drawn; 0 where not given.
    lonely : {"fail", "centre", "certainty"}
        What a stratum with one cluster adds to a variance.
    names : tuple
        The strata's names.
    """

    stratum: Ints
    drawn: Ints
    fraction: Floats
    lonely: Lonely
    names: tuple[object, ...]


def stratum_codes(frame: pd.DataFrame, names: Sequence[str]) -> tuple[Ints, tuple[object, ...]]:
    """Stratum of each row, and the strata's names in the order of their numbers.

    Raises
    ------
    InputError
        If a value is missing.

    Examples
    --------
    >>> codes, labels = stratum_codes(pd.DataFrame({"ward": ["b", "a", "b"]}), ["ward"])
    >>> codes.tolist(), labels
    ([1, 0, 1], ('a', 'b'))
    """
    if not names:
        return np.zeros(len(frame), dtype=np.int64), ("",)
    codes, known = coded(frame[names[0]], names[0])
    for name in names[1:]:
        more, others = coded(frame[name], name)
        codes, pairs = pd.factorize(codes * len(others) + more, sort=True)
        known = [f"{known[pair // len(others)]}, {others[pair % len(others)]}" for pair in pairs]
    return codes.astype(np.int64, copy=False), tuple(known)


def coded(column: pd.Series, name: str) -> tuple[Ints, list[object]]:
    """Number the values of a column in their order.

    Raises
    ------
    InputError
        If a value is missing.
    """
    codes, values = pd.factorize(column, sort=True)
    gaps = int((codes < 0).sum())
    if gaps:
        raise InputError(
            f"'{name}' is missing in {gaps} rows",
            where=WHERE,
            expected="a value for every respondent",
            got=f"the first gap is at index {column.index[int(np.argmax(codes < 0))]!r}",
            hint="a respondent who was drawn alone is a cluster of their own",
        )
    return codes.astype(np.int64, copy=False), list(values)


def first_stage(
    frame: pd.DataFrame, strata: Sequence[str], clusters: str | None, *, nest: bool
) -> tuple[Ints, tuple[object, ...], Ints, Ints]:
    """Stratum of each row, the strata's names, cluster of each row, and stratum of each cluster.

    Reading words is most of the work: of many rows strata and clusters are read side by side.

    Raises
    ------
    InputError
        As `stratum_codes` and `cluster_codes`.
    """
    if clusters is None or not strata or len(frame) < THREADED:
        layer, names = stratum_codes(frame, strata)
        return layer, names, *cluster_codes(frame, clusters, layer, nest=nest)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(coded, frame[clusters], clusters)
        layer, names = stratum_codes(frame, strata)
        known = waiting.result()
    return layer, names, *cluster_codes(frame, clusters, layer, nest=nest, known=known)


def cluster_codes(
    frame: pd.DataFrame,
    clusters: str | None,
    layer: Ints,
    *,
    nest: bool,
    known: tuple[Ints, list[object]] | None = None,
) -> tuple[Ints, Ints]:
    """Cluster of each row, and stratum of each cluster.

    Parameters
    ----------
    frame : DataFrame
    clusters : str or None
    layer : array of shape (rows,)
        Stratum of each row.
    nest : bool
    known : tuple, optional
        Codes and names of the clusters, where they have been read.

    Raises
    ------
    InputError
        If a cluster is missing, or is in two strata and clusters are not nested.
    """
    if clusters is None:
        return np.arange(len(frame), dtype=np.int64), layer
    codes, names = known or coded(frame[clusters], clusters)
    if nest:
        codes, pairs = pd.factorize(layer * len(names) + codes, sort=True)
        return codes.astype(np.int64, copy=False), (pairs // len(names)).astype(np.int64)
    stratum = np.zeros(len(names), dtype=np.int64)
    stratum[codes] = layer
    astray = stratum[codes] != layer
    if astray.any():
        raise InputError(
            f"'{clusters}' {names[codes[int(np.argmax(astray))]]!r} is in two strata",
            where=WHERE,
            expected="every cluster in one stratum",
            got=f"{len(np.unique(codes[astray]))} clusters in several",
            hint="nest=True if clusters are numbered anew in each stratum",
        )
    return codes, stratum


def drawn_fractions(frame: pd.DataFrame, fpc: str | None, layer: Ints, drawn: Ints) -> Floats:
    """Share of each stratum's first-stage units that was drawn; 0 where not given.

    Raises
    ------
    InputError
        If it is not one positive number per stratum, or fewer than were drawn.
    """
    if fpc is None:
        return np.zeros(len(drawn))
    numbers = pd.to_numeric(frame[fpc], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    size = np.empty(len(drawn))
    size[layer] = numbers
    if not (np.isfinite(size) & (size > 0)).all() or (numbers != size[layer]).any():
        raise InputError(
            f"'{fpc}' is not one positive number in each stratum",
            where=WHERE,
            expected="the number of first-stage units in the stratum, or the fraction drawn",
            got="missing, 0 or several values in a stratum",
        )
    fraction = size if (size <= 1).all() else drawn / size
    if (fraction > 1).any():
        at = int(np.argmax(fraction > 1))
        raise InputError(
            f"'{fpc}' is smaller than the sample",
            where=WHERE,
            expected="at least as many units in the population as were drawn",
            got=f"{size[at]:g} for {drawn[at]} drawn",
            hint="count clusters where clusters were drawn, people where people were",
        )
    return fraction


def refuse_lonely(drawn: Ints, fraction: Floats, names: Sequence[object]) -> None:
    """Refuse strata of one cluster that was not drawn with certainty.

    Raises
    ------
    InputError
        Naming the strata.
    """
    alone = np.flatnonzero((drawn == 1) & (fraction < 1))
    if not len(alone):
        return
    told = ", ".join(repr(str(names[at])) for at in alone[:5])
    rest = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
    raise InputError(
        f"{'stratum' if len(alone) == 1 else 'strata'} {told}{rest} with only one cluster"
        if len(drawn) > 1
        else "there is only one cluster",
        where=WHERE,
        expected="two clusters or more in each stratum, for a variance",
        got="one",
        hint="merge it with a stratum drawn alike, or say lonely='centre' or 'certainty'",
    )
