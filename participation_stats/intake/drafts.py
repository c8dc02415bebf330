"""draft_mapping: what a file says without doubt, as a mapping for a person to finish."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .exports import household_column, read_export, tool_of_file
from .labels import Labels, read_labels
from .mappings import DATE_ORDERS, LINE, ColumnMapping
from .parsing import spell
from .questions import Suggestion, suggest_fields
from .schemas import Schema, load_schema
from .shaping import BANDS
from .sources import read_raw
from .spelling import normal
from .translation import plain_date

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame

#: Fields that are asked only after one answer to another.
_ROUTES = {"came_last_year": ("heard_of_meetings", "yes")}
#: Bands that everybody cuts differently: half a column would be worse than none.
_WHOLE = frozenset({"length_of_residence_band"})


class _Wave(NamedTuple):
    """What came in: answers as text under their headings, and the words of the questions."""

    frame: pd.DataFrame
    questions: dict[str, str]
    tool: str | None
    household: str | None
    origin: str


class _Found(NamedTuple):
    """What one column turned out to hold; `field` is empty where that is not sure."""

    field: str
    note: str
    labels: Labels = Labels({}, {})
    order: str | None = None


def draft_mapping(
    source: str | Path | IntoFrame,
    schema: str | Schema = "estate_survey",
    *,
    tool: str | None = None,
) -> ColumnMapping:
    """Draft how the columns and labels of a file become ours.

    A column is mapped where its heading or question speaks of one field, and no other column of
    the same one; a label where `recode` knows it. Nothing is guessed: what is left stays empty,
    with a comment that says "unsure".

    Parameters
    ----------
    source : path or data frame
        The export of a survey tool, an SPSS file, any table that `read_table` reads, or a frame.
    schema : str or Schema
        The table that it is to become.
    tool : str, optional
        The tool that wrote it, as in `read_export`. Default: found from the headings.

    Returns
    -------
    ColumnMapping
        ``.to_yaml()``, ``.write(path)``; ``.unsure`` lists what a person has to decide.

    Raises
    ------
    SourceError, MissingExtraError
        If the file cannot be read.
    InputError
        If `tool` is unknown.
    SchemaError
        If `schema` names no table.

    Examples
    --------
    >>> import pandas as pd
    >>> wave = pd.DataFrame({"No": ["1", "2", "3"],
    ...     "What is your ethnic group?": ["White british", "Any other White background", "pnts"],
    ...     "How old are you?": ["45", "62", "40s"]})
    >>> mapping = draft_mapping(wave)
    >>> print(mapping.to_yaml().split("columns:")[1])
      # their column: our field
      "No":
      What is your ethnic group?: ethnicity
      How old are you?: age
    <BLANKLINE>
    values:  # by our field, their label: our code, or why it is missing
      ethnicity:
        White british: White British
        pnts: Prefer not to say
        Any other White background:  # unsure: Other White or Portuguese
      age:
        "40s":  # unsure: not a number
    <BLANKLINE>
    filled:  # the same text for every row; {line} is the line of the file
      respondent_id: "line {line}"  # the file does not number its rows
    <BLANKLINE>
    """
    chosen = load_schema(schema) if isinstance(schema, str) else schema
    wave = _wave(source, tool, chosen)
    asked = suggest_fields(wave.questions, chosen, wave.tool, wave.household)
    taken = {one.field for one in asked.values()}
    found = {name: _found(wave, name, asked[name], chosen, taken) for name in wave.questions}
    fields = {one.field: heading for heading, one in found.items() if one.field}
    filled = _missing_key(fields, chosen)
    routes = _routes(wave, fields, found)
    notes: dict[tuple[str, ...], str] = {
        ("columns", heading): one.note for heading, one in found.items() if one.note
    }
    notes |= {("filled", name): "the file does not number its rows" for name in filled}
    notes |= {("asked_if", name): "empty after every other answer" for name in routes}
    orders = {name: found[heading].order for name, heading in fields.items()}
    dates = {name: order for name, order in orders.items() if order is not None}
    for name, order in dates.items():
        if not order:
            notes["dates", name] = "unsure: day first or month first?"
    for name, heading in fields.items():
        told = found[heading].labels.notes.items()
        notes |= {("values", name, label): note for label, note in told}
    return ColumnMapping(
        table=chosen.name,
        tool=wave.tool,
        columns={heading: one.field for heading, one in found.items()},
        values={
            name: found[heading].labels.codes
            for name, heading in fields.items()
            if found[heading].labels.codes
        },
        dates=dates,
        filled=filled,
        asked_if=routes,
        notes=notes,
        origin=wave.origin,
    )


def _wave(source: str | Path | IntoFrame, tool: str | None, schema: Schema) -> _Wave:
    if isinstance(source, str | Path):
        tool = tool or tool_of_file(Path(source))
        if tool is not None:
            export = read_export(source, tool=tool)
            names = {name: " ".join(name.split()) for name in export.columns["column"]}
            words = dict(zip(export.columns["column"], export.columns["question"], strict=True))
            household = household_column(names)
            return _Wave(
                export.frame.rename(columns=names),
                {names[name]: words[name] for name in names},
                tool,
                names.get(household or ""),
                Path(source).name,
            )
    raw = read_raw(source, name=schema.name, known=schema.field_names)
    texts = {
        name: np.array([spell(value) for value in cells.values], dtype=object)[cells.codes]
        for name, cells in raw.columns.items()
    }
    frame = pd.DataFrame(texts, dtype="str")
    return _Wave(frame, {name: name for name in texts}, None, household_column(texts), raw.origin)


def _found(
    wave: _Wave, heading: str, asked: Suggestion, schema: Schema, taken: Collection[str]
) -> _Found:
    """A suggestion after a look at the answers."""
    question = wave.questions[heading]
    words = "" if " ".join(question.split()) == heading else question
    if not asked.field:
        return _Found("", asked.note or words)
    own = schema.field(asked.field)
    answers = wave.frame[heading].str.strip()
    answers = answers[answers.ne("")]
    if own.type == "date":
        return _Found(own.name, words, order=_date_order(answers))
    labels = read_labels(answers, own, schema, wave.tool)
    band = BANDS.get(own.name, "")
    if labels.doubt and band in schema.field_names and band not in taken:
        bands = read_labels(answers, schema.field(band), schema, wave.tool)
        unknown = [label for label, code in bands.codes.items() if not code]
        allowed = 0 if band in _WHOLE else len(bands.codes) / 2
        if len(bands.codes) - len(unknown) > len(bands.codes) / 2 and len(unknown) <= allowed:
            return _Found(band, bands.note or words, bands)
        if 0 < len(unknown) < len(bands.codes):
            doubt = f"'{unknown[0]}' is no number, and in none of its bands"
            return _Found("", f"unsure: {own.name}? {doubt}")
    if labels.doubt:
        return _Found("", f"unsure: {own.name}? {labels.doubt}")
    return _Found(own.name, labels.note or words, labels)


def _date_order(answers: pd.Series[str]) -> str | None:
    """The order of day and month if dates need one; empty if both are possible."""
    needing = [text for text in answers if plain_date(text, "") is None]
    counts = {}
    for order in DATE_ORDERS:
        dates = pd.Series([plain_date(text, order) for text in needing], dtype="str")
        counts[order] = int(pd.to_datetime(dates, format="%Y-%m-%d", errors="coerce").count())
    if not any(counts.values()):
        return None
    best = max(DATE_ORDERS, key=lambda order: counts[order])
    return best if len(set(counts.values())) > 1 else ""


def _missing_key(fields: dict[str, str], schema: Schema) -> dict[str, str]:
    """A key of one text that no column holds: the line of the row stands for it."""
    names = [name for name in schema.primary_key if name not in fields]
    alone = len(schema.primary_key) == 1 and names and schema.field(names[0]).type == "string"
    return {names[0]: f"line {LINE}"} if alone else {}


def _routes(
    wave: _Wave, fields: dict[str, str], found: dict[str, _Found]
) -> dict[str, dict[str, str]]:
    """Questions that nobody answered after another answer than the one they follow."""
    routes = {}
    for name, (earlier, wanted) in _ROUTES.items():
        if name not in fields or earlier not in fields:
            continue
        codes = found[fields[earlier]].labels.codes
        said = wave.frame[fields[earlier]].map(normal)
        asked = {normal(label) for label, code in codes.items() if code == wanted}
        other = said.ne("") & ~said.isin(asked)
        if other.any() and wave.frame.loc[other, fields[name]].str.strip().eq("").all():
            routes[name] = {earlier: wanted}
    return routes
