"""Logits of attendance beside statsmodels, pyfixest, glum and lme4.

    pip install -e ".[bench]"
    python benchmarks/engagement.py [--rows N] [--people N] [--mixed-people N]

Person-meetings from Parquet, five categorical covariates of which one varies within people, errors
clustered by person: every task reads the file and ends with estimates and clustered errors, which
must agree. Each runs in a process of its own, imports not counted, so that peaks of memory can be
told apart. Then a logit with an intercept for each person beside lme4's fastest, `nAGQ = 1`, which
gets the rows as a frame in memory, as ours does. How cost grows with the log is `scale.py`.
A peer that is not installed is left out with a message.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from records import peak_memory, record

GROUPS = {"ethnicity": 6, "gender": 2, "housing_tenure": 4, "age_band": 5}
FORMATS = ["formal", "informal", "online"]
FORMULA = "attended ~ ethnicity + gender + housing_tenure + age_band + format"
#: How many times faster we were asked to be.
TARGETS = {"statsmodels": 30, "pyfixest": 15, "glum": 5}
#: Timed runs, of which the best counts.
RUNS = {"ours": 5, "statsmodels": 1, "pyfixest": 2, "glum": 3}
MIXED_TARGET = 100


def simulated(people: int, rows: int, sd: float, rng: np.random.Generator) -> pd.DataFrame:
    """Person-meetings of people who each have covariates and an intercept of their own."""
    meetings = rows // people
    who = np.repeat(np.arange(people), meetings)
    eta = rng.normal(-1, sd, people)[who]
    columns: dict[str, object] = {"person_id": [f"p{number:07d}" for number in who]}
    for name, size in GROUPS.items():
        group = rng.integers(0, size, people)
        eta = eta + rng.normal(0, 0.3, size)[group][who]
        labels = [f"{name} {level}" for level in range(size)]
        columns[name] = pd.Categorical.from_codes(group[who], labels)
    kind = np.tile(rng.integers(0, len(FORMATS), meetings), people)
    eta = eta + 0.4 * (kind == 1)
    columns["format"] = pd.Categorical.from_codes(kind, FORMATS)
    columns["attended"] = (rng.random(len(who)) < 1 / (1 + np.exp(-eta))).astype(np.int8)
    return pd.DataFrame(columns)


def ours(rows: str) -> tuple[np.ndarray, np.ndarray]:
    from participation_stats.measure.engagement.logit import fit_logit

    fit = fit_logit(FORMULA, rows, unit="person_id")
    return fit.table["estimate"].to_numpy(), fit.table["std_error"].to_numpy()


def statsmodels(rows: str) -> tuple[np.ndarray, np.ndarray]:
    import statsmodels.api as sm

    frame = pd.read_parquet(rows)
    fit = sm.GLM.from_formula(FORMULA, frame, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": frame["person_id"]}
    )
    return fit.params.to_numpy(), fit.bse.to_numpy()


def pyfixest(rows: str) -> tuple[np.ndarray, np.ndarray]:
    import pyfixest

    frame = pd.read_parquet(rows)
    fit = pyfixest.feglm(FORMULA, frame, family="logit", vcov={"CRV1": "person_id"})
    return fit.coef().to_numpy(), fit.se().to_numpy()


def glum(rows: str) -> tuple[np.ndarray, np.ndarray]:
    from glum import GeneralizedLinearRegressor

    frame = pd.read_parquet(rows)
    model = GeneralizedLinearRegressor(
        family="binomial", alpha=0, drop_first=True, gradient_tol=1e-6
    )
    model.fit(
        frame[[*GROUPS, "format"]],
        frame["attended"].to_numpy(dtype=float),
        clusters=pd.factorize(frame["person_id"])[0],
        store_covariance_matrix=True,
    )
    return np.r_[model.intercept_, model.coef_], np.asarray(model.std_errors())


#: Each peer, and the package that it needs.
TASKS = {task.__name__: task for task in (ours, statsmodels, pyfixest, glum)}
NEEDED = {
    "ours": "participation_stats.measure.engagement.logit",
    "statsmodels": "statsmodels.api",
    "pyfixest": "pyfixest",
    "glum": "glum",
}


def run(task: str, rows: str) -> None:
    """Best of several runs in this process, its peak, and what was estimated, as JSON."""
    importlib.import_module(NEEDED[task])
    import duckdb  # noqa: F401 - imports are not what is timed

    best, found = float("inf"), None
    for _ in range(RUNS[task]):
        start = time.perf_counter()
        found = TASKS[task](rows)
        best = min(best, time.perf_counter() - start)
    assert found is not None
    told = {
        "seconds": best,
        "gigabytes": peak_memory(),
        "estimates": list(found[0]),
        "errors": list(found[1]),
    }
    print(json.dumps(told))


def measured(task: str, rows: Path) -> dict | None:
    done = subprocess.run(
        [sys.executable, __file__, "--task", task, "--file", str(rows)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"{task} left out: {last}. pip install -e '.[bench]'", flush=True)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def beside_peers(folder: Path, people: int, rows: int) -> None:
    file = folder / "rows.parquet"
    simulated(people, rows, 1.0, np.random.default_rng(1)).to_parquet(file)
    task = f"logit of {rows:,} rows, clustered by {people:,} people"
    mine = measured("ours", file)
    if mine is None:
        raise SystemExit("ours did not run")
    for peer, target in TARGETS.items():
        theirs = measured(peer, file)
        if theirs is None:
            continue
        # Newton's steps end at different closeness; small-sample factors of errors differ by 1e-4.
        np.testing.assert_allclose(mine["estimates"], theirs["estimates"], atol=1e-5, err_msg=peer)
        np.testing.assert_allclose(mine["errors"], theirs["errors"], rtol=1e-3, err_msg=peer)
        note = f"peaks {mine['gigabytes']:.2f} GB and {theirs['gigabytes']:.2f} GB"
        record(task, peer, mine["seconds"], theirs["seconds"], target=target, note=note)


def beside_lme4(folder: Path, people: int) -> None:
    """An intercept for each person, 24 meetings each."""
    from participation_stats.measure.engagement.mixed import fit_mixed_logit

    rows = simulated(people, 24 * people, 1.0, np.random.default_rng(2))
    best, fit = float("inf"), None
    for _ in range(RUNS["ours"]):
        start = time.perf_counter()
        fit = fit_mixed_logit(FORMULA, rows, unit="person_id")
        best = min(best, time.perf_counter() - start)
    assert fit is not None
    task = f"random-intercept logit of {len(rows):,} rows"
    print(f"{task}: {best:.3f} s with {fit.nodes} nodes and profile limits", flush=True)
    command = shutil.which("Rscript")
    if command is None:
        print("lme4 left out: there is no Rscript. apt-get install r-base-core r-cran-lme4")
        return
    rows.to_csv(folder / "rows.csv", index=False)
    done = subprocess.run(
        [command, str(Path(__file__).with_suffix(".R")), str(folder / "rows.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"lme4 left out: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        return
    theirs = json.loads(done.stdout)
    # One node (Laplace's approximation) is nearly, not quite, the maximum.
    np.testing.assert_allclose(fit.table["estimate"], theirs["estimate"], atol=0.02)
    np.testing.assert_allclose(fit.sd, theirs["sd"], atol=0.05)
    warned = f"; it warned: {theirs['warning']}" if theirs["warning"] else ""
    record(task, "lme4 nAGQ=1", best, theirs["seconds"], target=MIXED_TARGET, note=f"once{warned}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--mixed-people", type=int, default=3_000, help="0 leaves lme4 out")
    parser.add_argument("--task", choices=TASKS)
    parser.add_argument("--file")
    chosen = parser.parse_args()
    if chosen.task:
        run(chosen.task, chosen.file)
        return
    with tempfile.TemporaryDirectory() as scratch:
        beside_peers(Path(scratch), chosen.people, chosen.rows)
        if chosen.mixed_people:
            beside_lme4(Path(scratch), chosen.mixed_people)


if __name__ == "__main__":
    main()
