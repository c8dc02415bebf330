"""Panels: who could have come to which meeting, worked out once for all questions of a report."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import pandas as pd

from participation_stats.intake.estates import Estate


def at_rest(estate: Estate) -> Estate:
    """The same estate, for as long as nobody changes its tables: its panel is made once.

    An estate of somebody else's class stays as it is: it may have a panel of its own making.

    Examples
    --------
    >>> from participation_stats import load_example
    >>> estate = at_rest(load_example("southern_women"))
    >>> len(estate.panel()), len(estate.panel("social_events"))
    (252, 252)
    """
    if type(estate) is not Estate:
        return estate
    fields = {field.name: getattr(estate, field.name) for field in dataclasses.fields(estate)}
    return _AtRest(**fields)


class _AtRest(Estate):
    @cached_property
    def _panel(self) -> pd.DataFrame:
        return super().panel()

    def panel(self, body: str | None = None) -> pd.DataFrame:
        """As of any estate; whoever gets it may change it, and changes nobody else's."""
        return self._panel.copy(deep=False) if body is None else super().panel(body)
