"""The wheel holds what git holds, and works where nothing of the checkout can be seen."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LOAD_EVERY_SCHEMA = """
import pathlib, sys
import participation_stats as ps
home = pathlib.Path(ps.__file__).resolve().parent
assert home.is_relative_to(sys.argv[1]), home
names = ps.schema_names()
assert len(names) == 9, names
for name in names:
    schema = ps.load_schema(name)
    for field in schema.fields:
        if field.codelist:
            assert len(ps.load_codelist(field.codelist).codes), (name, field.name)
print(len(names), "schemas")
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout without isolation (the build backend is a test need)."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def _tracked(*folders):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", *folders], cwd=ROOT, check=True, capture_output=True
    )
    return set(listed.stdout.decode().split())


def test_wheel_holds_exactly_what_git_tracks(wheel):
    package = _tracked("participation_stats")
    schemas = {f"participation_stats/{path}" for path in _tracked("data_schemas")}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == package | schemas


def test_installed_wheel_finds_its_schemas(wheel, tmp_path):
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel]
    subprocess.run(pip, check=True)
    # -P keeps the checkout off the path; the target is found first through PYTHONPATH.
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD_EVERY_SCHEMA, site],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "9 schemas\n"


@pytest.mark.slow
def test_clean_environment_loads_every_schema_and_writes_a_report(wheel, tmp_path):
    home = tmp_path / "clean"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    pip = [python, "-m", "pip", "-q"]
    asked = [*pip, "download", "--no-deps", "--dest", tmp_path, "click"]
    if subprocess.run(asked, check=False, capture_output=True).returncode:
        pytest.skip("no package index can be reached")
    subprocess.run([*pip, "install", wheel], check=True)
    subprocess.run([python, "-c", LOAD_EVERY_SCHEMA, home], cwd=tmp_path, check=True)
    subprocess.run([home / "bin" / "participation-stats", "report"], cwd=tmp_path, check=True)
    assert (tmp_path / "reports" / "st_marys" / "index.html").stat().st_size > 10_000
