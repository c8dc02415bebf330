"""Writing what a register gave as a folder of an estate, whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from participation_stats.errors import InputError, OutputError
from participation_stats.intake.renderings import neutralised
from participation_stats.intake.simulation.packages import write_package

if TYPE_CHECKING:
    from .register import Register


def write_register(register: Register, folder: Path, title: str | None) -> Path:
    """Write the tables and a ``datapackage.json`` beside them."""
    if register.attendance.empty:
        raise InputError(
            "the register has no row of attendance",
            where=register.source,
            hint="register.issues says why",
        )
    if folder.exists():
        raise OutputError(
            f"'{folder}' exists already",
            where="Register.write",
            expected="a new folder",
            hint="choose another place, or remove it first",
        )
    tables = {
        name: table.apply(lambda cells: neutralised(cells) if cells.dtype == "str" else cells)
        for name, table in register.tables.items()
    }
    about = {
        "name": folder.resolve().name,
        "title": title or folder.resolve().name.replace("_", " ").title(),
        "description": "Attendance as read from a register kept by hand.",
        "sources": [{"title": "attendance register"}],
        "synthetic": False,
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".register-") as half:
            write_package(Path(half) / "whole", about, tables).rename(folder)
    except OSError as error:
        raise OutputError(
            f"'{folder}' cannot be written",
            where="Register.write",
            expected="a folder that can be written to",
            got=error.strerror or str(error),
            hint="choose another folder",
        ) from error
    return folder
