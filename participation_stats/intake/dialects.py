"""Dialect: how a text file is written. Encoding, delimiter, line ends; found by looking."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import re
from collections.abc import Collection
from pathlib import Path

from participation_stats.errors import SourceError

from .gauges import Reached, bytes_of, unheard
from .raw import Remark

#: In the order in which they are preferred when they split a heading equally well.
DELIMITERS = (",", ";", "\t", "|")

_CHUNK = 1 << 24
_CONTROL = bytes([*range(9), *range(14, 32)])
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: First bytes of files that are often renamed to .csv, and what to do with them.
_OTHER_KINDS = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV UTF-8"),
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"%PDF", "a PDF document", "ask for the table behind it"),
    (b"\x1f\x8b", "a compressed file", "unpack it first"),
    (b"$FL2", "an SPSS file", "name it .sav"),
)
_MARKUP = re.compile(r"\s*(<!doctype|<html|<\?xml|\{)", re.IGNORECASE)
_EXCEL_SEPARATOR = re.compile(r"sep=(.)\r?\n?$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How one text file is written.

    Attributes
    ----------
    encoding : str
        Python's name of it; a byte order mark is part of it (``"utf-8-sig"``).
    delimiter : str
    header_line : int
        The line on which the headings stand, counted from 1.
    line_count : int or None
        Lines of the file, headings included; None where they are not ended in one way.
    has_quotes : bool
    remarks : tuple of Remark
    """

    encoding: str
    delimiter: str
    header_line: int
    line_count: int | None
    has_quotes: bool
    remarks: tuple[Remark, ...] = ()


@dataclasses.dataclass
class _Scan:
    """What one pass over the bytes shows."""

    newlines: int = 0
    returns: int = 0
    pairs: int = 0
    quotes: bool = False
    nuls: bool = False
    utf8: bool = True
    last: bytes = b""


def detect_dialect(path: Path, known: Collection[str] = (), reached: Reached = unheard) -> Dialect:
    """How a text file is written.

    Parameters
    ----------
    path : Path
    known : collection of str
        Names that the headings may have: they decide between two delimiters.
    reached : callable, optional
        Told which part of the file has been looked at, from 0 to 1.

    Raises
    ------
    SourceError
        If the file is missing, empty, binary, in an encoding we do not read, or a web page.
    """
    where = path.name
    scan = _scan(path, reached)
    encoding, remarks = _encoding(path, scan)
    lines = _first_lines(path, encoding)
    if not any(line.strip() for line in lines):
        raise SourceError("the file is empty", where=where, expected="headings and rows")
    if _MARKUP.match("".join(lines)):
        raise SourceError(
            "this is a web page, XML or JSON, not a table",
            where=where,
            hint="download the data as CSV",
        )
    header = next(number for number, line in enumerate(lines) if line.strip())
    named = _EXCEL_SEPARATOR.match(lines[header])
    if named:
        header += 1
    delimiter = named.group(1) if named else _delimiter(lines[header : header + 20], known)
    simple = scan.returns == scan.pairs and not encoding.startswith("utf-16")
    unfinished = scan.last not in (b"\n", b"")
    return Dialect(
        encoding=encoding,
        delimiter=delimiter,
        header_line=header + 1,
        line_count=scan.newlines + unfinished if simple else None,
        has_quotes=scan.quotes,
        remarks=remarks,
    )


def _scan(path: Path, reached: Reached) -> _Scan:
    found = _Scan()
    size = max(1, bytes_of(path))
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                found.newlines += chunk.count(b"\n")
                if b"\r" in chunk or found.last == b"\r":
                    found.returns += chunk.count(b"\r")
                    found.pairs += chunk.count(b"\r\n")
                    found.pairs += found.last == b"\r" and chunk.startswith(b"\n")
                found.quotes |= b'"' in chunk
                found.nuls |= b"\0" in chunk
                found.utf8 = found.utf8 and _decodes(decoder, chunk)
                found.last = chunk[-1:]
                reached(stream.tell() / size)
    except OSError as error:
        raise unreadable(path, error) from error
    found.utf8 = found.utf8 and _decodes(decoder, b"", final=True)
    return found


