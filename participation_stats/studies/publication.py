"""Publication: one call from an estate to a report in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

from participation_stats.errors import InputError
from participation_stats.intake.estates import Estate
from participation_stats.release.documents import find_pandoc
from participation_stats.release.outlines import read_outline
from participation_stats.release.policies import Policy
from participation_stats.release.register import published_before
from participation_stats.release.rendering import render
from participation_stats.release.reporting import Report
from participation_stats.studies.pages import Commission

Kind = Literal["estate", "body", "survey", "tsm", "compare"]

#: Which study answers: its module and its function.
STUDIES = {
    "estate": "estate.estate_report",
    "body": "bodies.body_report",
    "survey": "surveys.survey_report",
    "tsm": "tsm.tsm_report",
    "compare": "comparisons.comparison_report",
}

#: What each kind of report can be told, besides the policy.
OPTIONS: dict[str, tuple[str, ...]] = {
    "estate": ("bodies",),
    "body": ("bodies",),
    "survey": ("wave",),
    "tsm": ("wave", "homes"),
    "compare": ("before", "years"),
}


def write_report(
    estate: Estate,
    folder: str | Path,
    *,
    policy: Policy | None = None,
    kind: Kind = "estate",
    bodies: Iterable[str] | None = None,
    wave: str | None = None,
    homes: int | None = None,
    before: Estate | None = None,
    years: tuple[int, int] | None = None,
    sections: str | Path | None = None,
    templates: str | Path | None = None,
    document: Literal["docx", "odt"] | None = None,
    time: str | None = None,
    command: str | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> Path:
    """Write the report of an estate: one self-contained page, its figures and its tables.

    The page shows what the estate's tables allow and says in one line each what it could not do
    for want of which table. Everything on it went through `protect`.

    Parameters
    ----------
    estate : Estate
        From `read_estate` or `load_example`.
    folder : str or Path
        Gets ``index.html``, ``figures/``, ``tables/``, ``tables.csv`` (all, tidy), ``tables.xlsx``,
        ``provenance.json``;
        written whole or not at all. Where something is withheld, ``release-register.json`` too:
        what has been published, so that next year's report does not give it away. Registers in
        this folder and in those beside it are part of the attack that a report must stand.
    policy : Policy, optional
        What may leave; ``Policy.publish()`` when not given.
    kind : {"estate", "body", "survey", "tsm", "compare"}
        Everything that the tables allow; one body; one wave of the survey; the English
        regulator's summary of approach to a tenant perception survey; what changed since an
        earlier time.
    bodies : iterable of str, optional
        Only these bodies, by ``body_id``; of kind "body", the one (estate, body).
    wave : str, optional
        Which wave of the survey; the last one when not given (survey, tsm).
    homes : int, optional
        Homes of the landlord's relevant stock, for the required sample size (tsm).
    before : Estate, optional
        The same place in an earlier folder (compare).
    years : (int, int), optional
        Two years of this estate, the earlier first (compare).
    sections : path, optional
        A YAML file with any of ``order`` and ``leave_out`` (lists of sections by the end of
        their address on the page), ``titles`` and ``text`` (by section).
    templates : path, optional
        A folder; files in it take the place of the package's templates of the same name.
    document : {"docx", "odt"}, optional
        Also a copy for a word processor, through pandoc.
    time : str, optional
        A time to print; nothing reads the clock.
    command : str, optional
        How the report was asked for, for its provenance.
    force : bool
        Whether to replace a folder that holds something else.
    progress : callable, optional
        Told how many figures are drawn, of how many.
    processes : int
        Copies of this process that work at once: on a model, then on the figures; with 1 it does
        everything itself. More only in a program of its own on Linux, with no threads at
        work.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If a body, wave, year, section or template is unknown, an argument is of no use to this
        kind of report, or no table of the estate can be reported on.
    DisclosureError
        If a withheld count could be worked out from what is to be published; nothing is written.
    SourceError
        If a register of earlier releases or the file of `sections` cannot be read.
    MissingExtraError
        If a document is asked for and pandoc is not installed.
    OutputError
        If the folder holds something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import participation_stats as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = ps.write_report(ps.load_example("minneapolis_boards"), folder + "/report")
    ...     print(page.name, sorted(path.name for path in page.parent.iterdir()))
    index.html ['figures', 'index.html', 'provenance.json', 'tables', 'tables.csv', 'tables.xlsx']
    """
    given = {
        "bodies": None if bodies is None else list(bodies),
        "wave": wave,
        "homes": homes,
        "before": before,
        "years": years,
    }
    _check_options(kind, given)
    if not isinstance(estate, Estate):
        raise InputError(
            f"this is a {type(estate).__name__}, not an estate",
            where="write_report",
            expected="what ps.read_estate or ps.load_example gives",
            got=type(estate).__name__,
            hint="ps.Estate(name, title, tables) makes one of frames of any engine",
        )
    if document is not None:
        find_pandoc(document)
    outline = None if sections is None else read_outline(Path(sections))
    report = _asked(kind)(
        estate,
        Commission(
            policy or Policy.publish(),
            time=time,
            command=command or "participation_stats.write_report(estate, folder)",
            earlier=published_before(Path(folder), estate.title),
            kind=kind,
            processes=processes,
        ),
        **{name: given[name] for name in OPTIONS[kind]},
    )
    return render(
        report if outline is None else outline.arranged(report),
        Path(folder),
        force=force,
        templates=None if templates is None else Path(templates),
        document=document,
        progress=progress,
        processes=processes,
    )


def _check_options(kind: str, given: dict[str, Any]) -> None:
    if kind not in get_args(Kind):
        raise InputError(
            f"no kind of report '{kind}'",
            where="write_report",
            expected="one of " + ", ".join(get_args(Kind)),
            got=f"'{kind}'",
        )
    for name, value in given.items():
        if value is not None and name not in OPTIONS[kind]:
            able = [other for other, names in OPTIONS.items() if name in names]
            raise InputError(
                f"'{name}' is of no use to a report of kind '{kind}'",
                where="write_report",
                expected=", ".join(OPTIONS[kind]),
                got=name,
                hint=f"leave it out, or ask for kind {' or '.join(map(repr, able))}",
            )


def _asked(kind: str) -> Callable[..., Report]:
    """The study that answers; each is loaded when it is asked for."""
    module, name = STUDIES[kind].split(".")
    study: Callable[..., Report] = getattr(import_module(f"{__package__}.{module}"), name)
    return study
