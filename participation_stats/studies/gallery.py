"""The gallery: every kind of figure with its table, alternative text and the code that made it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from participation_stats.release.phrases import capital
from participation_stats.release.provenance import Provenance
from participation_stats.release.rendering import Progress, render
from participation_stats.release.reporting import Exhibit, Report, Section
from participation_stats.studies.pieces import PIECES

if TYPE_CHECKING:
    from participation_stats.release.disclosure import Protected
    from participation_stats.release.figures.charts import Chart
    from participation_stats.studies.pieces import Piece

INTRODUCTION = (
    "Every figure that this package draws, from the estates that come with it. With each stand "
    "the same in words, the table that it was drawn from, and the code that made all three."
)
#: Frames that hold what is drawn, where that is not the main table.
DRAWN = {"response": "categories"}


def write_gallery(
    folder: str | Path, *, force: bool = False, progress: Progress | None = None
) -> Path:
    """Write a page with every kind of figure, its alternative text and the code that made it.

    Parameters
    ----------
    folder : str or Path
        Gets ``index.html``, ``figures/``, ``tables/`` and the tables in one file each as CSV and
        spreadsheet; written whole or not at all.
    force : bool
        Whether to replace a folder that holds something else.
    progress : callable, optional
        Told how many figures are drawn, of how many.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If the folder holds something else, or cannot be written.
    """
    sections = tuple(_section(piece) for piece in PIECES)
    report = Report(
        title="Gallery",
        subtitle=INTRODUCTION,
        banners=("The people in these examples are made up, or their records already published.",),
        findings=(),
        sections=sections,
        omissions=(),
        sources=("The bundled estates; numbers written in the code where it says so.",),
        provenance=Provenance(
            inputs={},
            policy="named in the code of each figure",
            command="participation_stats.write_gallery(folder)",
            kind="gallery",
        ),
    )
    return render(report, Path(folder), force=force, progress=progress)


def _section(piece: Callable[[], Piece]) -> Section:
    released, figure = piece()
    name = piece.__name__
    title = str(piece.__doc__).rstrip(".")
    kind, _, shown = title.partition(": ")

    def draw(_released: Protected, **_width: float) -> Chart:
        """The figure as the code shown made it, whatever the width."""
        return figure

    frame = DRAWN.get(name, "table")
    if frame not in released.frames:
        frame = "headcounts"  # the raster of single people is withheld
    exhibit = Exhibit(
        slug=name,
        title=capital(shown),
        protected=released,
        frame=frame,
        draw=draw,
        described=True,
    )
    return Section(
        slug=f"figure-{name.replace('_', '-')}",
        title=title,
        label=kind,
        exhibits=(exhibit,),
        code=code_of(piece),
    )


def code_of(piece: Callable[[], Piece]) -> str:
    """The body of a piece as a script: its import before it, its result at the end.

    Examples
    --------
    >>> from participation_stats.studies.pieces import voice
    >>> print(code_of(voice).splitlines()[0])
    import participation_stats as ps
    >>> print(code_of(voice).splitlines()[-1])
    figure = ps.draw_voice(released, caption="Source: registers of the youth subgroup.")
    """
    source = inspect.getsource(piece).split('"""')[-1]
    # What a formatter is told is of no use to a reader.
    plain = textwrap.dedent(source).replace("  # fmt: skip", "")
    body = plain.strip().replace("return released, ", "figure = ")
    return f"import participation_stats as ps\n\n{body}"
