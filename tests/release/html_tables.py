"""Cells of a page's tables, read by the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cells: list[dict[str, str]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("th", "td"):
            self.cells.append({"tag": tag, "text": "", **{k: v or "" for k, v in attrs}})
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.cells[-1]["text"] += data


def parsed(page: str) -> list[dict[str, str]]:
    """Each header and data cell: its tag, its text and its attributes."""
    reader = _Cells()
    reader.feed(page)
    return reader.cells
