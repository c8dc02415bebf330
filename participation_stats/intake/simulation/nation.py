"""A whole country of simulated estates on disk, written landlord by landlord."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from participation_stats.cards import Card
from participation_stats.errors import InputError, OutputError
from participation_stats.intake.simulation import setting
from participation_stats.intake.simulation.assembly import SMALLEST, simulate_estate
from participation_stats.intake.simulation.runs import end_with_parent, only_run

#: Called with how many landlords are done and how many there are.
Progress = Callable[[int, int], None]

_PERSON = ["ethnicity", "gender", "housing_tenure", "length_of_residence_band"]
_CODED = ["meeting_id", "body_id", "format", "seat", *_PERSON]
#: More than the people of any estate: estate 7's person 12 is number 7,000,012.
_NUMBERS = 1_000_000


@dataclass(frozen=True)
class Nation(Card):
    """Where a simulated nation stands, and what it was made from.

    Attributes
    ----------
    folder : Path
        Holds ``panel``, ``people`` and ``seats``, each with a folder ``landlord=…`` of Parquet.
    seed, landlords, estates, residents : int
        As given to `simulate_nation`.
    """

    folder: Path
    seed: int
    landlords: int
    estates: int
    residents: int

    @property
    def names(self) -> list[str]:
        """The landlords, in order."""
        width = len(str(self.landlords))
        return [f"L{number:0{width}}" for number in range(1, self.landlords + 1)]

    def rows(self, table: str, landlord: str = "*") -> str:
        """A glob of the Parquet files of a table, of one landlord or of all."""
        return str(self.folder / table / f"landlord={landlord}" / "*.parquet")

    def estates_of(self, landlord: str) -> range:
        """The numbers of a landlord's estates: as even a split as there is."""
        cuts = np.linspace(0, self.estates, self.landlords + 1).round().astype(int)
        place = self.names.index(landlord)
        return range(int(cuts[place]) + 1, int(cuts[place + 1]) + 1)

    def has(self, landlord: str) -> bool:
        """Whether a landlord's part is whole: it takes its name only when it is."""
        return (self.folder / "people" / f"landlord={landlord}").is_dir()


def simulate_nation(
    folder: str | Path,
    *,
    seed: int,
    landlords: int = 40,
    estates: int = 2000,
    residents: int = setting.RESIDENTS,
    workers: int = 1,
    progress: Progress | None = None,
) -> Nation:
    """Simulate many estates to Parquet, partitioned by landlord; a killed run goes on later.

    Every estate has the setting of St Mary's and the default truth, a seed of its own that
    follows from `seed` and its number, and between half and one and a half times `residents`
    people. With 2,000 estates of 3,000 residents there are about 120 million person-meetings.

    Parameters
    ----------
    folder : path
        New, or that of an earlier run with the same arguments: what it finished is kept, byte
        for byte, and the rest is made.
    seed : int
        0 or more.
    landlords, estates, residents : int
        How many landlords and estates; residents of an estate on average (200 or more).
    workers : int
        Processes. The files do not depend on it.
    progress : callable, optional
        Called with landlords done and landlords in all.

    Returns
    -------
    Nation

    Raises
    ------
    InputError
        If a number is too small, or the folder holds a nation of other arguments.
    OutputError
        If the folder holds something else, another run is at work in it, or it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nation = simulate_nation(folder, seed=1, landlords=2, estates=3, residents=200)
    ...     nation.names, [list(nation.estates_of(name)) for name in nation.names]
    (['L1', 'L2'], [[1, 2], [3]])
    """
    nation = Nation(Path(folder), seed, landlords, estates, residents)
    _check(nation, workers)
    try:
        _claim(nation)
        with only_run(nation.folder, "simulate_nation"):
            missing = [name for name in nation.names if not nation.has(name)]
            for done, _ in enumerate(_written(nation, missing, workers), start=1):
                if progress is not None:
                    progress(landlords - len(missing) + done, landlords)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"'{nation.folder}' cannot be written",
            where="simulate_nation",
            expected="a folder that can be written to, with room",
            got=error.strerror or str(error),
            hint="landlords that are finished stay; run the same command again to go on",
        ) from error
    return nation


