"""The public names: the stub, what really loads, and how little a bare import brings in."""

import subprocess
import sys
from pathlib import Path

import pytest

import participation_stats as ps

ROOT = Path(__file__).parents[1]


def test_every_public_name_loads():
    for name in ps.__all__:
        assert getattr(ps, name).__doc__, f"{name} has no docstring"


def test_stub_lists_each_name_once_and_in_order():
    source = (ROOT / "participation_stats" / "__init__.pyi").read_text()
    listed = [
        line.strip(' ",') for line in source.split("__all__ = [")[1].split("]")[0].split("\n")
    ]
    names = [name for name in listed if name]
    assert names == sorted(set(names), key=lambda name: (name.islower(), name))
    assert set(names) == set(ps.__all__)


def test_a_bare_import_loads_these_modules_and_no_other():
    """Beside Python's own: this package's front room, and what makes the others load late."""
    code = """
import sys
before = set(sys.modules)
import participation_stats
print(*sorted(name for name in set(sys.modules) - before
              if name.split(".")[0] not in sys.stdlib_module_names))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["lazy_loader", "participation_stats"]


def test_validating_a_small_file_loads_no_tests_of_chance(tmp_path):
    path = tmp_path / "meetings.csv"
    path.write_text("meeting_id,body_id,date,format\nm1,c,2011-10-26,formal\n", encoding="utf-8")
    code = f"""
import sys
from participation_stats.cli import main
try:
    main(["validate", {str(path)!r}, "--schema", "meetings", "--quiet"])
except SystemExit as end:
    assert end.code == 0, end.code
loaded = {{"scipy.stats", "matplotlib", "statsmodels", "duckdb"}} & set(sys.modules)
raise SystemExit(str(loaded) if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize("words", [["nowhere"], ["."], ["--kind", "compare", "--before", "."]])
def test_a_wrong_folder_is_told_before_the_report_is_loaded(words, tmp_path):
    code = f"""
import sys
from participation_stats.cli import main
assert main(["report", *{words!r}]) == 2
loaded = {{"scipy.stats", "matplotlib", "statsmodels", "pandera"}} & set(sys.modules)
raise SystemExit(str(loaded) if loaded else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "folder" in done.stderr


@pytest.mark.parametrize("command", ["--help", "--version"])
def test_help_is_instant_because_it_loads_nothing(command):
    code = f"""
import sys
from participation_stats.cli import main
main(["{command}"])
heavy = {{"numpy", "pandas", "scipy", "matplotlib"}} & set(sys.modules)
raise SystemExit(str(heavy) if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_public_function_has_its_modules_name():
    for name in ps.__all__:
        thing = getattr(ps, name)
        assert thing.__module__.rsplit(".", 1)[-1] != name
