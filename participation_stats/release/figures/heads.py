"""Heads: what stands over the columns of a figure, in words that are never broken."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.transforms import Transform

from participation_stats.release import theme

#: What a head may take of its column.
FITTING = 0.94


@dataclasses.dataclass(frozen=True)
class Heads:
    """The name of each column and what it counts.

    Attributes
    ----------
    lines : tuple of tuple of str
        Wrapped to the column; one line each where they are turned.
    turned : bool
        Whether they stand upright, because a word is wider than its column.
    height : float
        Inches.
    """

    lines: tuple[tuple[str, ...], ...]
    turned: bool
    height: float

    @classmethod
    def of(cls, names: Sequence[tuple[str, str]], room: float) -> Heads:
        """Wrap names and sizes to columns of `room` inches."""
        fitting = FITTING * room
        words = [word for pair in names for text in pair for word in text.split()]
        if any(theme.text_width(word) > fitting for word in words):
            whole = [", ".join(filter(None, pair)) for pair in names]
            return cls(tuple((text,) for text in whole), True, max(map(theme.text_width, whole)))
        lines = tuple(
            (*theme.wrapped(name, fitting), *theme.wrapped(size, fitting)) for name, size in names
        )
        return cls(lines, False, max(map(len, lines)) * theme.line_height())

    def write(
        self,
        axes: Axes,
        places: Sequence[float],
        y: float,
        transform: Transform,
        *,
        below: bool = False,
        ha: Literal["left", "center"] = "center",
    ) -> None:
        """Write a head at each place: upwards from `y`, or `below` it downwards."""
        for x, lines in zip(places, self.lines, strict=True):
            if self.turned:
                va = "top" if below else "bottom"
                axes.text(x, y, lines[0], transform=transform, rotation=90, ha=ha, va=va)
                continue
            shown = lines if below else lines[::-1]
            for number, line in enumerate(shown):
                away = (number + 0.5) * theme.line_height() * theme.POINTS_PER_INCH
                axes.annotate(
                    line,
                    (x, y),
                    xycoords=transform,
                    xytext=(0, -away if below else away),
                    textcoords="offset points",
                    ha=ha,
                    va="center_baseline",
                    color=theme.QUIET,
                )
