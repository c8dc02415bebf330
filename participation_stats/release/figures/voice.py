"""Voice: seats beside presence, voting power and decisions, for each capacity."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from participation_stats.errors import InputError
from participation_stats.release import theme
from participation_stats.release.disclosure import Protected
from participation_stats.release.figures import marks, strips
from participation_stats.release.figures.charts import (
    Chart,
    Key,
    Space,
    Words,
    protected_frame,
    sheet,
)
from participation_stats.release.figures.heads import Heads
from participation_stats.release.figures.rows import Row, place, write_rows
from participation_stats.release.phrases import WITHHELD, capital, number
from participation_stats.release.seats import is_known, rows_by
from participation_stats.release.voices import (
    MEASURES,
    base_of,
    cell_text,
    name_of,
    voice_headline,
    voice_rows,
    voice_sentences,
)

KINDS = ("Voice", "Seats", "VotingPower")
#: Inches of a line and of a bar; parts of a column.
LEAST, BAR = 0.46, 0.15
INDENT, COLUMN = 0.02, 0.88
#: A share nearer to that of the seats than this is neither more nor less.
LIKE = 0.005
SEATS, LESS, MORE = "seats", "less", "more"
#: The bars: less is light and striped, more is solid, so that grey tells them apart. (Dots would
#: take ten times the bytes of stripes.)
LOOKS: dict[str, dict[str, Any]] = {
    SEATS: {"facecolor": theme.BLUE, "edgecolor": theme.INK},
    LESS: {"facecolor": "white", "edgecolor": theme.PLUM, "hatch": "------"},
    MORE: {"facecolor": theme.TEAL, "edgecolor": theme.INK},
}


def draw_voice(
    protected: Protected,
    *,
    variable: str | None = None,
    body: str | None = None,
    title: str | None = None,
    caption: str | None = None,
    width_mm: float = theme.WIDTH_MM,
) -> Chart:
    """Draw what each capacity has of a body: a line for each, a column for each measure.

    The first column is seats (or votes); in the others a mark shows the share of the seats
    again, so that a bar that ends before it is less voice than the seats would give.

    Parameters
    ----------
    protected : Protected
        A protected `Voice`, `Seats` or `VotingPower`.
    variable, body : str, optional
        Not used: a voice is of one body. Accepted so that all figures are called alike.
    title : str, optional
        The finding in a sentence; made from the table where not given.
    caption : str, optional
        Source, body and period.
    width_mm : float
        Width of the figure, at least 80.

    Returns
    -------
    Chart
        A matplotlib figure with ``alt_text``.

    Raises
    ------
    InputError
        `protected` did not come from `protect`, or is of another kind.

    Examples
    --------
    >>> import participation_stats as ps
    >>> found = ps.voice_shares(ps.load_example("st_marys"), "subgroup")
    >>> print(draw_voice(ps.protect(found, ps.Policy.publish())).alt_text.split(". ")[0])
    Residents hold 2 of the 10 seats, are 15% of those in the room, have 10% of the voting power
    and proposed none of the items passed
    """
    protected_frame(protected, "draw_voice", KINDS)
    rows = voice_rows(protected.table)
    if rows.empty:
        raise InputError("there is nothing to draw", where="draw_voice", expected="a row")
    capacities = [str(name) for name in dict.fromkeys(rows["category"])]
    measures = [name for name in MEASURES if name in set(rows["measure"])]
    base = base_of(rows)
    told = title or voice_headline(rows)
    words = Words(
        told,
        caption or "",
        protected.banner or "",
        f"{told}. Chart of bars, a line for each capacity. {voice_sentences(rows)}",
    )
    labels = [Row(capital(name_of(name))) for name in capacities]
    placed = place(labels, width_mm, least=LEAST)
    room = (strips.inner_width(width_mm) - placed.left - placed.right) / len(measures)
    tall = any(theme.text_width(cell_text(row)) > 0.94 * room for _, row in rows.iterrows())
    if tall:
        placed = place(labels, width_mm, least=LEAST + theme.line_height())
    heads = _heads(rows, measures, room)
    limit = max(float(rows["share"].astype("float64").fillna(0.0).max()), 1e-9)
    with theme.styled():
        space = Space(placed.height, placed.left, placed.right, above=heads.height + 0.08)
        chart, axes = sheet(words, space, _keys(rows, base), width_mm)
        axes.set_xlim(0, len(measures))
        axes.set_xticks([])
        write_rows(axes, placed)
        starts = [column + INDENT for column in range(len(measures))]
        heads.write(axes, starts, 1.01, axes.get_xaxis_transform(), ha="left")
        for middle, capacity in zip(placed.middles, capacities, strict=True):
            own = rows_by(rows[rows["category"] == capacity], "measure")
            for column, measure in enumerate(measures):
                if measure in own:
                    held = own[base]["share"] if base in own and measure != base else None
                    _cell(axes, column, middle, own[measure], held, limit, tall=tall)
    return chart


def _heads(rows: pd.DataFrame, measures: list[str], room: float) -> Heads:
    """Headings with totals; what they are totals of is left out where it would not fit."""
    totals = rows.dropna(subset=["n"]).groupby("measure")["n"].first()
    sizes = [f"of {number(float(totals[name]))}" if name in totals else "" for name in measures]
    names = [MEASURES[name][0] for name in measures]
    nouns = [
        f"{size} {MEASURES[name][1]}" if size else ""
        for size, name in zip(sizes, measures, strict=True)
    ]
    full = Heads.of(list(zip(names, nouns, strict=True)), room)
    return Heads.of(list(zip(names, sizes, strict=True)), room) if full.turned else full


def _cell(
    axes: Axes,
    column: int,
    middle: float,
    row: pd.Series,
    held: object,
    limit: float,
    *,
    tall: bool,
) -> None:
    """One bar with its numbers above it, and the mark of the share `held` of the seats."""
    left, top = column + INDENT, middle - 0.02 + tall * theme.line_height() / 2
    if not is_known(row["share"]):
        _withhold(axes, left, top)
        return
    share = float(row["share"])
    seats_share = float(held) if is_known(held) else None  # type: ignore[arg-type]
    width = COLUMN * share / limit
    look = LOOKS[_kind(share, seats_share)]
    axes.add_patch(Rectangle((left, top), width, BAR, linewidth=0.8, zorder=2, **look))
    axes.vlines(left, top - 0.02, top + BAR + 0.02, color=theme.QUIET, linewidth=0.8)
    if seats_share is not None:
        at = left + COLUMN * seats_share / limit
        axes.vlines(at, top - 0.035, top + BAR + 0.035, color=theme.INK, linewidth=2, zorder=3)
    # Where share and count do not fit side by side, the count stands under the share.
    lines = cell_text(row).rstrip(")").split(" (") if tall else [cell_text(row)]
    for place_, line in enumerate(reversed(lines)):
        y = top - 0.11 - place_ * theme.line_height()
        axes.text(left, y, line, va="center_baseline", zorder=4)


def _kind(share: float, held: float | None) -> str:
    if held is None:
        return SEATS
    return LESS if share < held - LIKE else MORE


def _withhold(axes: Axes, left: float, top: float) -> None:
    axes.add_patch(marks.withheld_patch(left, top, COLUMN, BAR))
    axes.text(left, top - 0.11, WITHHELD, va="center_baseline", color=theme.QUIET)


def _keys(rows: pd.DataFrame, base: str) -> list[Key]:
    noun = MEASURES[base][1]
    mark = Line2D([], [], color=theme.INK, linewidth=2, marker="|", markersize=9, linestyle="")
    mark.set_markeredgewidth(2)
    known = rows[rows["share"].notna()]
    keys: list[Key] = [(Patch(**LOOKS[SEATS]), f"share of the {noun}")]
    if known["measure"].ne(base).any():
        keys += [
            (mark, f"share of the {noun}, to compare with"),
            (Patch(**LOOKS[LESS]), f"less than the {noun}"),
            (Patch(**LOOKS[MORE]), f"as much as the {noun}, or more"),
        ]
    if rows["suppressed"].any():
        keys.append(marks.withheld_key())
    return keys
