"""Outlines: which sections stand on a page, in which order, under which titles."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from participation_stats.errors import InputError, SourceError
from participation_stats.release.reporting import Finding, Report, Section

_EXAMPLE = "order: [who-comes, seats-and-voice]"
_KEYS = ("order", "leave_out", "titles", "text")


@dataclasses.dataclass(frozen=True)
class Outline:
    """What a reader asked of the page.

    Parameters
    ----------
    order : tuple of str
        Slugs of the sections that come first, in this order; the others follow in their own.
    leave_out : tuple of str
        Sections that do not stand on the page.
    titles : mapping of str to str
        Titles that take the place of ours, by slug.
    text : mapping of str to str
        A paragraph before what a section says, by slug.
    """

    order: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    titles: Mapping[str, str] = dataclasses.field(default_factory=dict)
    text: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def arranged(self, report: Report) -> Report:
        """The same report in this order, and what was left out told.

        Raises
        ------
        InputError
            If the report has no such section.
        """
        known = {section.slug: section for section in report.sections}
        for slug in (*self.order, *self.leave_out, *self.titles, *self.text):
            if slug not in known:
                raise _no_section(slug, known)
        slugs = [*self.order, *(slug for slug in known if slug not in self.order)]
        kept = [self._rewritten(known[slug]) for slug in slugs if slug not in self.leave_out]
        gone = tuple(
            f"{known[slug].title} Left out of this page on request."
            if known[slug].title.endswith("?")
            else f"{known[slug].title}: left out of this page on request."
            for slug in self.leave_out
        )
        return dataclasses.replace(
            report,
            sections=tuple(kept),
            findings=_in_order(report.findings, [section.slug for section in kept]),
            omissions=(*report.omissions, *gone),
        )

    def _rewritten(self, section: Section) -> Section:
        slug = section.slug
        title = self.titles.get(slug)
        text = self.text.get(slug)
        return dataclasses.replace(
            section,
            title=title or section.title,
            label=title or section.label,
            sentences=(*((text,) if text else ()), *section.sentences),
        )


def _in_order(findings: tuple[Finding, ...], slugs: list[str]) -> tuple[Finding, ...]:
    """Findings in the order of their sections, without those whose section is gone."""
    kept = [finding for finding in findings if finding.anchor in slugs]
    return tuple(sorted(kept, key=lambda finding: slugs.index(finding.anchor)))


def read_outline(path: Path) -> Outline:
    """Read an outline from YAML: any of ``order``, ``leave_out``, ``titles`` and ``text``.

    Raises
    ------
    SourceError
        If there is no such file, or it is no YAML.
    InputError
        If it holds anything else.
    """
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourceError(
            "the outline cannot be read",
            where=str(path),
            expected=f"a YAML file such as '{_EXAMPLE}'",
            got=type(error).__name__,
        ) from error
    given = {} if found is None else found
    if not isinstance(given, dict):
        raise _malformed(path, "this is no list of settings", type(given).__name__)
    for key in given:
        if key not in _KEYS:
            raise _malformed(path, f"there is no setting '{key}'", str(key))
    return Outline(
        order=_slugs(path, given, "order"),
        leave_out=_slugs(path, given, "leave_out"),
        titles=_texts(path, given, "titles"),
        text=_texts(path, given, "text"),
    )


def _slugs(path: Path, given: dict[str, Any], key: str) -> tuple[str, ...]:
    value = given.get(key) or []
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise _malformed(path, f"'{key}' is no list of sections", repr(value)[:60])
    return tuple(dict.fromkeys(value))


def _texts(path: Path, given: dict[str, Any], key: str) -> dict[str, str]:
    value = given.get(key) or {}
    texts = isinstance(value, dict) and all(
        isinstance(slug, str) and isinstance(text, str) for slug, text in value.items()
    )
    if not texts:
        raise _malformed(path, f"'{key}' does not give a text for each section", repr(value)[:60])
    return dict(value)


def _malformed(path: Path, what: str, got: str) -> InputError:
    return InputError(
        what,
        where=str(path),
        expected="order and leave_out (lists of sections), titles and text (section: text)",
        got=got,
        hint=f"such as '{_EXAMPLE}'",
    )


def _no_section(slug: str, known: Mapping[str, Section]) -> InputError:
    close = difflib.get_close_matches(slug, known, n=1)
    return InputError(
        f"the report has no section '{slug}'",
        where="sections",
        expected="one of " + ", ".join(known),
        got=f"'{slug}'",
        hint=f"perhaps '{close[0]}' is meant" if close else "",
    )
