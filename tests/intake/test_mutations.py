"""A valid estate, corrupted: each mistake is found where it was made and nowhere else."""

from __future__ import annotations

import functools
import random
from pathlib import Path

import pandas as pd
import pytest
from corruptions import CORRUPTIONS, Corruption, Spot, lay_out, load_rows, write_rows

from participation_stats.intake import examples
from participation_stats.intake.validation import Validation, validate

SOURCE = Path(examples.__file__).parent / "st_marys"
#: Two mistakes at once are drawn from these; the seed only names the draw.
PAIRS = random.Random(20111026).sample(
    [
        (one, two)
        for place, one in enumerate(CORRUPTIONS)
        for two in CORRUPTIONS[place + 1 :]
        if one.table != two.table
    ],
    40,
)


@functools.cache
def rows():
    return load_rows(SOURCE)


def spots(checked: Validation) -> set[Spot]:
    """Where something was found; a reference that could not be checked is no finding."""
    found = checked.issues
    found = found[(found["rule"] != "foreign key") | (found["severity"] != "note")]
    return {
        (
            table,
            None if pd.isna(row) else int(row),
            column if isinstance(column, str) else None,
            rule,
        )
        for table, row, column, rule in found[["table", "row", "column", "rule"]].itertuples(
            index=False
        )
    }


def corrupted(folder: Path, *corruptions: Corruption) -> tuple[Validation, set[Spot]]:
    """The estate with these corruptions, validated, and where they were made."""
    changed, made = {}, set()
    for corruption in corruptions:
        table = [list(row) for row in rows()[corruption.table]]
        made |= corruption.apply(table)
        changed[corruption.table] = write_rows(table).replace("OPEN-QUOTE", '"')
    return validate(lay_out(SOURCE, folder, changed)), made


def check_counts(checked: Validation) -> None:
    """Every row that came in is valid or rejected, and rejected rows have reasons."""
    for name, table in checked.tables.items():
        rejected = checked.rejected[name]
        assert len(checked.valid[name]) + len(rejected) == table.raw.came_in
        assert (rejected["_reasons"].str.len() > 0).all()


@functools.cache
def before() -> set[Spot]:
    return spots(validate(SOURCE))


def test_the_estate_is_valid_before():
    assert set(validate(SOURCE).issues["severity"]) == {"note"}
    assert {rule for *_, rule in before()} == {"code never used"}


def test_there_are_many_kinds():
    assert len({corruption.name for corruption in CORRUPTIONS}) >= 110


@pytest.mark.slow
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.name)
def test_one_mistake_is_found_where_it_was_made(corruption, tmp_path):
    checked, made = corrupted(tmp_path / "estate", corruption)
    assert spots(checked) - before() == made
    check_counts(checked)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "two"), PAIRS, ids=[f"{one.name} and {two.name}" for one, two in PAIRS]
)
def test_two_mistakes_are_both_found(one, two, tmp_path):
    checked, made = corrupted(tmp_path / "estate", one, two)
    assert spots(checked) - before() == made
    check_counts(checked)


def test_what_is_valid_stays_the_same(tmp_path):
    """The rows that nobody touched come out as they do from the estate as it was."""
    whole = validate(SOURCE).valid["people"]
    corruption = next(c for c in CORRUPTIONS if c.name == "people.age='forty'")
    checked, _ = corrupted(tmp_path / "estate", corruption)
    pd.testing.assert_frame_equal(
        checked.valid["people"], whole.drop(index=38).reset_index(drop=True)
    )
