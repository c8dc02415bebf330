"""What every figure must hold, measured on the drawn figure itself."""

from __future__ import annotations

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from participation_stats.release import theme

#: Pixels by which boxes of text may touch: hinting moves glyphs by up to one.
SLACK = 1.0


def texts(figure: Figure) -> list[Text]:
    """Every piece of text that is drawn."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


def faults(figure: Figure) -> list[str]:
    """Text that is clipped, overlaps other text or is too small; empty for a good figure."""
    canvas = FigureCanvasAgg(figure)
    with theme.styled():
        canvas.draw()
    renderer = canvas.get_renderer()
    width, height = canvas.get_width_height()
    found = []
    boxes = [(text, text.get_window_extent(renderer)) for text in texts(figure)]
    boxes = [(text, box) for text, box in boxes if box.width > 0]
    for text, box in boxes:
        if text.get_fontsize() < 9:
            found.append(f"small: {text.get_text()!r}")
        outside = box.x0 < -SLACK or box.y0 < -SLACK
        if outside or box.x1 > width + SLACK or box.y1 > height + SLACK:
            found.append(f"clipped: {text.get_text()!r}")
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        # Boxes hold the full height of a line; descenders of one may reach into the next.
        if across > SLACK and down > SLACK + 0.12 * min(a.height, b.height):
            found.append(f"overlap: {one.get_text()!r} and {other.get_text()!r}")
    return found
