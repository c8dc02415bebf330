"""A figure as other eyes see it: in grey, and with each kind of colour blindness.

The matrices are of Machado, Oliveira & Fernandes (2009), A physiologically-based model for
simulation of color vision deficiency, IEEE Transactions on Visualization and Computer Graphics
15 (6), 1291-1298, at full severity; they apply to linear RGB. Contrast is that of WCAG 2.2.
"""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from participation_stats.release import theme

DPI = 200
EYES = {
    "as it is, and in grey": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
#: Of graphics against what is beside them: WCAG 2.2, success criterion 1.4.11.
LEAST = 3.0
#: Of two marks against each other. WCAG asks nothing of marks that differ in form; two differ in
#: form, filling, width or dashes where so much of what stands out is not common, or so much of what
#: they cover is twice as light. A triangle and a circle do in a third, a filled and an empty dot in
#: nine tenths, lines of 2 and of 1.4 points in a fifth, which is too little.
TWOFOLD, APART = 2.0, 0.3
#: Lighter than this, against white, is no part of a mark.
TRACE = 1.3
#: Fewer dots of the picture are no mark.
FEWEST = 8


def linear(rgb: np.ndarray) -> np.ndarray:
    """Linear light of sRGB fractions."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(light: np.ndarray, eye: str) -> np.ndarray:
    """Relative luminance of what an eye sees of linear light."""
    seen = np.clip(light @ EYES[eye].T, 0, 1)
    return seen @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one: np.ndarray | float, other: np.ndarray | float) -> np.ndarray:
    """Of two luminances, from 1 to 21."""
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


class Picture:
    """A figure as dots, and where on it things are."""

    def __init__(self, figure):
        figure.set_dpi(DPI)
        self.figure, canvas = figure, FigureCanvasAgg(figure)
        with theme.styled():
            canvas.draw()
        self.renderer = canvas.get_renderer()
        self.light = linear(np.asarray(canvas.buffer_rgba())[..., :3] / 255.0)

    def cut(self, box: Bbox, pad: int = 2) -> np.ndarray:
        """Linear light inside a box of the page, which counts from the bottom."""
        tall, wide = self.light.shape[:2]
        x0, x1 = (int(np.clip(v, 0, wide)) for v in (box.x0 - pad, box.x1 + pad + 1))
        y0, y1 = (int(np.clip(v, 0, tall)) for v in (tall - box.y1 - pad - 1, tall - box.y0 + pad))
        return self.light[y0:y1, x0:x1]

    def entries(self) -> dict[str, np.ndarray]:
        """What the key shows, by what it says."""
        return {
            text.get_text(): self.cut(handle.get_window_extent(self.renderer))
            for legend in self.figure.legends
            for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True)
        }

    def marks(self) -> list[np.ndarray]:
        """Every dot, and every bar or band that is not the ground of a heading."""
        found = []
        for axes in self.figure.findobj(lambda one: hasattr(one, "get_xaxis_transform")):
            for dots in axes.collections:
                if isinstance(dots, PathCollection):
                    places = dots.get_offset_transform().transform(dots.get_offsets())
                    reach = round(np.sqrt(dots.get_sizes().max(initial=1.0)) * DPI / 144) + 3
                    found += [self.cut(Bbox.from_bounds(x, y, 0, 0), reach) for x, y in places]
            for bar in axes.patches:
                box = bar.get_window_extent(self.renderer)
                if isinstance(bar, Rectangle) and bar.get_edgecolor()[3] + bar.get_linewidth() > 0:
                    flat = not min(box.width, box.height) >= 1  # or NaN: nothing is drawn
                    found += [] if flat or _is_ground(bar) else [self.cut(box)]
        return found


def _is_ground(bar: Rectangle) -> bool:
    """White, or pale without an edge: it covers something, and means nothing."""
    return bar.get_edgecolor()[3] == 0 and min(bar.get_facecolor()[:3]) > 0.9


def form(light: np.ndarray, eye: str) -> np.ndarray:
    """Which dots stand out from white."""
    return contrast(luminance(light, eye), 1.0) >= LEAST


def is_seen(light: np.ndarray, eye: str) -> bool:
    """Whether enough of a mark stands out from white."""
    return int(form(light, eye).sum()) >= FEWEST


def are_apart(one: np.ndarray, other: np.ndarray, eye: str) -> bool:
    """Whether two marks, laid on each other, differ in form or in light."""
    tall = max(one.shape[0], other.shape[0])
    wide = max(one.shape[1], other.shape[1])
    marks = [_centred(mark, tall, wide) for mark in (one, other)]
    forms = [form(mark, eye) for mark in marks]
    first, second = (luminance(mark, eye) for mark in marks)
    covered = np.minimum(first, second) <= 1.05 / TRACE - 0.05
    of_form = np.logical_xor(*forms).sum() / max(np.logical_or(*forms).sum(), 1)
    of_light = (contrast(first, second) >= TWOFOLD)[covered].mean()
    return bool(max(of_form, of_light) >= APART)


def _centred(light: np.ndarray, tall: int, wide: int) -> np.ndarray:
    """The same on a white ground of this size."""
    ground = np.ones((tall, wide, 3))
    top, left = (tall - light.shape[0]) // 2, (wide - light.shape[1]) // 2
    ground[top : top + light.shape[0], left : left + light.shape[1]] = light
    return ground
