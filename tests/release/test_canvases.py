"""Canvases: the same files as matplotlib's own, but for letters moved by part of a pixel."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from participation_stats.release import canvases
from participation_stats.release.theme import CANVASES, styled

TEXTS = ("Xygjp", "Black Caribbean", "f", "Änderung", "12%")


def figure_with(text, **how):
    figure = Figure(figsize=(3, 1))
    figure.text(**{"x": 0.1, "y": 0.42, "s": text, "fontsize": 9} | how)
    return figure


def written(figure, kind, backend=None):
    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {}
    with styled():
        figure.savefig(buffer, format=kind, dpi=200, metadata=metadata, backend=backend)
    return buffer.getvalue()


def ink_of(figure, backend=None):
    """How dark each pixel is, 0 to 255."""
    image = Image.open(io.BytesIO(written(figure, "png", backend))).convert("L")
    return 255 - np.asarray(image).astype(int)


def darkest(png):
    """The colour of a pixel that is all ink."""
    colours = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3).astype(int)
    return colours[colours.sum(axis=1).argmin()]


def box_of(ink):
    rows, columns = np.flatnonzero((ink > 127).any(1)), np.flatnonzero((ink > 127).any(0))
    return np.array([rows[0], rows[-1], columns[0], columns[-1]])


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("place", [0.30, 0.31, 0.32, 0.33])
def test_letters_stand_where_matplotlib_puts_them(text, place):
    figure = figure_with(text, x=place, y=place)
    ours, theirs = ink_of(figure, CANVASES), ink_of(figure)
    # A foot on a whole pixel is at most half a pixel away, and an edge is on one side or the other.
    assert np.abs(box_of(ours) - box_of(theirs)).max() <= 1
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.02)  # as much ink, spread otherwise


@pytest.mark.parametrize(
    "how",
    [
        {"rotation": 30},
        {"s": "$x^2$", "parse_math": True},
        {"fontfeatures": ["-kern"]},
        {"language": "tr"},
        {"family": ["DejaVu Serif", "DejaVu Sans"]},
        {"antialiased": False},
    ],
)
def test_what_is_not_plain_level_text_is_left_to_matplotlib(how):
    text = {"s": "AVAT fi"} | how
    figure = figure_with(**{"text": text.pop("s")} | text)
    canvases._set.cache_clear()
    ours, theirs = ink_of(figure, CANVASES), ink_of(figure)
    assert canvases._set.cache_info().misses == 0
    # The same letters; their place follows from a width that was measured in whole steps.
    assert np.abs(box_of(ours) - box_of(theirs)).max() <= 1
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.005)


@pytest.mark.parametrize("how", [{"alpha": 0.4}, {"color": (0.5, 0, 0.2, 0.4)}, {"color": "plum"}])
def test_colour_and_opacity_of_a_text(how):
    figure = figure_with("■■■■", **how)
    ours, theirs = (darkest(written(figure, "png", backend)) for backend in (CANVASES, None))
    assert min(ours) < 250, "nothing is drawn"
    assert np.abs(np.subtract(ours, theirs)).max() <= 1  # two ways of rounding a blend


@pytest.mark.parametrize("text", TEXTS)
def test_an_svg_is_that_of_matplotlib_byte_for_byte(text):
    figure = figure_with(text, ha="right", va="top", wrap=True)
    axes = figure.add_axes((0.1, 0.3, 0.8, 0.5))
    axes.pcolormesh([[1, 2], [3, 4]], rasterized=True)
    axes.set_title(text, rotation=20)
    assert written(figure, "svg", CANVASES) == written(figure, "svg")


@pytest.mark.parametrize("family", ["DejaVu Sans", "STIXGeneral", ["Nowhere", "DejaVu Serif"]])
@pytest.mark.parametrize("known", [True, False])
def test_lines_stand_as_far_apart_as_matplotlib_has_them(family, known, monkeypatch):
    figure = figure_with("Portuguese\n\nx\nBlack", family=family, va="center")
    figure.text(0.6, 0.5, "Ag\nyp", family=family, size=13, linespacing=1.3)
    if not known:  # the font has no table of its lines
        monkeypatch.setattr(canvases, "_line_of", lambda font: None)
    assert written(figure, "svg", CANVASES) == written(figure, "svg")


def test_the_height_of_lines_is_read_once_for_each_font():
    canvases._line_of.cache_clear()
    for weight in ("bold", "normal"):
        for kind in ("svg", "png"):
            written(
                figure_with("one\ntwo", weight=weight, fontsize=len(kind + weight)), kind, CANVASES
            )
    assert canvases._line_of.cache_info().misses == 2


def test_a_text_is_fitted_together_once_for_all_sizes_and_files():
    for cached in (canvases._measured, canvases._set):
        cached.cache_clear()
    for size in (9, 10, 12):
        for kind in ("svg", "png", "png"):
            written(figure_with("Portuguese", fontsize=size), kind, CANVASES)
    assert canvases._measured.cache_info().misses == 1
    assert canvases._set.cache_info().misses == 3  # pixels of each size
    assert canvases._set.cache_info().hits == 3


def test_a_figure_is_as_it_was_after_it_is_written():
    figure = figure_with("Portuguese")
    before = figure.dpi, figure.canvas
    for kind in ("svg", "png"):
        written(figure, kind, CANVASES)
    assert (figure.dpi, figure.canvas) == before
