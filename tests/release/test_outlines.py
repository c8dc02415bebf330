"""Sections by a short YAML, templates in the place of ours, a copy for a word processor."""

import dataclasses
import re
import shutil
import zipfile

import pytest

import participation_stats as ps
from participation_stats.errors import InputError, MissingExtraError, OutputError, SourceError
from participation_stats.release.documents import write_document
from participation_stats.release.outlines import read_outline
from participation_stats.release.reporting import Finding
from participation_stats.release.templating import environment_of, template_names
from participation_stats.studies.estate import estate_report
from participation_stats.studies.pages import Commission


@pytest.fixture(scope="module")
def estate():
    return ps.load_example("minneapolis_boards")


@pytest.fixture(scope="module")
def report(estate):
    return estate_report(estate, Commission(ps.Policy.publish()))


def outline(tmp_path, text):
    path = tmp_path / "sections.yml"
    path.write_text(text, encoding="utf-8")
    return read_outline(path)


def test_order_titles_text_and_what_is_left_out(tmp_path, report):
    first = report.sections[0].slug
    page = outline(
        tmp_path,
        f"""
        order: [data-quality]
        titles: {{data-quality: "Can this be trusted?"}}
        text: {{{first}: "The board asked for this in March."}}
        """,
    ).arranged(report)
    assert page.sections[0].slug == "data-quality"
    assert {one.slug for one in page.sections} == {one.slug for one in report.sections}
    assert page.sections[0].title == page.sections[0].label == "Can this be trusted?"
    told = next(one for one in page.sections if one.slug == first)
    assert told.sentences[0] == "The board asked for this in March."
    assert told.sentences[1:] == report.sections[0].sentences


def test_a_section_left_out_goes_with_its_finding_and_is_told(tmp_path, report):
    slug = report.findings[0].anchor
    page = outline(tmp_path, f"leave_out: [{slug}, data-quality]").arranged(report)
    assert {slug, "data-quality"}.isdisjoint(one.slug for one in page.sections)
    assert slug not in {one.anchor for one in page.findings}
    assert len(page.findings) == len(report.findings) - 1
    title = next(one.title for one in report.sections if one.slug == slug)
    assert page.omissions[-2:] == (
        f"{title}: left out of this page on request.",
        "How good are the data? Left out of this page on request.",
    )


def test_findings_follow_the_order_of_their_sections(tmp_path, report):
    slugs = [one.slug for one in report.sections]
    findings = tuple(Finding(slug, ("A sentence.",), slug) for slug in slugs)
    turned = ", ".join(reversed(slugs))
    page = outline(tmp_path, f"order: [{turned}]").arranged(
        dataclasses.replace(report, findings=findings)
    )
    assert len(slugs) > 1
    assert [one.anchor for one in page.findings] == slugs[::-1]


def test_an_empty_outline_changes_nothing(tmp_path, report):
    assert outline(tmp_path, "").arranged(report) == report


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("order: [data-qualty]", InputError, "no section 'data-qualty'.*'data-quality' is meant"),
        ("ordr: [x]", InputError, "no setting 'ordr'.*order and leave_out"),
        ("order: data-quality", InputError, "'order' is no list of sections"),
        ("titles: [a]", InputError, "'titles' does not give a text for each section"),
        ("- a", InputError, "this is no list of settings"),
        ("order: [", SourceError, "the outline cannot be read.*YAML"),
    ],
)
def test_what_is_wrong_with_an_outline_is_told(tmp_path, report, text, error, message):
    with pytest.raises(error, match=message):
        outline(tmp_path, text).arranged(report)


def test_an_outline_that_is_not_there(tmp_path, estate):
    with pytest.raises(SourceError, match=r"nowhere\.yml.*cannot be read"):
        ps.write_report(estate, tmp_path / "r", sections=tmp_path / "nowhere.yml")
    assert list(tmp_path.iterdir()) == []


def test_templates_of_a_folder_take_the_place_of_ours(tmp_path, estate):
    ours = environment_of(None).loader.get_source(None, "texts.jinja")[0]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "texts.jinja").write_text(ours.replace("In short", "Yn fyr"))
    (tmp_path / "mine" / "report.css").write_text("body { color: maroon; }")
    page = ps.write_report(estate, tmp_path / "r", templates=tmp_path / "mine").read_text()
    assert '<h2 id="findings">Yn fyr</h2>' in page
    assert re.search(r"<style>\s*body \{ color: maroon; \}\s*</style>", page)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (None, "", "there is no such folder"),
        ("readme.txt", "", r"no template here.*one or more of document\.html\.jinja.*readme\.txt"),
        ("parts.jinja", "{% if %}", "line 1 of the template cannot be read"),
    ],
)
def test_what_is_wrong_with_templates_is_told_before_anything_is_drawn(
    tmp_path, estate, name, text, message
):
    folder = tmp_path / "mine"
    if name is not None:
        folder.mkdir()
        (folder / name).write_text(text)
    with pytest.raises(InputError, match=message):
        ps.write_report(estate, tmp_path / "r", templates=folder)
    assert not (tmp_path / "r").exists()


def test_every_template_is_plain_and_asks_for_nothing():
    for name in template_names():
        text = environment_of(None).loader.get_source(None, name)[0]
        assert "http" not in text, name
        assert "<script" not in text, name


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed")
@pytest.mark.parametrize(
    ("kind", "inside"), [("docx", "word/document.xml"), ("odt", "content.xml")]
)
def test_a_copy_for_a_word_processor(tmp_path, estate, kind, inside):
    folder = ps.write_report(estate, tmp_path / "r", document=kind).parent
    with zipfile.ZipFile(folder / f"report.{kind}") as archive:
        told = archive.read(inside).decode()
        text = re.sub(r"<[^>]+>", " ", told)
        assert any("media" in name or "Pictures" in name for name in archive.namelist())
    assert "Renters hold 66 of the 428 seats" in re.sub(r"\s+", " ", text)
    # Each picture is described to those who cannot see it.
    pictures = len(list((folder / "figures").glob("*.png")))
    alternatives = re.findall(r"<svg:desc>Neighborhood|descr=\"Neighborhood", told)
    assert len(alternatives) == pictures > 0
    again = ps.write_report(estate, tmp_path / "again", document=kind).parent
    first, second = ((one / f"report.{kind}").read_bytes() for one in (folder, again))
    assert first == second


def test_without_pandoc_it_is_said_before_anything_is_drawn(tmp_path, estate, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match=r"pandoc is not installed.*Word copy.*pandoc\.org"):
        ps.write_report(estate, tmp_path / "r", document="docx")
    assert list(tmp_path.iterdir()) == []


def test_a_pandoc_that_fails_is_told(tmp_path, monkeypatch):
    fake = tmp_path / "pandoc"
    fake.write_text("#!/bin/sh\necho 'out of memory' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(OutputError, match=r"could not write the OpenDocument copy.*out of memory"):
        write_document("<p>x</p>", tmp_path, "odt")


def test_no_such_document(tmp_path, estate):
    with pytest.raises(InputError, match=r"no document 'pdf'.*one of docx, odt"):
        ps.write_report(estate, tmp_path / "r", document="pdf")
