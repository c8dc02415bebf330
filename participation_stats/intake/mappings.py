"""ColumnMapping: their columns and labels, and ours; kept in a YAML file that people edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from participation_stats.cards import Card
from participation_stats.errors import InputError, OutputError, SourceError

from .dialects import unreadable
from .mapping_text import mapping_text
from .schemas import Schema, load_schema
from .spelling import normal
from .suggestions import nearest

DATE_ORDERS = ("day first", "month first")
_SECTIONS = ("columns", "values", "dates", "filled", "asked_if")
#: Stands in a filled value for the line of the row.
LINE = "{line}"


@dataclass(frozen=True, eq=False)
class ColumnMapping(Card):
    """How the columns and labels of somebody's file become ours.

    An empty text on our side means that nobody has decided: such a column is kept as it came and
    not used, and such a label stays as it is, so that validation finds it.

    Attributes
    ----------
    table : str
        Our table, or the path of a Table Schema file.
    tool : str or None
        The survey tool whose header rows are to be undone, as in `read_export`.
    columns : mapping of str to str
        Their column → our field.
    values : mapping of str to mapping
        By our field: their label → our code, or the reason why it is missing
        ("Prefer not to say"). Case, spaces and kinds of dashes do not matter.
    dates : mapping of str to str
        By our field: ``"day first"`` or ``"month first"``, where dates
        have slashes, dots or hyphens.
    filled : mapping of str to str
        Our field → a text for every row; ``{line}`` in it is the line of the file.
    asked_if : mapping of str to mapping
        By our field: {another field: the answer after which alone it was asked}. An empty cell
        after any other answer was not asked, instead of not recorded.
    notes : mapping of tuple to str
        Comments, by (section, key) or (section, field, label): why something is unsure.
    origin : str
        The file that it was read from, or drafted for.
    """

    table: str
    columns: Mapping[str, str]
    tool: str | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    filled: Mapping[str, str] = field(default_factory=dict)
    asked_if: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notes: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    origin: str = "mapping"

    @property
    def unsure(self) -> tuple[str, ...]:
        """The columns and labels that say "unsure": a person has to decide."""
        told = [(key, note) for key, note in self.notes.items() if note.startswith("unsure")]
        return tuple(f"{' / '.join(key[1:])}: {note}" for key, note in told)

    def to_yaml(self) -> str:
        """The mapping as the text of a YAML file, with its notes as comments."""
        return mapping_text(
            {"table": self.table, "tool": self.tool or ""},
            {section: getattr(self, section) for section in _SECTIONS},
            self.notes,
        )

    def write(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the YAML file.

        Raises
        ------
        OutputError
            If the file is there and `overwrite` is False, or it cannot be written.
        """
        path = Path(path)
        if path.exists() and not overwrite:
            raise OutputError(
                "the file exists already",
                where=str(path),
                hint="choose another name; what somebody has filled in would be lost",
            )
        # Whole or not at all: on a full disk what stood there before stays.
        draft = path.with_name(f".{path.name}.draft")
        try:
            draft.write_text(self.to_yaml(), encoding="utf-8", newline="\n")
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise OutputError(
                f"the file cannot be written: {(error.strerror or str(error)).lower()}",
                where=str(path),
            ) from error
        return path


def read_mapping(path: str | Path) -> ColumnMapping:
    r"""Read a mapping file.

    Raises
    ------
    SourceError
        If the file is missing, or no YAML.
    InputError
        If it says something that no mapping can say: a field that does not exist, two columns
        for one field, a section of another name. (Codes are judged where it is applied.)
    SchemaError
        If it names a table that does not exist.

    Examples
    --------
    >>> import tempfile
    >>> text = "table: attendance\ncolumns:\n  Who: person_id\n  Code:\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "register.yaml"
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     mapping = read_mapping(path)
    >>> mapping.columns
    {'Who': 'person_id', 'Code': ''}
    """
    path = Path(path)
    told = _loaded(path)
    _known("section", told, ("table", "tool", *_SECTIONS), path.name)
    mapping = ColumnMapping(
        table=_text(told.get("table", ""), "table", path.name),
        tool=_text(told.get("tool", ""), "tool", path.name) or None,
        columns=_columns(told, path.name),
        values=_nested(told, "values", path.name),
        dates=_texts(told, "dates", path.name),
        filled=_texts(told, "filled", path.name),
        asked_if=_nested(told, "asked_if", path.name),
        origin=path.name,
    )
    if not mapping.table:
        raise InputError(
            "it does not say which table it is for", where=path.name, hint="table: estate_survey"
        )
    check_mapping(mapping, load_schema(mapping.table))
    return mapping


