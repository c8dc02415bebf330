"""Archives: zipped documents without the time at which they were written."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

#: Parts that say when a document was made, of spreadsheets and of texts.
_METADATA = ("docProps/core.xml", "meta.xml")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")
_NEVER = b"2000-01-01T00:00:00Z"


def undate(path: Path) -> None:
    """Take the time of writing out of a document: the same content gives the same bytes."""
    rewrite(path, lambda name, part: _TIME.sub(_NEVER, part) if name in _METADATA else part)


def rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Change the parts of a document, each by its name and content."""
    with zipfile.ZipFile(path) as archive:
        parts = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in parts:
            # How a part is packed stays: the first of an OpenDocument must not be compressed.
            new = change(entry.filename, content)
            archive.writestr(zipfile.ZipInfo(entry.filename), new, entry.compress_type)
