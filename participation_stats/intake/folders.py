"""What a folder of an estate holds: which file is which table, and what describes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from participation_stats.errors import SourceError

from .schemas import schema_names
from .sources import ENDINGS


def estate_folder(folder: str | Path) -> Path:
    """The path of a folder that is there.

    Raises
    ------
    SourceError
        If it is not, or is a file.
    """
    place = Path(folder)
    if not place.is_dir():
        raise SourceError(
            "there is no such folder" if not place.exists() else "this is a file",
            where=str(folder),
            expected="a folder with the tables of an estate",
            hint="check the path",
        )
    return place


def table_files(folder: Path) -> dict[str, Path]:
    """The files of a folder that are tables of an estate, by table.

    Raises
    ------
    SourceError
        If there is none, or two for one table.
    """
    found: dict[str, Path] = {}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    for name in schema_names():
        own = [path for path in paths if path.stem.lower() == name and path.is_file()]
        if len(own) > 1:
            raise SourceError(
                f"there are two files for the table '{name}'",
                where=str(folder),
                got=", ".join(path.name for path in own),
                hint="keep the one that is meant",
            )
        if own:
            found[name] = own[0]
    if not found:
        raise SourceError(
            "the folder holds no table of an estate",
            where=str(folder),
            expected="files such as " + ", ".join(f"{name}.csv" for name in schema_names()[:3]),
            got=", ".join(path.name for path in paths[:5]) or "none",
            hint="participation-stats schema list names the tables",
        )
    return found


def read_package(folder: Path) -> dict[str, Any]:
    """The description of an estate in ``datapackage.json``; empty where there is none.

    Raises
    ------
    SourceError
        If the file is no JSON, or describes something else.
    """
    path = folder / "datapackage.json"
    if not path.is_file():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SourceError(
            "datapackage.json is not JSON", where=str(folder), hint=str(error).replace("\n", " ")
        ) from error
    if not isinstance(about, dict) or not isinstance(about.get("synthetic", False), bool):
        raise SourceError(
            "datapackage.json does not describe an estate",
            where=str(folder),
            expected='an object, with "synthetic" true or false',
        )
    return about
