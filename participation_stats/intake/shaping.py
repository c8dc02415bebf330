"""recode, band, as_factors, roll_up: labels to codes, numbers to bands, fine groups to coarse.

Changes, never judges: what cannot be mapped is left missing and reported, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.errors import InputError

from .catalogue import unknown_name
from .codelists import codelist_names, load_codelist
from .crosswalks import broad_list, editions, family_of, landings
from .frames import require_frame
from .readings import Reader
from .recoded import Recoded, Unmapped, complain, note_matches, report_matches
from .schemas import load_schema
from .spelling import normal

NOT_STATED = "Not stated"
#: Numbers, and the field and code list of the bands that say the same.
BANDS = {"age": "age_band", "length_of_residence": "length_of_residence_band"}


def recode(
    series: pd.Series,
    to: str,
    *,
    source: str | None = None,
    year: int | None = None,
    aliases: Mapping[str, str] | None = None,
    unmapped: Unmapped = "warn",
) -> Recoded:
    """Map what people wrote to the codes of one list.

    Labels, codes, common misspellings and other ways of writing are mapped; case, spaces and
    kinds of dashes do not matter. A finer list rolls up by crosswalk. Nothing is guessed: a value
    that may be two groups of the list stays missing and is reported as ambiguous.

    Parameters
    ----------
    series : Series
        The raw column.
    to : str
        The code list to reach; or its name without the column's, ``"5"`` for ``ethnicity_5``; or
        ``"broad"`` for the coarsest census list of the column's characteristic.
    source : str, optional
        The list that the column uses, or a series of editions (``"ethnicity_core"``). Without
        it, labels are read in their standard (census) meaning; where every value could also be
        of the estate's own list, both readings must agree.
    year : int, optional
        The collection year, where the codes of a series differ by year. Without it only labels
        of the series count, never its bare codes.
    aliases : mapping of str to str, optional
        Your own: raw label → code of `to`. They come before everything else.
    unmapped : {"warn", "raise", "ignore"}
        What to do about values that were neither missing nor mapped.

    Raises
    ------
    SchemaError
        If `to` is no code list.
    InputError
        If `source` is no list or has no crosswalk to `to`, if no edition of it was in use in
        `year`, if an alias leads to no code of `to`, if `series` is none, or, with
        ``unmapped="raise"``, if something could not be mapped.

    Examples
    --------
    >>> import pandas as pd
    >>> raw = pd.Series(["White - British", "carribean", "Roma ", "Chinese or other", "pnts"])
    >>> recoded = recode(raw, "ethnicity_19", unmapped="ignore")
    >>> print(recoded.report.drop(columns="candidates"))
                    raw  count             code        how
    0   White - British      1    White British      alias
    1         carribean      1  Black Caribbean   spelling
    2             Roma       1             Roma       code
    3  Chinese or other      1              NaN  ambiguous
    4              pnts      1              NaN    missing
    >>> recoded.unmapped["candidates"].item()
    'Chinese | Arab | Any other ethnic group'
    >>> recoded.reasons.iloc[-1]
    'Prefer not to say'
    """
    series = _column(series, "recode")
    goal = _goal(series, to)
    sources = _sources(source, year, goal)
    codes_count = source is None or source in codelist_names() or year is not None
    reader = Reader(goal, sources, codes_count, _given(aliases or {}, goal))
    texts = _texts(series)
    keys = {raw: normal(raw) for raw in texts.dropna().unique()}
    matches = reader.read(dict.fromkeys(keys.values()))
    found = {raw: matches[key] for raw, key in keys.items()}
    recoded = Recoded(
        values=texts.map({raw: match.code for raw, match in found.items()}).astype("str"),
        reasons=texts.map({raw: match.reason or None for raw, match in found.items()}).astype(
            "str"
        ),
        to=goal,
        report=report_matches(texts, found),
        notes=note_matches(found),
    )
    complain(recoded, series.name, unmapped, where="recode", hint=_hint(source, codes_count))
    return recoded


def band(series: pd.Series, codelist: str) -> pd.Series:
    """The band of each number: ages to age bands, years to lengths of residence.

    A limit belongs to the band above it: someone of 25 is in "25 to 34", someone who has lived
    here for exactly 5 years in "5 to 9". What lies outside all bands (a negative age) and what is
    missing stays missing.

    Parameters
    ----------
    series : Series of numbers
    codelist : str
        A list with the columns ``min`` and ``max``: ``"age_band"``, ``"age_5"``,
        ``"length_of_residence_band"`` ….

    Raises
    ------
    SchemaError
        If there is no such list.
    InputError
        If the list has no bands, or `series` is no Series of numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> band(pd.Series([0.5, 4.9, 5, 30, None]), "length_of_residence_band").tolist()
    ['under 1', '1 to 4', '5 to 9', '10 or more', nan]
    """
    series = _column(series, "band")
    table = load_codelist(codelist).table
    if "min" not in table.columns or table["min"].isna().any():
        raise InputError(
            f"the code list '{codelist}' has no bands of numbers",
            where="band",
            expected="a list such as age_band or length_of_residence_band",
        )
    values = _numbers(series)
    lows, highs = table["min"].to_numpy(), table["max"].fillna(np.inf).to_numpy()
    inside = (values[:, None] >= lows) & (values[:, None] < highs)
    codes = np.append(table["code"].to_numpy(dtype=object), np.nan)
    picked = np.where(inside.any(axis=1), inside.argmax(axis=1), len(table))
    return pd.Series(codes[picked], index=series.index, name=series.name, dtype="str")


def as_factors(frame: pd.DataFrame) -> pd.DataFrame:
    """Coded columns as factors, their levels in the order of their code list.

    Models compare with the first level of a factor. Text has no order of its own, so that
    ``"1 to 4"`` would stand before ``"under 1"``.

    Parameters
    ----------
    frame : DataFrame
        E.g. ``estate.panel()``. Columns are known by the names that the schemas give them.

    Returns
    -------
    DataFrame
        A copy. A column stays as it is where it is no text, holds a value that its list does
        not have, or nothing at all.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"length_of_residence_band": ["1 to 4", "under 1", None]})
    >>> as_factors(people)["length_of_residence_band"].cat.categories.tolist()
    ['under 1', '1 to 4', '5 to 9', '10 or more']
    """
    frame = require_frame(frame, "as_factors")
    factors = {}
    for name, codes in _codes_by_column().items():
        if name in frame and pd.api.types.is_string_dtype(frame[name]):
            known = frame[name].dropna()
            if len(known) and known.isin(codes).all():
                factors[name] = pd.Categorical(frame[name], categories=list(codes))
    return frame.assign(**factors)


def _codes_by_column() -> dict[str, tuple[str, ...]]:
    """Codes of each column that has a list, in order: bands, and the fields of the schemas."""
    return {
        field.name: field.categories
        for name in ("meetings", "memberships", "attendance", "people")
        for field in load_schema(name).fields
        if field.categories is not None and field.type == "string"
    }


def roll_up(margins: pd.DataFrame, to: str, *, source: str | None = None) -> pd.DataFrame:
    """Margins in coarser groups: cells of one group are added up.

    Parameters
    ----------
    margins : DataFrame
        ``variable``, ``category`` and ``count`` or ``share``, of one variable. The category
        "Not stated" stays as it is.
    to : str
        The list to reach, as in `recode`.
    source : str, optional
        The list that the categories are of, as in `recode`.

    Returns
    -------
    DataFrame
        ``variable``, ``category`` in the order of the list, ``count`` and ``share`` as given,
        and what else is the same in every row. A standard error is left out: that of a sum does
        not follow from those of its parts.

    Raises
    ------
    SchemaError
        If `to` is no code list.
    InputError
        If columns are missing, there are several variables, or a category cannot be mapped to
        one group: margins that lose a cell would be wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> fine = pd.DataFrame({"variable": "ethnicity", "count": [30, 20, 50],
    ...     "category": ["White Irish", "Roma", "White British"]})
    >>> print(roll_up(fine, "ethnicity_8"))
        variable                           category  count
    0  ethnicity                      White British     50
    1  ethnicity                        White Irish     30
    2  ethnicity  White, other than British or Irish     20
    """
    amounts = _amounts(margins)
    names = margins["category"].where(margins["category"] != NOT_STATED)
    variable = margins["variable"].iloc[0]
    recoded = recode(names.rename(variable), to, source=source, unmapped="ignore")
    hint = "name the list they are of with source=, or choose a coarser list"
    complain(recoded, variable, "raise", where="roll_up", hint=hint)
    groups = recoded.values.fillna(NOT_STATED)
    order = {code: place for place, code in enumerate(load_codelist(recoded.to).codes)}
    sums = margins[amounts].groupby(groups.rename("category")).sum(min_count=1)
    sums = sums.loc[sorted(sums.index, key=lambda code: order.get(code, len(order)))].reset_index()
    sums.insert(0, "variable", variable)
    kept = [
        name
        for name in margins.columns
        if name not in {"variable", "category", "std_error", *amounts}
        and len(margins[name].unique()) == 1
    ]
    for name in kept:
        sums[name] = margins[name].iloc[0]
    return sums


def _column(series: Any, where: str) -> pd.Series:
    if not isinstance(series, pd.Series):
        raise InputError(
            "the column is not a Series",
            where=where,
            expected="a pandas Series",
            got=type(series).__name__,
            hint="wrap it: pd.Series(values)",
        )
    return series


def _goal(series: pd.Series, to: str) -> str:
    """The list meant by `to`: its name, the rest of it after the column's, or the broad one."""
    name = str(series.name)
    for candidate in (to, f"{name}_{to}", broad_list(name) if to == "broad" else ""):
        if candidate in codelist_names():
            return str(candidate)
    raise unknown_name("code list", to, codelist_names(), where="recode")


