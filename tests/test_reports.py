"""reports/ is what the command writes: each file, byte for byte, where the versions agree."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import participation_stats as ps

REPORTS = Path(__file__).parents[1] / "reports"
#: Reports of St Mary's of other kinds that are kept too, as `report --kind` writes them.
KINDS = {"tsm": {"homes": 1200}, "compare": {"years": (2011, 2013)}}


@pytest.mark.slow
@pytest.mark.parametrize("name", ps.example_names())
def test_report_in_the_repository_is_what_the_command_writes(name, tmp_path):
    kept = REPORTS / name
    record = json.loads((kept / "provenance.json").read_text(encoding="utf-8"))
    written = ps.write_report(
        ps.load_example(name), tmp_path / name, command=record["command"]
    ).parent
    _compare(written, kept)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_report_of_another_kind_is_what_the_command_writes(kind, tmp_path):
    kept = REPORTS / f"st_marys-{kind}"
    record = json.loads((kept / "provenance.json").read_text(encoding="utf-8"))
    written = ps.write_report(
        ps.load_example("st_marys"),
        tmp_path / kind,
        kind=kind,
        command=record["command"],
        **KINDS[kind],
    ).parent
    _compare(written, kept)


@pytest.mark.slow
def test_gallery_in_the_repository_is_what_the_function_writes(tmp_path):
    _compare(ps.write_gallery(tmp_path / "gallery").parent, REPORTS / "gallery")


def test_gallery_shows_every_figure_and_a_guarded_one():
    page = (REPORTS / "gallery" / "index.html").read_text(encoding="utf-8")
    kinds = [name for name in ps.__all__ if name.startswith("draw_")]
    assert [name for name in kinds if f"ps.{name}(" not in page] == []
    assert "<td>[c]</td>" in page
    assert "fmt:" not in page, "what a formatter is told is not for readers"


@pytest.mark.slow
def test_another_processor_writes_the_same_bytes(tmp_path):
    """The last digits of sums and exponentials depend on it: here it is told to do without."""
    kept = REPORTS / "st_marys"
    record = json.loads((kept / "provenance.json").read_text(encoding="utf-8"))
    script = (
        "import sys, participation_stats as ps\n"
        "ps.write_report(ps.load_example('st_marys'), sys.argv[1], command=sys.argv[2])"
    )
    features = " ".join(numpy._core._multiarray_umath.__cpu_dispatch__)
    plain = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": features}
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, tmp_path / "plain", record["command"]],
        env=os.environ | plain,
        check=True,
    )
    _compare(tmp_path / "plain", kept)


def _compare(written, kept):
    record = json.loads((kept / "provenance.json").read_text(encoding="utf-8"))
    now = json.loads((written / "provenance.json").read_text(encoding="utf-8"))
    assert now["inputs"] == record["inputs"]
    assert _files(written) == _files(kept)
    if now["versions"] != record["versions"]:
        pytest.skip("other versions than those of the kept report: letters and digits may differ")
    for path in _files(kept):
        assert (written / path).read_bytes() == (kept / path).read_bytes(), path


def _files(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
