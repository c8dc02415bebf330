"""Archives: zipped documents without the time at which they were written."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

#: Parts that say when a document was made, of spreadsheets and of texts.
_METADATA = ("docProps/core.xml", "meta.xml")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")


def undate(path: Path) -> None:
    """Take the time of writing out of a document: the same content gives the same bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in parts:
            if entry.filename in _METADATA:
                content = _TIME.sub(b"2000-01-01T00:00:00Z", content)
            # How a part is packed stays: the first of an OpenDocument must not be compressed.
            archive.writestr(zipfile.ZipInfo(entry.filename), content, entry.compress_type)
