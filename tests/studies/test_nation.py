"""A simulated nation: the same files however it was made, and results that can be recounted."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.genmod.families import Binomial

import participation_stats as ps
from participation_stats.cli import main
from participation_stats.intake.simulation import runs

TERMS = ("format", "seat", "gender", "ethnicity")
SIZE = {"seed": 5, "landlords": 3, "estates": 7, "residents": 400}


def digests(folder):
    """Every file of a folder by name, with the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def nation(tmp_path_factory):
    made = ps.simulate_nation(tmp_path_factory.mktemp("nation"), **SIZE)
    ps.compare_landlords(made)
    return made


def read(nation, table, landlord="*"):
    paths = sorted(nation.folder.glob(f"{table}/landlord={landlord}/*.parquet"))
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


@pytest.mark.slow
def test_every_estate_is_there_once_and_nobody_has_two_numbers(nation):
    people = read(nation, "people")
    assert sorted(people["estate"].unique()) == list(range(1, 8))
    assert people["person_id"].is_unique
    sizes = people.groupby("estate").size()
    assert sizes.between(200, 600).all()
    assert sizes.nunique() > 1
    assert set(read(nation, "seats")["person_id"]) <= set(people["person_id"])
    assert set(read(nation, "panel")["person_id"]) <= set(people["person_id"])


@pytest.mark.slow
def test_workers_do_not_matter(nation, tmp_path):
    other = ps.simulate_nation(tmp_path / "n", **SIZE, workers=2)
    ps.compare_landlords(other)
    assert digests(other.folder) == digests(nation.folder)


def children(run):
    listed = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text(encoding="ascii")
    return [Path("/proc", number) for number in listed.split()]


def at_work(process):
    """Whether it is there and no mere entry of one that has ended."""
    try:
        return "State:\tZ" not in (process / "status").read_text(encoding="ascii")
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize(("parts", "workers"), [(1, 1), (2, 1), (1, 2)])
def test_a_killed_run_goes_on_and_loses_nothing(nation, tmp_path, parts, workers):
    """SIGKILL after so many landlords; what they wrote is neither lost nor made again.

    Its workers end with it: else two would write one landlord at once.
    """
    folder = tmp_path / "n"
    words = [*(f"--{name}={value}" for name, value in SIZE.items()), f"--workers={workers}"]
    run = subprocess.Popen(
        [sys.executable, "-m", "participation_stats", "simulate", str(folder), *words]
    )
    limit = time.monotonic() + 120
    while len(list(folder.glob("people/landlord=*"))) < parts and run.poll() is None:
        assert time.monotonic() < limit
        time.sleep(0.01)
    hands = children(run)
    assert len(hands) == (workers if workers > 1 else 0)
    run.send_signal(signal.SIGKILL)
    run.wait()
    limit = time.monotonic() + 5
    while any(map(at_work, hands)) and time.monotonic() < limit:
        time.sleep(0.01)
    assert not any(map(at_work, hands)), "a worker outlived its run"
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("people/landlord=*/*.parquet")}
    assert kept
    assert main(["simulate", str(folder), *words, "--quiet"]) == 0
    assert digests(folder) == digests(nation.folder)
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())


def test_results_are_those_of_the_rows(nation):
    """Recounted in pandas, landlord by landlord and for all."""
    table = pd.read_csv(nation.folder / "results" / "landlords.csv")
    for landlord in [*nation.names, "All"]:
        of = "*" if landlord == "All" else landlord
        people, seated = read(nation, "people", of), read(nation, "seats", of)
        here = table[(table["landlord"] == landlord) & (table["measure"] == "ratio")]
        for name in ("ethnicity", "gender"):
            expected = seated[name].value_counts(normalize=True) / people[name].value_counts(
                normalize=True
            )
            found = here[here["variable"] == name].set_index("category")["value"]
            np.testing.assert_allclose(found, expected[found.index].fillna(0.0), rtol=1e-12)
        came = read(nation, "panel", of).groupby("person_id")["attended"].sum().sort_values()
        rank = np.arange(1, len(came) + 1)
        gini = ((2 * rank - len(came) - 1) @ came) / (len(came) * came.sum())
        row = table[(table["landlord"] == landlord) & (table["measure"] == "gini")].iloc[0]
        np.testing.assert_allclose(row["value"], gini, rtol=1e-12)
        assert row["numerator"] == len(came)