def _sources(source: str | None, year: int | None, goal: str) -> tuple[str, ...]:
    if source is None:
        return ()
    names = editions(source, year, where="recode")
    for name in names:
        if name != goal and not landings(name, goal):
            raise InputError(
                f"no crosswalk from '{name}' to '{goal}'",
                where="recode",
                expected="two lists of one characteristic, the first as fine or finer",
                hint="sex and gender are two questions"
                if {family_of(name), family_of(goal)} == {"sex", "gender"}
                else "",
            )
    return names


def _hint(source: str | None, codes_count: bool) -> str:
    if not codes_count:
        return f"the codes of {source} differ by year: give year="
    first = "name the list they are of with source=, or " if source is None else ""
    return first + "give aliases={raw: code}"


def _given(aliases: Mapping[str, str], goal: str) -> dict[str, str]:
    codes = load_codelist(goal).codes
    for raw, code in aliases.items():
        if code not in codes:
            raise InputError(
                f"the alias '{raw}' leads to '{code}', which is no code of {goal}",
                where="recode",
                expected="one of " + ", ".join(codes),
            )
    return {normal(str(raw)): code for raw, code in aliases.items()}


def _texts(series: pd.Series) -> pd.Series:
    """The column as text; a whole number without its ``.0``, so that 3.0 is the code 3."""
    if isinstance(series.dtype, pd.StringDtype):
        return series.astype("str")
    return series.astype("object").map(_text, na_action="ignore").astype("str")


def _text(value: object) -> str:
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def _numbers(series: pd.Series) -> np.ndarray:
    try:
        return pd.to_numeric(series).to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"'{series.name}' is not a column of numbers ({error})",
            where="band",
            expected="numbers",
            hint="bands in words are for recode",
        ) from error


def _amounts(margins: pd.DataFrame) -> list[str]:
    columns = list(margins.columns) if isinstance(margins, pd.DataFrame) else []
    absent = [name for name in ("variable", "category") if name not in columns]
    amounts: list[str] = [name for name in ("count", "share") if name in columns]
    if absent or not amounts:
        raise InputError(
            "these are no margins",
            where="roll_up",
            expected="the columns variable, category and count or share of a pandas frame",
            got=", ".join(map(str, columns)) or type(margins).__name__,
            hint="" if columns else "ps.read_table(margins, 'population') brings them into pandas",
        )
    variables = margins["variable"].unique()
    if len(variables) != 1:
        raise InputError(
            "margins of one variable are needed",
            where="roll_up",
            expected="one variable",
            got=", ".join(map(str, variables)) or "none",
        )
    return amounts
