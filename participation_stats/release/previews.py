"""Previews: a protected result as it prints, withheld values marked and the reasons beneath."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Protocol

import pandas as pd

from participation_stats.release.policies import Policy
from participation_stats.release.scalars import Scalar
from participation_stats.release.tables import html_table, readable


class Released(Protocol):
    """What a preview needs of a `Protected`."""

    @property
    def kind(self) -> str:
        """Class name of the result."""

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """The released frames."""

    @property
    def facts(self) -> Mapping[str, Scalar]:
        """The released scalars."""

    @property
    def policy(self) -> Policy:
        """What was applied."""

    @property
    def notes(self) -> Sequence[str]:
        """What was withheld and why."""


def preview(one: Released) -> str:
    """The kind, the policy in words, what is told, each table with its markers, and the notes."""
    parts = [_headline(one), *_told(one)]
    parts += [
        f"\n.{name}\n{readable(frame).to_string(index=False)}" for name, frame in one.frames.items()
    ]
    return "\n".join([*parts, *(f"\n{note}" for note in one.notes)])


def preview_html(one: Released) -> str:
    """The same for a notebook."""
    blocks = [f"<p>{html.escape(line)}</p>" for line in _told(one)]
    blocks += [html_table(frame, caption=f".{name}") for name, frame in one.frames.items()]
    blocks += [f"<p>{html.escape(note)}</p>" for note in one.notes]
    return f"<div><strong>{html.escape(_headline(one))}</strong>{''.join(blocks)}</div>"


def _headline(one: Released) -> str:
    told = one.policy.banner or (
        f"Policy {one.policy.name}: counts of fewer than {one.policy.threshold} people are "
        "withheld."
    )
    return f"{one.kind}, protected. {told}"


def _told(one: Released) -> list[str]:
    facts = {name: value for name, value in one.facts.items() if value is not None}
    words = (f"{name} {f'{x:.4g}' if isinstance(x, float) else x}" for name, x in facts.items())
    return [", ".join(words)] if facts else []
