"""The text of a mapping file: plain YAML that people edit, a comment after each doubtful line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][\w()./'’? -]*[\w)?]|[A-Za-z]")
#: Words that other readers of YAML take for something else than text.
_TAKEN = {"yes", "no", "true", "false", "on", "off", "null", "y", "n"}
#: YAML allows 1,024 characters for a key on the line of its value.
_LONGEST_KEY = 1000
_HEAD = """\
# Left of each colon: what the file says. Right: our field, or our code.
# Nothing on the right: not decided. Fill it in, or leave it: such a column is kept as it came and
# not used, and such a label is reported by validation. Comments are lost when a program rewrites
# this file.
"""
_ABOUT = {
    "columns": "their column: our field",
    "values": "by our field, their label: our code, or why it is missing",
    "dates": "day first or month first, where dates have slashes",
    "filled": "the same text for every row; {line} is the line of the file",
    "asked_if": "asked only after this answer to another field",
}


def mapping_text(
    heads: Mapping[str, str],
    sections: Mapping[str, Mapping[str, Any]],
    notes: Mapping[tuple[str, ...], str],
) -> str:
    """A mapping as YAML; sections without a line are left out."""
    lines = [f"{name}: {scalar(text)}" for name, text in heads.items() if text]
    for section, pairs in sections.items():
        if pairs:
            lines += ["", f"{section}:  # {_ABOUT[section]}"]
            lines += _lines(pairs, (section,), notes, "  ")
    return _HEAD + "\n".join(lines) + "\n"


def _lines(
    pairs: Mapping[str, Any], place: tuple[str, ...], notes: Mapping[tuple[str, ...], str], pad: str
) -> Iterator[str]:
    for key, value in pairs.items():
        shown = scalar(key)
        note = _comment(notes.get((*place, key), ""))
        start = f"{pad}{shown}:" if len(shown) <= _LONGEST_KEY else f"{pad}? {shown}\n{pad}:"
        if isinstance(value, Mapping):
            yield start + note
            yield from _lines(value, (*place, key), notes, pad + "  ")
        else:
            yield start + (f" {scalar(value)}" if value else "") + note


def scalar(text: str) -> str:
    """A text as YAML, in quotation marks where it could be read as something else."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _TAKEN:
        return text
    return "".join(
        letter if letter.isprintable() else _escaped(letter)
        for letter in json.dumps(text, ensure_ascii=False)
    )


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def _comment(note: str) -> str:
    words = "".join(letter if letter.isprintable() else " " for letter in note)
    line = " ".join(words.split())
    return f"  # {line if len(line) <= 100 else line[:97] + '...'}" if line else ""
