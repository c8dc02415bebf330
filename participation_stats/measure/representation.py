"""The representativeness ratio: does a body look like the people it comes from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .alignment import align
from .assessment import Terms, assess
from .inference.judgement import Design
from .inference.verdicts import verdicts_of
from .margins import By, clean_margins
from .profile_fit import overall_fit
from .results import Result, Rule

_WHERE = "representativeness_ratios"

#: The contract's columns, in their order; ``body`` stands before them where there are several.
COLUMNS = (
    "variable", "category", "count", "expected", "share", "population_count", "population_share",
    "ratio", "conf_low", "conf_high", "chance_low", "chance_high", "p_value", "p_adjusted",
    "verdict",
)  # fmt: skip

_DERIVED = (
    "weighted", "share", "ratio", "conf_low", "conf_high", "p_value", "p_adjusted", "verdict",
    "seats_short", "absolute_disparity", "comparative_disparity", "selection_ratio",
    "rate_per_1000", "z", "ratio_all_out", "ratio_all_in", "share_unweighted", "ratio_unweighted",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Representativeness(Result):
    """What `representativeness_ratios` found.

    Attributes
    ----------
    table : DataFrame
        One row per body, variable and group.
    overall : DataFrame
        One row per body and variable: the whole profile at once.
    """

    overall: pd.DataFrame
    confidence: float = 0.95
    design: str = "body"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("table", count="count", derived=_DERIVED, margin=("body", "variable")),
        Rule(
            "overall",
            count="not_stated",
            derived=("dissimilarity", "cohen_w", "p_value"),
            margin=("body", "variable"),
            follows="table",
        ),
    )


def representativeness_ratios(
    body: Any,
    population: Any,
    *,
    by: By = None,
    confidence: float = 0.95,
    design: Design = "body",
    adjust: Literal["holm", "bh", "none"] = "holm",
    not_stated: Literal["exclude", "include", "bounds"] = "exclude",
    in_line: tuple[float, float] = (0.8, 1.25),
    mid_p: bool = False,
    extra: Sequence[str] = (),
    seed: int = 0,
) -> Representativeness:
    """Compare a body with the population that it comes from, group by group."""
    terms = Terms(design, confidence, adjust, mid_p)
    _check(terms, not_stated)
    ours = clean_margins(body, by, where=_WHERE, side="body")
    theirs = clean_margins(population, by, where=_WHERE, side="population")
    aligned = align(ours, theirs, where=_WHERE, include=not_stated == "include")
    cells = assess(aligned.cells, aligned.profiles, terms, _WHERE)
    overall = overall_fit(cells, aligned.profiles, seed=seed)
    cells["verdict"] = verdicts_of(
        *(
            cells[name].to_numpy(dtype=float)
            for name in ("ratio", "expected", "p_adjusted", "conf_low", "conf_high")
        ),
        confidence=confidence,
        in_line=in_line,
    )
    lead = ["body"] if (cells["body"] != "").any() else []
    table = cells.loc[~cells["residual"].astype(bool), [*lead, *COLUMNS]].reset_index(drop=True)
    return Representativeness(
        table.astype({"count": np.int64, "verdict": "str"}),
        overall[[*lead, *overall.columns.drop("body")]],
        confidence,
        design,
    )


def _check(terms: Terms, not_stated: str) -> None:
    if not 0.0 < terms.confidence < 1.0:
        raise InputError(
            "confidence is not between 0 and 1",
            where=_WHERE,
            expected="a fraction such as 0.95",
            got=f"{terms.confidence:g}",
        )
    choices = (
        ("design", terms.design, ("body", "sample", "shares")),
        ("adjust", terms.adjust, ("holm", "bh", "none")),
        ("not_stated", not_stated, ("exclude", "include", "bounds")),
    )
    for name, value, allowed in choices:
        if value not in allowed:
            raise InputError(
                f"{name} is {value!r}",
                where=_WHERE,
                expected=" or ".join(repr(choice) for choice in allowed),
            )