def unreadable(path: Path, error: OSError) -> SourceError:
    """The error for a path that the operating system does not give us."""
    if isinstance(error, FileNotFoundError):
        return SourceError("there is no such file", where=str(path), hint="check the path")
    reason = (error.strerror or str(error)).lower()
    return SourceError(f"the file cannot be opened: {reason}", where=str(path))


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(path: Path, scan: _Scan) -> tuple[str, tuple[Remark, ...]]:
    where = path.name
    with path.open("rb") as stream:
        head = stream.read(4096)
    for magic, kind, hint in _OTHER_KINDS:
        if head.startswith(magic):
            raise SourceError(f"this is {kind}, not a text file", where=where, hint=hint)
    if head.startswith(_UTF16) or (scan.nuls and _looks_like_utf16(head)):
        encoding = "utf-16" if head.startswith(_UTF16) else _utf16_order(head)
        _decode_all(path, encoding)
        return encoding, ()
    if scan.nuls:
        raise SourceError(
            "the file holds NUL bytes: it is binary or damaged",
            where=where,
            expected="text",
            hint="ask for it again, as CSV UTF-8",
        )
    if scan.utf8:
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8", ()
    if _has_control_characters(path):
        raise SourceError(
            "the file is binary, or text in an encoding we do not read",
            where=where,
            expected="UTF-8, UTF-16 or Windows-1252",
            hint="save it as CSV UTF-8",
        )
    line = _decode_all(path, "cp1252")
    return "cp1252", (
        Remark(
            rule="encoding",
            severity="warning",
            message=f"the file is not UTF-8 (first seen on line {line}); read as Windows-1252",
            hint="look at names with accents, and save it as CSV UTF-8 if they are wrong",
        ),
    )


def _has_control_characters(path: Path) -> bool:
    data = path.read_bytes()
    return len(data.translate(None, _CONTROL)) != len(data)


def _looks_like_utf16(head: bytes) -> bool:
    # Text in a Latin script has a zero in every second byte, and nearly nowhere else.
    pair = head[: len(head) // 2 * 2]
    fewer, more = sorted((pair[0::2].count(0), pair[1::2].count(0)))
    return len(pair) >= 4 and more > 0.4 * len(pair) and fewer < 0.1 * len(pair)


def _utf16_order(head: bytes) -> str:
    return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"


def _decode_all(path: Path, encoding: str) -> int:
    """Decode the whole file or raise; the line of the first byte that is not ASCII."""
    data = path.read_bytes()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"byte {error.start + 1} cannot be read as text",
            where=path.name,
            expected="UTF-8, UTF-16 or Windows-1252",
            hint="save it as CSV UTF-8",
        ) from error
    first = next((place for place, letter in enumerate(text) if letter > "\x7f"), 0)
    return text.count("\n", 0, first) + 1


def _first_lines(path: Path, encoding: str) -> list[str]:
    lines: list[str] = []
    # A file cut off within a letter has been judged by the scan already.
    with path.open(encoding=encoding, newline="", errors="replace") as stream:
        while sum(map(len, lines)) < 1 << 16 and len(lines) < 60:
            line = stream.readline(1 << 16)
            if not line:
                break
            lines.append(line)
    return lines


def _delimiter(lines: list[str], known: Collection[str]) -> str:
    def merit(delimiter: str) -> tuple[int, int, int]:
        heading = _cells(lines[0], delimiter) if lines else []
        names = sum(cell.strip().casefold() in wanted for cell in heading)
        widths = [len(_cells(line, delimiter)) for line in lines[1:] if line.strip()]
        alike = sum(width == len(heading) for width in widths) if len(heading) > 1 else 0
        return names, alike, len(heading)

    wanted = {name.casefold() for name in known}
    return max(DELIMITERS, key=merit)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
