"""How everything that is drawn looks: palette, sizes, fonts, and how a figure becomes bytes.

Four colours at most, none of them the only carrier of a meaning. All lengths are inches and
all font sizes points, at the size at which the figure is printed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Literal

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

#: The four colours, in the order in which they are taken.
BLUE, TEAL, PLUM, ORANGE = PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")

#: Neutrals are no colours of the palette: they carry structure, never a meaning.
INK, QUIET, LINE, BAND, PALE = "#1A1A1A", "#4A4A4A", "#B8BEC4", "#D5DCE3", "#EEF1F4"
#: What a pale area needs around it to be seen: 4:1 on white.
EDGE = "#767D85"
EDGE_WIDTH = 0.6

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 12.0, 10.0, 9.0
LEADING = 1.28
MARGIN = 0.08
#: By so many inches a title is made narrower until it would need one more line.
BALANCE_STEP = 0.1
WIDTH_MM = 160.0
#: For a phone: at the size at which it is shown there, letters are as large as those of the page.
NARROW_MM = 90.0
MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0
#: Where a reader's machine fits letters to its pixels, text comes out up to this much wider.
HINTING = 1.03
PNG_DPI = 200
#: Size in points at which letters are measured: that of matplotlib's outlines.
MEASURED = 100
#: What writes the files, by the name that ``savefig`` knows it by.
CANVASES = f"module://{__package__}.canvases"

#: DejaVu Sans comes with matplotlib, so that a figure has the same bytes on every machine.
FONT = "DejaVu Sans"
#: What stands in for it where a reader's machine has it not: the first is as wide, the others are
#: narrower, so that nothing can overlap.
FALLBACKS = "Verdana, Helvetica, Arial, sans-serif"

_STYLE: dict[str, Any] = {
    "font.family": FONT,
    "font.size": SMALL_SIZE,
    "axes.labelsize": SMALL_SIZE,
    "axes.titlesize": TEXT_SIZE,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": SMALL_SIZE,
    "legend.fontsize": SMALL_SIZE,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "hatch.color": QUIET,
    "hatch.linewidth": 0.6,
    "savefig.bbox": None,
    # Fitted to pixels, letters take half as long again and look no better at `PNG_DPI`.
    "text.hinting": "no_hinting",
    # A group named "A$B$C" is text, never a formula.
    "text.parse_math": False,
    # Letters stay letters: a fifth of the bytes, and the words can be searched and copied.
    "svg.fonttype": "none",
    "svg.hashsalt": "participation_stats",
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw inside this: seaborn's white style in our fonts and sizes, undone on leaving.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> with styled():
    ...     mpl.rcParams["font.family"]
    ['DejaVu Sans']
    """
    style: dict[Any, Any] = {**sns.axes_style("white"), **_STYLE}
    with mpl.rc_context(style):
        yield


def file_bytes(figure: Figure, kind: Literal["svg", "png"], *, dpi: float = PNG_DPI) -> bytes:
    """Turn a figure into the bytes of a file; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Figure
        A figure of this package (its ``alt_text`` is written into the file) or any other.
    kind : {"svg", "png"}
        Text in an SVG is text, in `FONT` or, where the reader has it not, in a `FALLBACKS` font.
    dpi : float
        Dots per inch of a PNG.

    Examples
    --------
    >>> figure = Figure(figsize=(1, 1))
    >>> file_bytes(figure, "svg") == file_bytes(figure, "svg")
    True
    >>> file_bytes(figure, "png", dpi=10)[1:4]
    b'PNG'
    """
    described = str(getattr(figure, "alt_text", ""))
    # A date or a version in the file would change its bytes from day to day.
    metadata: dict[str, str | None] = (
        {"Date": None, "Creator": None, "Description": described or None}
        if kind == "svg"
        else {"Software": None, **({"Description": described} if described else {})}
    )
    buffer = io.BytesIO()
    with styled():
        # Harder packing takes twice as long, and makes flat areas and letters no smaller.
        packing: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=metadata, backend=CANVASES, **packing)
    content = buffer.getvalue()
    if kind == "svg":
        return content.replace(f"'{FONT}'".encode(), f"'{FONT}', {FALLBACKS}".encode())
    return content


@lru_cache(maxsize=8192)
def text_width(text: str, size: float = SMALL_SIZE, *, bold: bool = False) -> float:
    """Width of one line of text, in inches.

    Examples
    --------
    >>> text_width("Portuguese") < text_width("Portuguese", bold=True)
    True
    """
    # Letter by letter: to lay out every line that is tried takes most of the time of a figure.
    more = sum(_ink(one + other, bold) - _ink(one, bold) for one, other in pairwise(text))
    return (_ink(text[:1], bold) + more) * (size / MEASURED) * HINTING / POINTS_PER_INCH


@cache
def _ink(letters: str, bold: bool) -> float:
    """Width of one or two letters from the left of the first to the right of the last, in points.

    At a size at which it is measured in whole steps, so that sums of them are exact.
    """
    font = FontProperties(family=FONT, size=MEASURED, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(letters, font, ismath=False)
    return float(width)


def line_height(size: float = SMALL_SIZE) -> float:
    """Height of one line of text with its leading, in inches.

    Examples
    --------
    >>> round(line_height(9), 3)
    0.16
    """
    return size * LEADING / POINTS_PER_INCH


def wrapped(
    text: str, width: float, size: float = SMALL_SIZE, *, bold: bool = False
) -> tuple[str, ...]:
    """Lines of `text` that are each at most `width` inches wide; a long word is broken.

    Examples
    --------
    >>> wrapped("Any other mixed or multiple background", 1.4)
    ('Any other mixed or', 'multiple background')
    >>> wrapped("", 1.0)
    ()
    """
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size, bold=bold) <= width:
            lines[-1] = joined
        else:
            lines.extend(_broken(word, width, size, bold))
    return tuple(lines)


def balanced(
    text: str, width: float, size: float = SMALL_SIZE, *, bold: bool = False
) -> tuple[str, ...]:
    """As many lines as `wrapped` needs, alike in length: no last line of a single word.

    Examples
    --------
    >>> wrapped("Nobody is told from everybody else by chance", 2.5)
    ('Nobody is told from everybody else by', 'chance')
    >>> balanced("Nobody is told from everybody else by chance", 2.5)
    ('Nobody is told from', 'everybody else by chance')
    """
    lines = wrapped(text, width, size, bold=bold)
    longest = max((text_width(word, size, bold=bold) for word in text.split()), default=0.0)
    narrow = width
    while len(lines) > 1 and (narrow := narrow - BALANCE_STEP) > max(width / 2, longest):
        closer = wrapped(text, narrow, size, bold=bold)
        if len(closer) > len(lines):
            break
        lines = closer
    return lines


def _broken(word: str, width: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, bold=bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