def check_mapping(mapping: ColumnMapping, schema: Schema) -> None:
    """Stop at what no mapping to this schema can say.

    Raises
    ------
    InputError
        If a field does not exist, or gets its values from two places.
    """
    where = mapping.origin
    targets = [target for target in mapping.columns.values() if target]
    named = [*targets, *mapping.values, *mapping.dates, *mapping.filled, *mapping.asked_if]
    conditions = [name for condition in mapping.asked_if.values() for name in condition]
    _known(f"field of {schema.name}", [*named, *conditions], schema.field_names, where)
    for target in targets:
        if targets.count(target) > 1 or target in mapping.filled:
            theirs = [heading for heading, name in mapping.columns.items() if name == target]
            both = [*theirs, *(["filled"] if target in mapping.filled else [])]
            raise InputError(
                f"'{target}' gets its values from {' and from '.join(map(repr, both))}",
                where=where,
                expected="one column for each field",
                hint="leave the right side of one of them empty",
            )
    for name, labels in mapping.values.items():
        _one_meaning(name, labels, where)
    for name, order in mapping.dates.items():
        if order and (order not in DATE_ORDERS or schema.field(name).type != "date"):
            raise InputError(
                f"dates: {name}: '{order}' says nothing of a date",
                where=where,
                expected=" or ".join(DATE_ORDERS) + ", for a field of dates",
            )


def _one_meaning(name: str, labels: Mapping[str, str], where: str) -> None:
    told: dict[str, tuple[str, str]] = {}
    for label, ours in labels.items():
        if not ours:
            continue
        before, said = told.setdefault(normal(label), (label, ours))
        if said != ours:
            raise InputError(
                f"values: {name}: {before!r} and {label!r} are one label, but for case and spaces",
                where=where,
                expected="one meaning",
                got=f"'{said}' and '{ours}'",
                hint="leave one of them out",
            )


def meant(ours: str, codes: Collection[str] | None, schema: Schema, where: str) -> str:
    """What stands in a cell for the right side of a mapped label: a code, or that of a reason.

    Raises
    ------
    InputError
        If the field has codes and this is neither.
    """
    if ours in schema.missing_values or (codes and ours in codes):
        return ours
    reasons = {reason.casefold(): raw for raw, reason in schema.missing_values.items()}
    if codes is None or ours.casefold() in reasons:
        return reasons.get(ours.casefold(), ours)
    close = nearest(ours, codes)
    raise InputError(
        f"'{ours}' is none of our codes",
        where=where,
        expected="one of " + ", ".join((*codes, *schema.missing_values.values())),
        hint=f"perhaps '{close}' is meant" if close else "",
    )


class _Strict(yaml.BaseLoader):
    """Every scalar is text (``no`` stays "no", 08 stays "08"), and no key stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        twice = next((key for key, count in seen.items() if count > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"'{twice}' stands there twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


def _loaded(path: Path) -> dict[str, Any]:
    try:
        told = yaml.load(path.read_bytes().decode("utf-8-sig"), Loader=_Strict)
    except OSError as error:
        raise unreadable(path, error) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is no text in UTF-8, or nested too deep"
        raise SourceError(
            f"this is not YAML: {problem}" + (f", line {mark.line + 1}" if mark else ""),
            where=path.name,
            expected="a mapping file",
            hint="participation-stats schema map FILE drafts one; put odd labels in quotes",
        ) from error
    if not isinstance(told, dict):
        raise SourceError(
            "this is not a mapping file",
            where=path.name,
            expected="table, columns and values",
            hint="participation-stats schema map FILE drafts one",
        )
    return told


def _texts(told: Mapping[str, Any], section: str, where: str) -> dict[str, str]:
    pairs = told.get(section) or {}
    if not isinstance(pairs, dict):
        raise InputError(
            f"'{section}' is no list of pairs", where=where, expected="lines such as their: ours"
        )
    return {str(key): _text(text, f"{section}: {key}", where) for key, text in pairs.items()}


def _columns(told: Mapping[str, Any], where: str) -> dict[str, str]:
    columns: dict[str, str] = {}
    for key, text in _texts(told, "columns", where).items():
        if _line(key) in columns:
            raise InputError(
                f"'{_line(key)}' stands twice among the columns, but for spaces",
                where=where,
                expected="each column once",
            )
        columns[_line(key)] = text
    return columns


def _nested(told: Mapping[str, Any], section: str, where: str) -> dict[str, dict[str, str]]:
    parts = told.get(section) or {}
    if not isinstance(parts, dict):
        raise InputError(
            f"'{section}' is no list of pairs", where=where, expected="a field, then its pairs"
        )
    return {str(name): _texts(parts, name, where) for name in parts}


def _text(text: Any, key: str, where: str) -> str:
    if not isinstance(text, str):
        raise InputError(f"'{key}' has more than one value", where=where, expected="one text")
    return text.strip()


def _line(heading: str) -> str:
    return " ".join(heading.split())


def _known(what: str, names: Collection[str], known: Collection[str], where: str) -> None:
    for name in names:
        if name not in known:
            close = nearest(str(name), known)
            raise InputError(
                f"no {what} '{name}'",
                where=where,
                expected="one of " + ", ".join(known),
                hint=f"perhaps '{close}' is meant" if close else "",
            )
