"""Documents: a copy of the report for a word processor, through pandoc."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from participation_stats.errors import InputError, MissingExtraError, OutputError
from participation_stats.release.archives import rewrite, undate

#: What pandoc is asked to write, and what the reader calls it.
FORMATS = {"docx": "Word", "odt": "OpenDocument"}
#: Time that pandoc writes into documents: the same report gives the same bytes.
_EPOCH = "946684800"
#: A picture in an OpenDocument, as far as its description.
_FRAME = re.compile(rb"(<draw:frame\b[^>]*>.*?)(?=</draw:frame>)", re.DOTALL)


def find_pandoc(document: str) -> str:
    """Where pandoc is.

    Raises
    ------
    InputError
        If there is no such format.
    MissingExtraError
        If pandoc is not installed.
    """
    if document not in FORMATS:
        raise InputError(
            f"no document '{document}'",
            where="write_report",
            expected="one of " + ", ".join(FORMATS),
            got=f"'{document}'",
        )
    path = shutil.which("pandoc")
    if path is None:
        raise MissingExtraError(
            f"pandoc is not installed, which makes the {FORMATS[document]} copy",
            where="write_report",
            hint="install it from pandoc.org or by your system's package manager, or leave the "
            "document out: index.html opens in a word processor too",
        )
    return path


def write_document(page: str, folder: Path, document: str) -> Path:
    """Write ``report.docx`` or ``report.odt`` into the folder of a report.

    Parameters
    ----------
    page : str
        HTML without scripts, its pictures as paths inside `folder`.
    folder : Path
        Where the pictures are.
    document : {"docx", "odt"}

    Raises
    ------
    InputError
        If there is no such format.
    MissingExtraError
        If pandoc is not installed.
    OutputError
        If pandoc fails.
    """
    pandoc = find_pandoc(document)
    target = folder / f"report.{document}"
    done = subprocess.run(
        [pandoc, "--from=html", f"--to={document}", f"--output={target.name}"],
        input=page.encode(),
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH},
        capture_output=True,
        check=False,
    )
    if done.returncode or not target.is_file():
        raise OutputError(
            f"pandoc could not write the {FORMATS[document]} copy",
            where="write_report",
            got=done.stderr.decode(errors="replace").strip()[:200] or f"code {done.returncode}",
            hint="try a newer pandoc, or leave the document out",
        )
    undate(target)
    if document == "odt":
        _describe(target, page)
    return target


def _describe(target: Path, page: str) -> None:
    """Give the pictures of an OpenDocument their alternative texts, which pandoc drops."""
    texts = _Alternatives(page).found

    def described(name: str, part: bytes) -> bytes:
        frames = _FRAME.findall(part) if name == "content.xml" else []
        if len(frames) != len(texts) or any(b"<svg:desc" in frame for frame in frames):
            return part  # a newer pandoc says them itself
        told = iter(texts)
        return _FRAME.sub(
            lambda found: found[1] + f"<svg:desc>{escape(next(told))}</svg:desc>".encode(), part
        )

    rewrite(target, described)


class _Alternatives(HTMLParser):
    """The alternative texts of a page, in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A picture has one, if an empty one."""
        if tag == "img":
            self.found.append(dict(attrs).get("alt") or "")
