"""What the README says runs, and what it shows is there."""

import re
from pathlib import Path

import participation_stats as ps

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_readmes_own_test_command():
    blocks = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    assert blocks[0] == "pip install . && participation-stats report"
    assert re.sub("install ", "install -q ", blocks[1]) in (ROOT / ".ci" / "run").read_text()


def test_the_script_runs_and_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (script,) = re.findall(r"```python\n(.*?)\n```", README, flags=re.DOTALL)
    exec(compile(script, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "under-represented" in printed
    assert (tmp_path / "network.png").stat().st_size > 10_000


def test_every_link_and_picture_is_there():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_public_name_it_mentions_exists():
    for name in re.findall(r"`(\w+)`(?!\.)", README):
        if re.fullmatch(r"[a-z]+_[a-z_]+", name) and name not in (
            *ps.example_names(),
            "participation_stats",
        ):
            assert hasattr(ps, name), name
