"""Documents: a copy of the report for a word processor, through pandoc."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from participation_stats.errors import InputError, MissingExtraError, OutputError
from participation_stats.release.archives import undate

#: What pandoc is asked to write, and what the reader calls it.
FORMATS = {"docx": "Word", "odt": "OpenDocument"}
#: Time that pandoc writes into documents: the same report gives the same bytes.
_EPOCH = "946684800"


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
    return target