def read_nation(folder: str | Path) -> Nation:
    """Find a simulated nation again.

    Raises
    ------
    InputError
        If the folder holds none.
    """
    try:
        stated = json.loads((Path(folder) / "nation.json").read_text(encoding="utf-8"))
        return Nation(Path(folder), **stated)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"'{folder}' holds no simulated nation",
            where="read_nation",
            expected="a folder that simulate_nation wrote",
            got=type(error).__name__,
        ) from error


def _check(nation: Nation, workers: int) -> None:
    least = {"seed": 0, "landlords": 1, "estates": nation.landlords, "residents": 2 * SMALLEST}
    for name, bound in least.items():
        value = getattr(nation, name)
        if not isinstance(value, int) or value < bound:
            raise InputError(
                f"{name} is {value!r}",
                where="simulate_nation",
                expected=f"a whole number from {bound}",
                hint="every landlord has at least one estate" if name == "estates" else "",
            )
    if workers < 1:
        raise InputError(
            f"{workers} workers", where="simulate_nation", expected="one process or more"
        )


def _claim(nation: Nation) -> None:
    """Make the folder ours, or see that it is ours already."""
    stated = asdict(nation)
    del stated["folder"]
    record = nation.folder / "nation.json"
    if record.exists():
        earlier = read_nation(nation.folder)
        if earlier != nation:
            raise InputError(
                f"'{nation.folder}' holds another nation",
                where="simulate_nation",
                expected=f"{stated}",
                got=record.read_text(encoding="utf-8").strip(),
                hint="give the same arguments to go on with it, or another folder",
            )
        return
    if nation.folder.exists() and any(nation.folder.iterdir()):
        raise OutputError(
            f"'{nation.folder}' exists already",
            where="simulate_nation",
            expected="a new folder, or that of an earlier run",
            got="other files",
            hint="choose another folder",
        )
    nation.folder.mkdir(parents=True, exist_ok=True)
    draft = record.with_suffix(".partial")
    draft.write_text(json.dumps(stated) + "\n", encoding="utf-8")
    draft.replace(record)


def _written(nation: Nation, missing: list[str], workers: int) -> Iterator[str]:
    if workers == 1 or len(missing) < 2:
        for name in missing:
            yield _write_landlord(nation, name)
        return
    with ProcessPoolExecutor(workers, initializer=end_with_parent) as pool:
        yield from pool.map(_write_landlord, [nation] * len(missing), missing)


def _write_landlord(nation: Nation, landlord: str) -> str:
    """Write the parts of one landlord beside their place, then move them there, people last."""
    drafts = nation.folder / f".partial-{landlord}"
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir()
    for number in nation.estates_of(landlord):
        for table, rows in _estate_rows(nation, number).items():
            (drafts / table).mkdir(exist_ok=True)
            path = drafts / table / f"estate-{number:05}.parquet"
            rows.to_parquet(path, index=False, compression="zstd")
    for table in ("panel", "seats", "people"):
        place = nation.folder / table / f"landlord={landlord}"
        place.parent.mkdir(exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        (drafts / table).rename(place)
    drafts.rmdir()
    return landlord


def _estate_rows(nation: Nation, number: int) -> dict[str, pd.DataFrame]:
    """The residents of one estate, those who ever held a committee seat, and their chances."""
    own, size = np.random.SeedSequence([nation.seed, number]).generate_state(2)
    residents = nation.residents // 2 + int(size) % (nation.residents + 1)
    estate = simulate_estate(seed=int(own), residents=residents)
    panel = _numbered(estate.panel().query("capacity == 'resident'"), number)
    people = _numbered(estate.tables["people"].query("capacity == 'resident'"), number)
    seated = _numbered(estate.members("committee").query("capacity == 'resident'"), number)
    kept = ["estate", "person_id", *_PERSON]
    return {
        "panel": panel[[*kept, "meeting_id", "body_id", "date", "format", "seat", "attended"]],
        "people": people[[name for name in kept if name in people]],
        "seats": seated[[name for name in kept if name in seated]],
    }


def _numbered(rows: pd.DataFrame, number: int) -> pd.DataFrame:
    """People and estates by number, words as codes: a hundred million rows must stay small."""
    person = rows["person_id"].str.removeprefix("p").astype("int64") + number * _NUMBERS
    words = [name for name in _CODED if name in rows]
    small = {"attended": "int8"} if "attended" in rows else {}
    typed = rows.astype({**dict.fromkeys(words, "category"), **small})
    return typed.assign(person_id=person.to_numpy(), estate=np.int32(number))
