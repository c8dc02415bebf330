"""Report: a page, its figures, its tables and its provenance, rendered from what a study hands it.

A study says what stands in a report; this module only sets it in type and writes it, whole or
not at all. It sees `Protected` values and sentences, never an estate.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from participation_stats.errors import DisclosureError
from participation_stats.release.delivery import deliver
from participation_stats.release.disclosure import Protected
from participation_stats.release.provenance import Provenance
from participation_stats.release.register import keep_register
from participation_stats.release.releases import Release
from participation_stats.release.tables import html_table, write_csv
from participation_stats.release.theme import file_bytes
from participation_stats.release.wording import select_rows
from participation_stats.release.workbook import write_workbook

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True)
class Exhibit:
    """One table of the report, with the figure that shows it if there is one.

    Parameters
    ----------
    slug : str
        Names its files (``figures/slug.svg``, ``tables/slug.csv``) and its anchor.
    title : str
        Caption of the table.
    protected : Protected
        The numbers, as ``protect`` released them.
    frame : str
        Which frame of it the table shows.
    rows : mapping of str to str
        Which rows of it: ``{"variable": "ethnicity"}``; all of them where empty.
    columns : tuple of str
        Columns shown on the page; the CSV always has all of them.
    draw : callable, optional
        ``Protected -> Figure``; the figure carries ``alt_text``.
    folded : bool
        Whether the page shows the table only when the reader opens it.
    """

    slug: str
    title: str
    protected: Protected
    frame: str = "table"
    rows: Mapping[str, str] = dataclasses.field(default_factory=dict)
    columns: tuple[str, ...] = ()
    draw: Callable[[Protected], Figure] | None = None
    folded: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.protected, Protected):
            raise DisclosureError(
                f"exhibit '{self.slug}' was given a {type(self.protected).__name__}",
                where="write_report",
                expected="a Protected",
                got=type(self.protected).__name__,
                hint="pass the result through ps.protect(result, policy) first",
            )

    def released(self) -> pd.DataFrame:
        """The rows shown, groups in their order, with the column ``suppressed``."""
        frame = self.protected.frames[self.frame]
        return select_rows(
            frame, variable=self.rows.get("variable"), body=self.rows.get("body"), where=self.slug
        )


@dataclasses.dataclass(frozen=True)
class Finding:
    """An answer in a few sentences, and the anchor of the section that holds its table.

    Parameters
    ----------
    heading : str
        What the answer is about: "The local network, 20 seats".
    sentences : tuple of str
        The answer, the first one in large type.
    anchor : str
        Slug of the section that holds the table behind it.
    """

    heading: str
    sentences: tuple[str, ...]
    anchor: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A question, its answer in sentences, and the exhibits that support the answer.

    ``label`` is its short name in the list of sections; the title where it is empty.
    """

    slug: str
    title: str
    label: str = ""
    sentences: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    method: str = ""


@dataclasses.dataclass(frozen=True)
class Report:
    """Everything a page needs.

    Parameters
    ----------
    title, subtitle : str
        The place, and what the page is about.
    banners : tuple of str
        Lines printed on top of the page: synthetic data, internal use.
    findings : tuple of Finding
        The answers, most important first.
    sections : tuple of Section
        Top to bottom.
    omissions : tuple of str
        One line for each thing that could not be done, naming the missing table.
    sources : tuple of str
        Where the data come from.
    provenance : Provenance
        What is needed to make the report again.
    release : Release, optional
        What the report tells, for the register of what has been published.
    """

    title: str
    subtitle: str
    banners: tuple[str, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    omissions: tuple[str, ...]
    sources: tuple[str, ...]
    provenance: Provenance
    release: Release | None = None

    def exhibits(self) -> list[Exhibit]:
        """Every exhibit, in the order of the page."""
        return [exhibit for section in self.sections for exhibit in section.exhibits]


def render(report: Report, folder: Path, *, force: bool = False) -> Path:
    """Write a report into a folder, whole or not at all.

    Parameters
    ----------
    report : Report
        What to write.
    folder : Path
        Gets ``index.html``, ``figures/``, ``tables/``, ``tables.xlsx`` and ``provenance.json``.
    force : bool
        Whether to replace a folder that holds something else.

    Returns
    -------
    Path
        The page, ``folder/index.html``.

    Raises
    ------
    OutputError
        If the folder holds something other than an earlier rendering of the same inputs and
        `force` is false, or cannot be written.
    """
    with deliver(folder, report.provenance.record(), force=force) as draft:
        figures = _write_figures(report, draft / "figures")
        _write_tables(report, draft)
        (draft / "provenance.json").write_text(report.provenance.to_json(), encoding="utf-8")
        (draft / "index.html").write_text(_page(report, figures), encoding="utf-8")
        keep_register(folder, draft, report.release)
    return folder / "index.html"


@dataclasses.dataclass(frozen=True)
class _Picture:
    """A figure as the page embeds it: alone in an image, so that no two share an identifier."""

    source: str
    alt_text: str


def _write_figures(report: Report, folder: Path) -> dict[str, _Picture]:
    folder.mkdir()
    pictures = {}
    for exhibit in report.exhibits():
        if exhibit.draw is None:
            continue
        figure = exhibit.draw(exhibit.protected)
        svg = file_bytes(figure, "svg")
        (folder / f"{exhibit.slug}.svg").write_bytes(svg)
        (folder / f"{exhibit.slug}.png").write_bytes(file_bytes(figure, "png"))
        encoded = base64.b64encode(svg).decode("ascii")
        alt_text = str(getattr(figure, "alt_text", exhibit.title))
        pictures[exhibit.slug] = _Picture(f"data:image/svg+xml;base64,{encoded}", alt_text)
    return pictures


def _write_tables(report: Report, folder: Path) -> None:
    (folder / "tables").mkdir()
    sheets = []
    source = " ".join(report.sources)
    for exhibit in report.exhibits():
        write_csv(exhibit.released(), folder / "tables" / f"{exhibit.slug}.csv")
        label = exhibit.slug.replace("_", " ")[:31]
        sheets.append((label, exhibit.title, source, exhibit.released()))
    if sheets:
        about = [*report.banners, report.subtitle, *report.sources]
        write_workbook(folder / "tables.xlsx", report.title, about, sheets)


def _page(report: Report, pictures: dict[str, _Picture]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("participation_stats.release"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(table=_table, picture=pictures.get)
    return environment.get_template("report.html.jinja").render(
        report=report, notes=_notes(report.exhibits()), record=report.provenance.record()
    )


def _table(exhibit: Exhibit) -> str:
    return html_table(exhibit.released(), exhibit.columns or None, caption=exhibit.title)


def _notes(exhibits: Sequence[Exhibit]) -> list[str]:
    """What was withheld and why: each sentence once, in the order of the page."""
    return list(dict.fromkeys(note for exhibit in exhibits for note in exhibit.protected.notes))
