"""Surveys that the tests of R-indicators ask about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

GOLDEN = Path(__file__).parent.parent / "golden"
BY = ["ethnicity", "tenure", "residence"]


def estate_survey() -> pd.DataFrame:
    rows = pd.read_csv(GOLDEN / "estate_survey_SI_w5.csv")
    return rows.assign(resp=rows["resp"].eq("Yes"))


def counted(cells: list[tuple], *names: str, weight: float | None = None) -> pd.DataFrame:
    """Rows from cells of (groups …, asked, answered)."""
    blocks = []
    for *groups, asked, answered in cells:
        block = pd.DataFrame({"answered": np.arange(asked) < answered})
        blocks.append(block.assign(**dict(zip(names, groups, strict=True))))
    rows = pd.concat(blocks, ignore_index=True)
    return rows if weight is None else rows.assign(weight=weight)
