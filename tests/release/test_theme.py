"""The theme: contrast, sizes, wrapping, and files whose bytes do not change."""

import re
import subprocess
import sys

import matplotlib as mpl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from participation_stats.release import theme


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_palette_is_the_four_colours():
    assert theme.PALETTE == ("#12436D", "#28A197", "#801650", "#F46A25")


@pytest.mark.parametrize("ground", ["white", theme.PALE])
@pytest.mark.parametrize("ink", [theme.INK, theme.QUIET])
def test_text_is_readable_on_every_ground(ink, ground):
    assert contrast(ink, ground) >= 7  # WCAG AAA for text of any size


@pytest.mark.parametrize("colour", theme.PALETTE)
def test_colours_stand_out_from_white_and_from_absent_cells(colour):
    # WCAG 1.4.11 asks 3:1 of graphics against their ground; orange has it on white only just,
    # which is why every orange mark has a dark edge or a label.
    assert contrast(colour, "white") >= 2.9
    assert contrast(colour, theme.PALE) >= 2.5


def test_no_text_is_smaller_than_nine_points():
    assert min(theme.SMALL_SIZE, theme.TEXT_SIZE, theme.TITLE_SIZE) >= 9


def test_style_is_undone():
    before = dict(mpl.rcParams)
    with theme.styled():
        assert mpl.rcParams["svg.fonttype"] == "none"
        assert not mpl.rcParams["text.parse_math"]
    assert dict(mpl.rcParams) == before


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), max_size=60),
    st.floats(0.3, 4),
)
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = theme.wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(theme.text_width(line) <= width for line in lines if len(line) > 1)


def test_wrapped_breaks_a_word_that_is_too_long():
    assert theme.wrapped("Llanfairpwllgwyngyll", 0.8) == ("Llanfairpwll", "gwyngyll")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_file_holds_the_words_and_no_date(kind):
    figure = Figure(figsize=(1, 1))
    figure.alt_text = "Ten of twelve"
    content = theme.file_bytes(figure, kind)
    assert b"Ten of twelve" in content
    assert b"dc:date" not in content
    assert b"atplotlib v" not in content


@pytest.mark.slow
def test_same_bytes_in_another_process_and_with_another_hash_seed():
    code = (
        "import hashlib; from matplotlib.figure import Figure;"
        "from participation_stats.release.theme import file_bytes;"
        "f = Figure((2, 1)); a = f.subplots(); a.plot([0, 1], [1, 0], 'o'); a.set_title('x');"
        "print(hashlib.sha256(file_bytes(f, 'svg') + file_bytes(f, 'png')).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "HOME": "."},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_an_svg_holds_its_words_and_names_fonts_that_every_machine_has():
    with theme.styled():
        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.5, "Nobody & everybody", weight="bold")
    svg = theme.file_bytes(figure, "svg").decode("utf-8")
    assert ">Nobody &amp; everybody</text>" in svg
    families = re.findall(r"font-family: ([^;\"]*)", svg)
    assert families
    assert set(families) == {f"'{theme.FONT}', {theme.FALLBACKS}"}


def test_a_line_is_as_wide_as_its_outlines():
    """Letter by letter or laid out as a whole; but for ligatures, which differ by a hair."""
    lines = [
        "Black African",
        "AVATAR To. Yew",
        "2,000 of 12,345 (16%)",
        "“came once”; 0–4",
        "é ß ½",
    ]
    for size, bold in ((9.0, False), (11.5, True)):
        font = FontProperties(family=theme.FONT, size=size, weight="bold" if bold else "normal")
        for line in [*lines, "Council officers"]:
            whole, _, _ = text_to_path.get_text_width_height_descent(line, font, ismath=False)
            near = 1e-3 if "ffi" in line else 1e-12
            told = theme.text_width(line, size, bold=bold)
            assert told == pytest.approx(whole * theme.HINTING / theme.POINTS_PER_INCH, rel=near)
    assert theme.text_width("") == 0
