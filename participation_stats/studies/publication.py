"""Publication: one call from an estate to a report in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from participation_stats.intake.estates import Estate
from participation_stats.release.policies import Policy
from participation_stats.release.register import published_before
from participation_stats.release.reporting import render
from participation_stats.studies.estate import estate_report


def write_report(
    estate: Estate,
    folder: str | Path,
    *,
    policy: Policy | None = None,
    bodies: Iterable[str] | None = None,
    time: str | None = None,
    command: str | None = None,
    force: bool = False,
) -> Path:
    """Write the report of an estate: one self-contained page, its figures and its tables.

    The page shows what the estate's tables allow and says in one line each what it could not do
    for want of which table. Everything on it went through `protect`.

    Parameters
    ----------
    estate : Estate
        From `read_estate` or `load_example`.
    folder : str or Path
        Gets ``index.html``, ``figures/``, ``tables/``, ``tables.xlsx``, ``provenance.json``;
        written whole or not at all. Where something is withheld, ``release-register.json`` too:
        what has been published, so that next year's report does not give it away. Registers in
        this folder and in those beside it are part of the attack that a report must stand.
    policy : Policy, optional
        What may leave; ``Policy.publish()`` when not given.
    bodies : iterable of str, optional
        Only these bodies, by ``body_id``.
    time : str, optional
        A time to print; nothing reads the clock.
    command : str, optional
        How the report was asked for, for its provenance.
    force : bool
        Whether to replace a folder that holds something else.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If a body is unknown, or no table of the estate can be reported on.
    DisclosureError
        If a withheld count could be worked out from what is to be published; nothing is written.
    SourceError
        If a register of earlier releases cannot be read.
    OutputError
        If the folder holds something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import participation_stats as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = ps.write_report(ps.load_example("minneapolis_boards"), folder + "/report")
    ...     print(page.name, sorted(path.name for path in page.parent.iterdir()))
    index.html ['figures', 'index.html', 'provenance.json', 'tables', 'tables.xlsx']
    """
    report = estate_report(
        estate,
        policy or Policy.publish(),
        bodies=None if bodies is None else list(bodies),
        time=time,
        command=command or "participation_stats.write_report(estate, folder)",
        earlier=published_before(Path(folder), estate.title),
    )
    return render(report, Path(folder), force=force)
