"""The first stage of a sample: strata, the clusters drawn in each, and the share drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.measure.numbering import Numbered, number_columns
from participation_stats.measure.tallies import level_order

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Lonely = Literal["fail", "centre", "certainty"]

WHERE = "survey_design"


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


def first_stage(
    frame: pd.DataFrame, strata: Sequence[str], clusters: str | None, *, nest: bool
) -> tuple[Ints, tuple[object, ...], Ints, Ints]:
    """Stratum of each row, the strata's names, cluster of each row, and stratum of each cluster.

    Raises
    ------
    InputError
        If a value is missing, or as `cluster_codes`.

    Examples
    --------
    >>> rows = pd.DataFrame({"ward": ["b", "a", "b"], "home": [3, 1, 2]})
    >>> layer, names, cluster, stratum = first_stage(rows, ["ward"], "home", nest=False)
    >>> layer.tolist(), names, cluster.tolist(), stratum.tolist()
    ([1, 0, 1], ('a', 'b'), [2, 0, 1], [0, 1, 1])
    """
    named = [*strata, *([] if clusters is None else [clusters])]
    found = number_columns([frame[name] for name in named], WHERE, level_order)
    for name, numbered in zip(named, found, strict=True):
        _refuse_gaps(frame[name], name, numbered.codes)
    layer, names = _joined_strata(found[: len(strata)], len(frame))
    if clusters is None:
        return layer, names, np.arange(len(frame), dtype=np.int64), layer
    return layer, names, *cluster_codes(found[-1], clusters, layer, nest=nest)


def _refuse_gaps(column: pd.Series, name: str, codes: Ints) -> None:
    if codes.min(initial=0) >= 0:
        return
    gaps = np.flatnonzero(codes < 0)
    raise InputError(
        f"'{name}' is missing in {len(gaps)} rows",
        where=WHERE,
        expected="a value for every respondent",
        got=f"the first gap is at index {column.index[gaps[0]]!r}",
        hint="a respondent who was drawn alone is a cluster of their own",
    )


def _joined_strata(columns: Sequence[Numbered], rows: int) -> tuple[Ints, tuple[object, ...]]:
    """Stratum of each row, and the strata's names in the order of their numbers."""
    if not columns:
        return np.zeros(rows, dtype=np.int64), ("",)
    codes, known = columns[0]
    for more, others in columns[1:]:
        joined, pairs = pd.factorize(codes * len(others) + more, sort=True)
        codes = joined.astype(np.int64, copy=False)
        known = [f"{known[pair // len(others)]}, {others[pair % len(others)]}" for pair in pairs]
    return codes, tuple(known)


def cluster_codes(numbered: Numbered, name: str, layer: Ints, *, nest: bool) -> tuple[Ints, Ints]:
    """Cluster of each row, and stratum of each cluster.

    Parameters
    ----------
    numbered : Numbered
        The column of clusters.
    name : str
        Of that column.
    layer : array of shape (rows,)
        Stratum of each row.
    nest : bool

    Raises
    ------
    InputError
        If a cluster is in two strata and clusters are not nested.
    """
    codes, names = numbered
    if nest:
        codes, pairs = pd.factorize(layer * len(names) + codes, sort=True)
        return codes.astype(np.int64, copy=False), (pairs // len(names)).astype(np.int64)
    stratum = np.zeros(len(names), dtype=np.int64)
    stratum[codes] = layer
    astray = stratum[codes] != layer
    if astray.any():
        raise InputError(
            f"'{name}' {names[codes[int(np.argmax(astray))]]!r} is in two strata",
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