def test_odds_ratios_are_those_of_statsmodels_on_the_rows(nation):
    table = pd.read_csv(nation.folder / "results" / "landlords.csv")
    here = table[(table["landlord"] == "L2") & (table["measure"] == "odds ratio")]
    rows = read(nation, "panel", "L2").dropna(subset=["ethnicity", "gender"])
    rows = rows.assign(**{name: rows[name].astype(str) for name in TERMS})
    fit = smf.glm(f"attended ~ {' + '.join(TERMS)}", rows, family=Binomial()).fit()
    for row in here.itertuples():
        # The reference group may differ: compare with the group that ours leaves out.
        groups = set(rows[row.variable])
        shown = set(here.loc[here["variable"] == row.variable, "category"])
        (left_out,) = groups - shown
        logs = {group: fit.params.get(f"{row.variable}[T.{group}]", 0.0) for group in groups}
        expected = np.exp(logs[row.category] - logs[left_out])
        # Both stop when the deviance no longer falls, at some 1e-8 of it.
        np.testing.assert_allclose(row.value, expected, rtol=1e-6)
        assert row.lower < row.value < row.upper


def test_results_that_cannot_be_written_say_how_to_go_on(tmp_path):
    made = ps.simulate_nation(tmp_path / "n", seed=1, landlords=1, estates=1, residents=400)
    (made.folder / "results").write_text("a file where a folder should be")
    with pytest.raises(ps.OutputError, match="run the same command again"):
        ps.compare_landlords(made)


def test_a_nation_is_found_again(nation, tmp_path):
    assert ps.read_nation(nation.folder) == nation
    with pytest.raises(ps.InputError, match="holds no simulated nation"):
        ps.read_nation(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 6}, "holds another nation"),
        ({"landlords": 0}, "landlords is 0. Expected a whole number from 1"),
        ({"estates": 2}, "estates is 2.*every landlord has at least one estate"),
        ({"residents": 100}, "residents is 100. Expected a whole number from 200"),
        ({"seed": -1}, "seed is -1"),
        ({"workers": 0}, "0 workers"),
    ],
)
def test_what_cannot_be_simulated_says_why(nation, change, message):
    with pytest.raises(ps.InputError, match=message):
        ps.simulate_nation(nation.folder, **{**SIZE, **change})


def test_a_folder_of_other_files_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ps.OutputError, match="exists already"):
        ps.simulate_nation(tmp_path, **SIZE)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_says_how_to_go_on(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ps.OutputError, match="run the same command again"):
        ps.simulate_nation(tmp_path / "file" / "nation", **SIZE)


@pytest.mark.parametrize("at_work", [ps.simulate_nation, ps.compare_landlords])
def test_two_runs_in_one_folder_do_not_meet(nation, monkeypatch, at_work):
    monkeypatch.setattr(runs, "_PATIENCE", 0.1)
    given = [nation.folder, SIZE] if at_work is ps.simulate_nation else [nation, {}]
    with (
        filelock.FileLock(nation.folder / ".lock"),
        pytest.raises(ps.OutputError, match=f"{at_work.__name__}: another run is at work"),
    ):
        at_work(given[0], **given[1])
    at_work(given[0], **given[1])  # and goes on when the other has ended


def test_the_command_tells_where_in_json(capsys, tmp_path):
    words = ["simulate", str(tmp_path / "n"), "--seed=1", "--estates=2", "--landlords=1"]
    assert main([*words, "--residents=200", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert written.endswith("landlords.csv")
