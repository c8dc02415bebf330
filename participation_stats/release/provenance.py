"""Where a report came from: input hashes, versions, policy, seed and command.

Nothing here reads the clock: a time appears only where the caller gives one, so that the same
inputs give the same bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: The libraries that numbers and pictures depend on.
LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "linearmodels",
    "pingouin",
    "matplotlib",
    "seaborn",
    "narwhals",
    "formulaic",
)


@dataclasses.dataclass(frozen=True)
class Provenance:
    """What is needed to make the same report again.

    Parameters
    ----------
    inputs : mapping of str to str
        SHA-256 of every input file by its name inside the estate's folder.
    policy : str
        The disclosure policy in words, its reason included.
    command : str
        The call that made the report, as a reader would type it.
    seed : int, optional
        Seed of whatever was random; ``None`` when nothing was.
    time : str, optional
        The time that the caller gave, ISO 8601.
    kind : str
        Which kind of report it is.
    """

    inputs: Mapping[str, str]
    policy: str
    command: str
    seed: int | None = None
    time: str | None = None
    kind: str = "estate"

    def versions(self) -> dict[str, str]:
        """Versions of Python, of this package and of the libraries that matter."""
        found = {"python": platform.python_version(), "participation-stats": _version_of_self()}
        return found | {name: version(name) for name in LIBRARIES}

    def record(self) -> dict[str, object]:
        """Everything as one plain mapping, ready for JSON."""
        return {
            "kind": self.kind,
            "command": self.command,
            "policy": self.policy,
            "seed": self.seed,
            "time": self.time,
            "inputs": dict(sorted(self.inputs.items())),
            "versions": self.versions(),
        }

    def to_json(self) -> str:
        """The record as JSON with a stable order."""
        return json.dumps(self.record(), indent=2, ensure_ascii=False) + "\n"


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of each file directly in a folder, by name."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def _version_of_self() -> str:
    try:
        return version("participation-stats")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "not installed"
