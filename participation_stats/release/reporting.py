"""Report: what a study hands over to be set in type and written.

It holds `Protected` values and sentences, never an estate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from participation_stats.errors import DisclosureError
from participation_stats.release.disclosure import Protected
from participation_stats.release.provenance import Provenance
from participation_stats.release.releases import Release
from participation_stats.release.wording import select_rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


#: Units of a table of attendance rates, or of shares estimated, with their limits.
RATES = {"estimate": "rate", "conf_low": "rate", "conf_high": "rate"}


@dataclasses.dataclass(frozen=True)
class Exhibit:
    """One table of the report, with the figure that shows it if there is one.

    Parameters
    ----------
    slug : str
        Names its files (``figures/slug.svg``, ``tables/slug.csv``) and its anchor.
    title : str
        Caption of the table.
    protected : Protected
        The numbers, as ``protect`` released them.
    frame : str
        Which frame of it the table shows.
    rows : mapping of str to str
        Which rows of it: ``{"variable": "ethnicity"}``; all of them where empty.
    columns : tuple of str
        Columns shown on the page; the CSV always has all of them.
    draw : callable, optional
        ``(Protected, *, width_mm) -> Figure``; the figure carries ``alt_text``.
    folded : bool
        Whether the page shows the table only when the reader opens it.
    units : mapping of str to str
        Units of columns whose vocabulary has none that fits: ``{"estimate": "rate"}``, a fraction
        with a decimal below a tenth.
    headings : mapping of str to str
        Headings of columns that say more here than the vocabulary does.
    described : bool
        Whether the page also shows the figure in words, when the reader opens it. Those who
        cannot see the figure have them in any case.
    """

    slug: str
    title: str
    protected: Protected
    frame: str = "table"
    rows: Mapping[str, str] = dataclasses.field(default_factory=dict)
    columns: tuple[str, ...] = ()
    draw: Callable[..., Figure] | None = None
    folded: bool = True
    units: Mapping[str, str] = dataclasses.field(default_factory=dict)
    headings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    described: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.protected, Protected):
            raise DisclosureError(
                f"exhibit '{self.slug}' was given a {type(self.protected).__name__}",
                where="write_report",
                expected="a Protected",
                got=type(self.protected).__name__,
                hint="pass the result through ps.protect(result, policy) first",
            )

    def released(self) -> pd.DataFrame:
        """The rows shown, groups in their order, with the column ``suppressed``."""
        frame = self.protected.frames[self.frame]
        rows = select_rows(
            frame, variable=self.rows.get("variable"), body=self.rows.get("body"), where=self.slug
        ).copy(deep=False)
        rows.attrs = {"units": dict(self.units), "headings": dict(self.headings)}
        return rows


@dataclasses.dataclass(frozen=True)
class Claim:
    """A sentence, and the exhibit whose table holds its numbers.

    Parameters
    ----------
    text : str
        The sentence.
    table : str
        Slug of the exhibit.
    """

    text: str
    table: str

    def __str__(self) -> str:
        return self.text


@dataclasses.dataclass(frozen=True)
class Blank:
    """What only a person can say, marked so that nobody publishes it unfilled.

    Parameters
    ----------
    text : str
        What is to be filled in.
    """

    text: str

    def __str__(self) -> str:
        return f"To be filled in by a person: {self.text}"


#: A sentence; the one behind which a table stands; and the one that is missing.
Told = str | Claim | Blank


@dataclasses.dataclass(frozen=True)
class Finding:
    """An answer in a few sentences, and the section that says more.

    Parameters
    ----------
    heading : str
        What the answer is about: "The local network, 20 seats".
    sentences : tuple of str, Claim or Blank
        The answer, the first one in large type.
    anchor : str
        Slug of the section with the numbers behind it.
    """

    heading: str
    sentences: tuple[Told, ...]
    anchor: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A question, its answer in sentences, and the exhibits that support the answer.

    ``label`` is its short name in the list of sections; the title where it is empty. ``code``
    is a script that the page shows as it stands.
    """

    slug: str
    title: str
    label: str = ""
    sentences: tuple[Told, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    method: str = ""
    code: str = ""


@dataclasses.dataclass(frozen=True)
class Report:
    """Everything a page needs.

    Parameters
    ----------
    title, subtitle : str
        The place, and what the page is about.
    banners : tuple of str
        Lines printed on top of the page: synthetic data, internal use.
    findings : tuple of Finding
        The answers, most important first.
    sections : tuple of Section
        Top to bottom.
    omissions : tuple of str
        One line for each thing that could not be done, naming the missing table.
    sources : tuple of str
        Where the data come from.
    provenance : Provenance
        What is needed to make the report again.
    release : Release, optional
        What the report tells, for the register of what has been published.
    """

    title: str
    subtitle: str
    banners: tuple[str, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    omissions: tuple[str, ...]
    sources: tuple[str, ...]
    provenance: Provenance
    release: Release | None = None

    def exhibits(self) -> list[Exhibit]:
        """Every exhibit, in the order of the page."""
        return [exhibit for section in self.sections for exhibit in section.exhibits]

    def withholdings(self) -> dict[str, list[str]]:
        """What was withheld and why, by what it was withheld of.

        That is the section, where it rests on one result; else the first table of each.
        """
        found = {}
        for section in self.sections:
            first = {id(one.protected): one for one in reversed(section.exhibits)}
            told = [one for one in section.exhibits if first[id(one.protected)] is one]
            told = [one for one in told if one.protected.notes]
            for one in told:
                name = one.title if len(told) > 1 else section.label or section.title
                found[name] = list(one.protected.notes)
        return found
