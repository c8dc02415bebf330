"""The page in a real browser: accessible, silent, alone, and usable without a mouse."""

import shutil
import subprocess

import pytest

import participation_stats as ps

pytestmark = pytest.mark.slow

NAMES = ("st_marys", "minneapolis_boards", "southern_women")
#: The other kinds, of St Mary's.
KINDS = {
    "body": {"bodies": ["network"]},
    "survey": {},
    "tsm": {"homes": 600},
    "compare": {"years": (2011, 2013)},
}
PAGES = (*NAMES, *KINDS, "gallery")
# Without these, Chromium calls home at every start.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    home = tmp_path_factory.mktemp("pages")
    written = {name: ps.write_report(ps.load_example(name), home / name) for name in NAMES}
    estate = ps.load_example("st_marys")
    return (
        written
        | {
            kind: ps.write_report(estate, home / kind, kind=kind, **options)
            for kind, options in KINDS.items()
        }
        | {"gallery": ps.write_gallery(home / "gallery")}
    )


@pytest.fixture(scope="module")
def chromium():
    """A browser of the machine's own; playwright brings none here."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: install Debian's package 'chromium'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, pages):
    """Open a page and record what it says and asks for."""
    contexts = []

    def open_page(name, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(pages[name].as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_accessibility_violation_at_wcag_22_aa(visit, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, color_scheme=scheme)
    # What is folded is read too: a reader may open every table.
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": standards}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_silent_and_alone(visit, name):
    page = visit(name)
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("data:", "file:"))] == []
    assert sum(url.startswith("file:") for url in page.asked) == 1


@pytest.mark.parametrize("width", [320, 390, 1200, 2560])
@pytest.mark.parametrize("name", ["st_marys", *KINDS])
def test_nothing_is_wider_than_the_screen(visit, width, name):
    page = visit(name, viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["st_marys", "tsm"])
def test_a_caption_stays_on_the_screen_while_its_table_scrolls(visit, name):
    page = visit(name, viewport={"width": 390, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    wide = page.evaluate(
        "[...document.querySelectorAll('table')].filter(t => t.scrollWidth > 390).length"
    )
    assert wide > 0, "some table is wider than a phone"
    ends = page.evaluate(
        "[...document.querySelectorAll('caption, .marks')]"
        ".map(c => c.getBoundingClientRect().right)"
    )
    assert max(ends) <= 390


def test_printed_pages_are_numbered_and_none_is_blank(visit, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine: install Debian's package 'poppler-utils'")
    page = visit("tsm")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    pages = [one.split() for one in text.split("\f")][:-1]
    for number, words in enumerate(pages, start=1):
        assert "".join(words[-3:]).endswith(f"{number}/{len(pages)}")
        assert len(words) > 20, number


@pytest.mark.parametrize(("width", "fits"), [(390, True), (1200, False)])
def test_a_phone_gets_figures_drawn_for_it(visit, width, fits):
    page = visit("st_marys", viewport={"width": width, "height": 900})
    image = page.locator("figure picture.fits img").first
    image.scroll_into_view_if_needed()
    wide = image.get_attribute("src")
    assert (image.evaluate("one => one.currentSrc") != wide) == fits
    # Nothing to scroll to: the whole figure is on the screen.
    assert page.evaluate(
        "[...document.querySelectorAll('.picture')].every(p => p.scrollWidth <= p.clientWidth)"
    )


def test_the_gallery_keeps_the_figures_in_words_folded(visit):
    page = visit("gallery")
    alternative = page.locator("figure img").first.get_attribute("alt")
    folded = page.locator("details", has_text="The figure in words").first
    assert folded.locator("p").inner_text() == "" or not folded.locator("p").is_visible()
    folded.locator("summary").click()
    assert folded.locator("p").inner_text() == alternative
    labels = page.locator(".picture").evaluate_all("all => all.map(p => p.ariaLabel)")
    assert not any("numbers drawn" in label for label in labels)


def test_a_keyboard_is_enough(visit):
    page = visit("st_marys")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the findings"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY"} <= reached
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def test_a_claim_leads_to_its_table_and_opens_it(visit):
    page = visit("st_marys")
    link = page.locator(".findings a.see").first
    target = page.locator(link.get_attribute("href"))
    assert not target.is_visible()
    link.focus()
    page.keyboard.press("Enter")
    target.wait_for(state="visible", timeout=5_000)
    assert target.locator("table").is_visible()


def test_paper_has_short_tables_and_names_long_ones(visit):
    page = visit("st_marys")
    page.emulate_media(media="print")
    folded = page.locator("#table-committee_gender table")
    assert folded.is_visible()
    long = page.locator("figure.long").first
    assert not long.locator("table").is_visible()
    assert "tables/" in long.locator(".paper").inner_text()


def test_print_shows_the_tables_and_hides_the_links(visit):
    page = visit("minneapolis_boards")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("h1").is_visible()
    assert len(page.pdf()) > 20_000
