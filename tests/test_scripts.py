"""The scripts of docs/examples run as they stand, and write what they say."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"


def run(name, folder):
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_is_listed():
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    scripts = sorted(path.name for path in EXAMPLES.glob("*.py"))
    assert len(scripts) == 3
    assert all(f"`{name}`" in listed for name in scripts)


@pytest.mark.slow
def test_ratios_from_a_published_table(tmp_path):
    out = run("ratios_from_a_published_table.py", tmp_path)
    assert "under-represented" in out
    table = pd.read_csv(tmp_path / "board_by_tenure.csv").set_index("category")
    assert table.loc["Renter", "ratio"] == pytest.approx(66 / 428 / 0.528)
    assert (tmp_path / "board_by_tenure.png").stat().st_size > 10_000


@pytest.mark.slow
def test_model_and_figure(tmp_path):
    out = run("model_and_figure.py", tmp_path)
    assert "cluster" in out
    assert "Portuguese" in out
    assert (tmp_path / "rates_by_ethnicity.png").stat().st_size > 10_000


@pytest.mark.slow
def test_validate_a_wave(tmp_path):
    out = run("validate_a_wave.py", tmp_path)
    for mistake in ("230", "Council flat", "respondent_id"):
        assert mistake in out
    assert len(pd.read_csv(tmp_path / "wave_2026.csv")) == 200
    good = int(out.split(" of 200 rows are valid.")[0].split()[-1])
    assert 196 <= good <= 198
