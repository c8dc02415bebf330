"""Drawing: the figures of a report as the bytes of its files, by several processes if asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from participation_stats.release.processes import MOST_TURNS, apart, dealt
from participation_stats.release.reporting import Exhibit
from participation_stats.release.theme import NARROW_MM, WIDTH_MM, file_bytes


class Drawing(NamedTuple):
    """A figure in all its forms.

    Attributes
    ----------
    svg, png : bytes
        At the width of a page.
    narrow : bytes
        The SVG for a phone; empty where the figure comes in one width only.
    alt_text : str
        The figure in words.
    """

    svg: bytes
    png: bytes
    narrow: bytes
    alt_text: str


def drawn(exhibit: Exhibit) -> Drawing:
    """Draw the figure of an exhibit that has one."""
    assert exhibit.draw is not None
    figure = exhibit.draw(exhibit.protected, width_mm=WIDTH_MM)
    other = exhibit.draw(exhibit.protected, width_mm=NARROW_MM)
    return Drawing(
        file_bytes(figure, "svg"),
        file_bytes(figure, "png"),
        b"" if other is figure else file_bytes(other, "svg"),
        str(getattr(figure, "alt_text", exhibit.title)),
    )


@contextmanager
def drawings(exhibits: Sequence[Exhibit], processes: int = 1) -> Iterator[Iterator[Drawing]]:
    """Draw the figures of exhibits that have one, in their order.

    Parameters
    ----------
    exhibits : sequence of Exhibit
        Each has a figure.
    processes : int
        Copies of this process that draw, from now on; with 1, and where there are more figures
        than can be dealt, this process draws, when asked.

    Yields
    ------
    iterator of Drawing
        The same bytes, whoever draws.
    """
    if processes < 2 or not 1 < len(exhibits) <= MOST_TURNS:
        yield map(drawn, exhibits)
        return
    with dealt(len(exhibits)) as taken:
        hands = [((turn, drawn(exhibits[turn])) for turn in taken()) for _ in range(processes)]
        with apart(hands) as streams:
            yield _in_order(exhibits, merge(*streams, key=itemgetter(0)))


def _in_order(
    exhibits: Sequence[Exhibit], done: Iterator[tuple[int, Drawing]]
) -> Iterator[Drawing]:
    """One drawing of each; what another process did not finish is drawn here."""
    turn, drawing = next(done, (-1, None))
    for place, exhibit in enumerate(exhibits):
        if drawing is None or turn != place:
            yield drawn(exhibit)
            continue
        yield drawing
        turn, drawing = next(done, (-1, None))
