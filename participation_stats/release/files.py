"""Files of tables: CSV, spreadsheet or page, by the ending of the name; whole or not at all."""

from __future__ import annotations

import contextlib
import html
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from participation_stats.errors import InputError, OutputError
from participation_stats.release.disclosure import Protected
from participation_stats.release.markup import table_html
from participation_stats.release.phrases import capital
from participation_stats.release.tables import released_frame, settled
from participation_stats.release.tidy import TIDY, tidied
from participation_stats.release.workbook import Sheet, write_workbook

ENDINGS = (".csv", ".xlsx", ".html")
_WHERE = "write_tables"


def write_tables(
    protected: Protected | Mapping[str, Protected],
    path: str | os.PathLike[str],
    *,
    title: str = "Tables",
    source: str = "",
    force: bool = False,
) -> Path:
    """Write released tables into one file, in the form that its ending names.

    Parameters
    ----------
    protected : Protected or mapping of str to Protected
        One result, or several by name; every frame that may leave is written.
    path : path
        ``.csv``: one tidy table (see `tidy_table`) with a column ``table`` before it, numbers to
        eight significant digits. ``.xlsx``:
        an accessible spreadsheet with cover, contents, notes, and a marked-up table a sheet.
        ``.html``: a page of tables that fetches nothing.
    title : str
        Of the spreadsheet or page.
    source : str
        Source, population and period.
    force : bool
        Whether to replace a file that is there.

    Returns
    -------
    Path
        The file. It is there whole or not at all.

    Raises
    ------
    InputError
        Something did not come from `protect`, or the ending is none of the three.
    OutputError
        A file is there and `force` is false, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import participation_stats as ps
    >>> seats = ps.protect(ps.seats({"resident": 3, "officer": 2}), ps.Policy.publish())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(write_tables(seats, f"{folder}/seats.csv").read_text().splitlines()[1])
    Seats,count,capacity,officer,2.0,,,,,
    """
    target = Path(path)
    named = protected if isinstance(protected, Mapping) else {"": protected}
    frames = {
        label: released_frame(one, frame, _WHERE)
        for name, one in named.items()
        for frame, label in _labels(name, one).items()
    }
    if target.suffix not in ENDINGS:
        raise InputError(
            f"'{target.name}' does not say what kind of file to write",
            where=_WHERE,
            expected=f"a name that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}",
            got=repr(target.suffix),
        )
    if target.exists() and not force:
        raise OutputError(
            f"'{target}' is already there",
            where=_WHERE,
            expected="a new file",
            got="an existing one",
            hint="choose another name, or pass force=True to replace it",
        )
    banners = list(dict.fromkeys(one.banner for one in named.values() if one.banner))
    notes = [
        f"{capital(name)}: {note}" if name else note
        for name, one in named.items()
        for note in one.notes
    ]
    with _draft(target) as draft:
        if target.suffix == ".csv":
            write_tidy(frames, draft)
        elif target.suffix == ".xlsx":
            sheets = [Sheet(name, capital(name), source, frame) for name, frame in frames.items()]
            write_workbook(draft, title, [*banners, *([source] if source else [])], sheets, notes)
        else:
            draft.write_text(_page(named, title, source), encoding="utf-8")
    return target


def write_tidy(frames: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write frames of `Protected` results as one tidy CSV, named in the column ``table``."""
    parts = [(name, tidied(frame)) for name, frame in frames.items()]
    # One without numbers has columns of no kind, and would take the others' kinds from them.
    tables = [
        part.assign(table=name)[["table", *part.columns]] for name, part in parts if len(part)
    ]
    nothing = pd.DataFrame(columns=["table", *TIDY])
    whole = pd.concat(tables, ignore_index=True) if tables else nothing
    settled(whole).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _labels(name: str, protected: object) -> dict[str, str]:
    """Each frame that may leave, and what it is called in the file."""
    if not isinstance(protected, Protected):
        released_frame(protected, "table", _WHERE)
        return {}
    own = name or protected.kind
    return {
        frame: own if frame == "table" else f"{own} {frame.replace('_', ' ')}"
        for frame in protected.frames
        if len(protected.frames[frame].columns) > 1
    }


def _page(named: Mapping[str, Protected], title: str, source: str) -> str:
    tables = [
        table_html(one, frame, title=capital(label), source=source or None)
        for name, one in named.items()
        for frame, label in _labels(name, one).items()
    ]
    shown = html.escape(title)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{shown}</title>\n</head>\n<body>\n<main>\n<h1>{shown}</h1>\n"
        f"{''.join(tables)}\n</main>\n</body>\n</html>\n"
    )


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place when the block ends well."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent
        )
        os.close(handle)
    except OSError as error:
        raise _cannot_write(target, error) from error
    draft = Path(name)
    try:
        yield draft
        draft.chmod(0o644)  # mkstemp makes it private; a table is to be read
        draft.replace(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _cannot_write(target: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write '{target}' ({error.strerror or error})",
        where=_WHERE,
        expected="a folder that can be written, with room on the disk",
        got=type(error).__name__,
        hint="check permissions and free space; nothing half-written was left",
    )
