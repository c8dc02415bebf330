"""Rendering: a report set in type and written, whole or not at all."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment

from participation_stats.release.delivery import deliver
from participation_stats.release.documents import write_document
from participation_stats.release.drawing import Drawing, drawings
from participation_stats.release.files import write_tidy
from participation_stats.release.folders import audit_folder
from participation_stats.release.register import keep_register
from participation_stats.release.reporting import Blank, Claim, Exhibit, Report, Told
from participation_stats.release.tables import html_table, readable, write_csv
from participation_stats.release.templating import environment_of
from participation_stats.release.workbook import Sheet, write_workbook

#: How many of the parts of a report are written, of how many.
Progress = Callable[[int, int], None]


def render(
    report: Report,
    folder: Path,
    *,
    force: bool = False,
    templates: Path | None = None,
    document: str | None = None,
    progress: Progress | None = None,
    processes: int = 1,
) -> Path:
    """Write a report into a folder, whole or not at all.

    Parameters
    ----------
    report : Report
        What to write.
    folder : Path
        Gets ``index.html``, ``figures/``, ``tables/``, ``tables.csv`` (all of them, tidy),
        ``tables.xlsx`` and ``provenance.json``.
    force : bool
        Whether to replace a folder that holds something else.
    templates : Path, optional
        Files in it take the place of those of the same name in ``release/templates``.
    document : {"docx", "odt"}, optional
        A copy for a word processor, ``report.docx`` or ``report.odt``, through pandoc.
    progress : callable, optional
        Told how many exhibits are drawn, of how many.
    processes : int
        Copies of this process that draw the figures; with 1 it draws them itself.

    Returns
    -------
    Path
        The page, ``folder/index.html``.

    Raises
    ------
    DisclosureError
        If a withheld count can be read in what was written.
    OutputError
        If the folder holds something other than an earlier rendering of the same inputs and
        `force` is false, or cannot be written.
    InputError
        If a template cannot be read.
    MissingExtraError
        If a document is asked for and pandoc is not installed.
    """
    environment = environment_of(templates)
    drawn = [exhibit for exhibit in report.exhibits() if exhibit.draw is not None]
    # Those who draw begin first: they must not come to hold the lock on the folder.
    with (
        drawings(drawn, processes) as coming,
        deliver(folder, report.provenance.record(), force=force) as draft,
    ):
        frames = {exhibit.slug: exhibit.released() for exhibit in report.exhibits()}
        texts = {slug: readable(released) for slug, released in frames.items()}
        _write_tables(report, frames, texts, draft)
        tables = {
            exhibit.slug: _table(exhibit, frames[exhibit.slug], texts[exhibit.slug])
            for exhibit in report.exhibits()
        }
        pictures = _write_figures(drawn, coming, draft / "figures", progress)
        (draft / "provenance.json").write_text(report.provenance.to_json(), encoding="utf-8")
        environment.globals.update(
            table=lambda exhibit: tables[exhibit.slug],
            rows_of=lambda exhibit: len(frames[exhibit.slug]),
            picture=pictures.get,
            table_of=_table_of,
            is_blank=_is_blank,
        )
        page = _page(environment, report)
        (draft / "index.html").write_text(page, encoding="utf-8")
        if document is not None:
            plain = _page(environment, report, "document.html.jinja")
            write_document(plain, draft, document)
        keep_register(folder, draft, report.release)
        if report.release is not None:
            audit_folder(draft)  # as it can be read; a breach leaves nothing behind
    return folder / "index.html"


@dataclasses.dataclass(frozen=True)
class _Picture:
    """A figure as the page embeds it: alone in an image, so that no two share an identifier.

    ``narrow`` is the same figure drawn for a phone; empty where it comes in one width only.
    """

    source: str
    narrow: str
    alt_text: str


def _write_figures(
    drawn: Sequence[Exhibit],
    drawings: Iterator[Drawing],
    folder: Path,
    progress: Progress | None,
) -> dict[str, _Picture]:
    folder.mkdir()
    pictures = {}
    for number, (exhibit, drawing) in enumerate(zip(drawn, drawings, strict=True), start=1):
        (folder / f"{exhibit.slug}.svg").write_bytes(drawing.svg)
        (folder / f"{exhibit.slug}.png").write_bytes(drawing.png)
        narrow = _embedded(drawing.narrow) if drawing.narrow else ""
        pictures[exhibit.slug] = _Picture(_embedded(drawing.svg), narrow, drawing.alt_text)
        if progress is not None:
            progress(number, len(drawn))
    return pictures


def _embedded(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


def _write_tables(
    report: Report,
    frames: Mapping[str, pd.DataFrame],
    texts: Mapping[str, pd.DataFrame],
    folder: Path,
) -> None:
    (folder / "tables").mkdir()
    for slug, released in frames.items():
        write_csv(released, folder / "tables" / f"{slug}.csv")
    if not frames:
        return
    source = " ".join(report.sources)
    sheets = [
        Sheet(
            name=exhibit.slug.replace("_", " "),
            title=exhibit.title,
            source=source,
            released=frames[exhibit.slug],
            text=texts[exhibit.slug],
        )
        for exhibit in report.exhibits()
    ]
    about = [*report.banners, report.subtitle, *report.sources]
    withheld = report.withholdings().items()
    notes = [f"{name}: {note}" for name, told in withheld for note in told]
    write_workbook(folder / "tables.xlsx", report.title, about, sheets, notes)
    write_tidy(frames, folder / "tables.csv")


def _page(environment: Environment, report: Report, template: str = "report.html.jinja") -> str:
    return environment.get_template(template).render(
        report=report, record=report.provenance.record()
    )


def _table(exhibit: Exhibit, released: pd.DataFrame, text: pd.DataFrame) -> str:
    return html_table(released, exhibit.columns or None, caption=exhibit.title, text=text)


def _is_blank(sentence: Told) -> bool:
    return isinstance(sentence, Blank)


def _table_of(sentence: Told) -> str:
    """Slug of the exhibit behind a sentence; empty where it names none."""
    return sentence.table if isinstance(sentence, Claim) else ""
