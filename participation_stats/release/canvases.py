# mypy: allow-untyped-calls
"""Canvases: those of matplotlib, with every text measured and set once for all sizes and files.

Half of what matplotlib takes to write a figure goes into its letters: it fits them together anew
for each file, first to measure a text and then to draw it. A report says the same words over and
over.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from participation_stats.release.theme import MEASURED, POINTS_PER_INCH

#: FreeType counts in parts of a pixel.
_PARTS = 64


class FigureCanvas(FigureCanvasAgg):
    """What ``savefig`` writes with, when told ``backend="module://…"``."""

    def get_renderer(self) -> RendererAgg:
        """A renderer of this size; whoever draws twice has two."""
        width, height = self.get_width_height(physical=True)
        self.renderer: RendererAgg = _Pixels(width, height, self.figure.dpi)
        return self.renderer

    def print_svg(self, file: IO[bytes], *, metadata: Any = None, **_: Any) -> None:
        """Write the figure as SVG, in points, into an open file; pictures in it keep their dots."""
        dots, self.figure.dpi = self.figure.dpi, POINTS_PER_INCH
        width, height = self.figure.get_size_inches()
        lines = _Lines(
            width * POINTS_PER_INCH,
            height * POINTS_PER_INCH,
            codecs.getwriter("utf-8")(file),
            image_dpi=dots,
            metadata=metadata,
        )
        renderer: Any = MixedModeRenderer(self.figure, width, height, dots, lines)
        self.figure.draw(renderer)
        renderer.finalize()


class _Measuring(RendererBase):
    """Measures a text once, at whatever size it is asked for."""

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        pixels: Any = self.points_to_pixels(prop.get_size_in_points())
        times = pixels / MEASURED
        width, height, descent = _measured(s, _at_size(prop, MEASURED))
        return times * width, times * height, times * descent

    def _get_font_height_metrics(
        self, prop: FontProperties
    ) -> tuple[float, float, float] | tuple[None, None, None]:
        """Ascent, descent and gap of a font's lines; matplotlib asks its renderers first.

        Without an answer it reads them in the font's file for every text, with the same result.
        """
        line = _line_of(_at_size(prop, MEASURED))
        if line is None:
            return None, None, None
        pixels: Any = self.points_to_pixels(prop.get_size_in_points())
        ascent, descent, gap = line
        return pixels * ascent, pixels * descent, pixels * gap


class _Lines(_Measuring, RendererSVG):
    """SVG: lines and letters."""


class _Pixels(_Measuring, RendererAgg):
    """PNG: a level text is put on the page as a picture of it, its foot on a whole pixel."""

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        if angle or ismath or not (gc.get_antialiased() and _is_plain(prop, mtext)):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        letters = _set(s, prop.copy(), self.dpi)
        *colour, opacity = gc.get_rgb()
        picture = np.empty((*letters.ink.shape, 4), dtype=np.uint8)
        picture[..., :3] = np.rint(np.multiply(colour, 255))
        picture[..., 3] = np.rint(letters.ink * opacity)
        foot = round(y + letters.below)
        self.draw_image(gc, round(x + letters.before), self.height - foot, picture[::-1])


class _Letters(NamedTuple):
    """A text in pixels: how much of each is ink (0 to 255), and where it lies around its origin."""

    ink: npt.NDArray[np.uint8]
    before: float
    below: float


def _is_plain(font: FontProperties, text: Text | None) -> bool:
    """Whether there is one font to take letters from, each as it is."""
    several = len(font.get_family()) > 1
    return not several and (text is None or not (text.get_fontfeatures() or text.get_language()))


def _at_size(font: FontProperties, size: float) -> FontProperties:
    same = font.copy()
    same.set_size(size)
    return same


@lru_cache(maxsize=16_384)
def _measured(text: str, font: FontProperties) -> tuple[float, float, float]:
    """Width, height and descent; nobody may change `font` afterwards."""
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)


@lru_cache(maxsize=1_024)
def _line_of(font: FontProperties) -> tuple[float, float, float] | None:
    """Ascent, descent and gap of a line for a size of one, where the font has the table of them.

    Nobody may change `font` afterwards.
    """
    face = get_font(fontManager.findfont(font))
    head, line = face.get_sfnt_table("head"), face.get_sfnt_table("OS/2")
    if head is None or line is None:
        return None
    units = head["unitsPerEm"]
    return (
        line["sTypoAscender"] / units,
        -line["sTypoDescender"] / units,
        line["sTypoLineGap"] / units,
    )


@lru_cache(maxsize=1_024)
def _set(text: str, font: FontProperties, dpi: float) -> _Letters:
    """Set a text in pixels; nobody may change `font` afterwards."""
    face = get_font(fontManager.findfont(font))
    face.clear()
    face.set_size(font.get_size_in_points(), dpi)
    face.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    face.draw_glyphs_to_bitmap(antialiased=True)
    before, below = face.get_bitmap_offset()
    below += face.get_descent() + _PARTS  # a row under the letters is left empty
    return _Letters(face.get_image(), before / _PARTS, below / _PARTS)
