"""The pages of docs/: their examples run, and the reference names what there is."""

import doctest
import re
from pathlib import Path

import pytest

import participation_stats as ps

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(
        page
        for folder in ("docs", "benchmarks", "data_schemas", "tests")
        for page in sorted((ROOT / folder).rglob("*.md"))
    ),
]
REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", ["guide.md", "methods.md"])
def test_examples_print_what_the_page_says(page):
    done = doctest.testfile(
        str(DOCS / page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert done.attempted > 0
    assert done.failed == 0


def test_reference_names_each_public_name_once():
    named = re.findall(r"^\| `(\w+)` \|", REFERENCE, flags=re.MULTILINE)
    assert sorted(named) == sorted(ps.__all__)


def test_reference_gives_each_names_own_first_line():
    for name, line in re.findall(r"^\| `(\w+)` \| (.+) \|$", REFERENCE, flags=re.MULTILINE):
        assert line == getattr(ps, name).__doc__.strip().split("\n")[0], name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_is_there(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
