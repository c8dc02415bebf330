"""Wording: numbers to plain sentences. What is withheld is said to be withheld.

Every sentence is made from a row of a protected table. The sentence about chance speaks of a
fair draw of n people from the population and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from participation_stats.errors import InputError
from participation_stats.release.disclosure import Protected
from participation_stats.release.phrases import (
    Terms,
    capital,
    how_often,
    in_order,
    in_words,
    joined,
    number,
    p_text,
    percent,
    plain_name,
    ratio_text,
    whose,
)
from participation_stats.release.seats import (
    IN_LINE,
    OVER,
    UNCLEAR,
    UNDER,
    VERDICTS,
    body_size,
    gap_text,
    held_text,
    is_known,
    withheld,
)

_CONCLUSIONS = {
    UNDER: ", so they are under-represented",
    OVER: ", so they are over-represented",
    IN_LINE: ": in line with the population",
    UNCLEAR: ": too small to tell",
}

RARELY = "which chance alone would rarely do"

#: A gap smaller than this is nobody: no headline names it.
LEAST_GAP = 0.95

#: Only for the choice of words; verdicts are made where the numbers are.
SIGNIFICANT = 0.05


def select_rows(
    frame: pd.DataFrame, *, variable: str | None = None, body: str | None = None, where: str = ""
) -> pd.DataFrame:
    """Rows of one variable and one body, groups in the order in which they are shown.

    Raises
    ------
    InputError
        No row of that variable or body.
    """
    rows = frame
    for column, wanted in (("variable", variable), ("body", body)):
        if wanted is None:
            continue
        known = list(dict.fromkeys(rows[column])) if column in rows else []
        if wanted not in known:
            raise InputError(
                f"no {column} '{wanted}' in the table",
                where=where,
                expected=joined(repr(name) for name in known) or f"a table with a {column}",
                got=repr(wanted),
            )
        rows = rows[rows[column] == wanted]
    if "category" not in rows:
        return rows
    keys = [name for name in ("body", "variable") if name in rows]
    blocks = rows.groupby(keys, sort=False).indices.values() if keys else [range(len(rows))]
    names = rows["category"].astype(str).tolist()
    return rows.iloc[[place for block in blocks for place in _ordered(block, names)]]


def _ordered(places: Iterable[int], names: Sequence[str]) -> list[int]:
    """Places in the order of the groups that stand there."""
    within = list(places)
    rank = {name: at for at, name in enumerate(in_order(names[place] for place in within))}
    return sorted(within, key=lambda place: rank[names[place]])


def ratio_sentences(
    row: pd.Series, *, n: float | None = None, terms: Terms | None = None
) -> tuple[str, ...]:
    """What one row of a representativeness table says, in up to three sentences.

    Parameters
    ----------
    row : Series
        A row of the protected table of `representativeness_ratios`.
    n : float, optional
        Size of the body; worked out from the row where not given.
    terms : Terms, optional
        What people and seats are called.

    Returns
    -------
    tuple of str
        The count, what a fair draw would give, and what chance would do.

    Examples
    --------
    >>> row = pd.Series({"variable": "ethnicity", "category": "Black African", "count": 0,
    ...     "expected": 5.4, "share": 0.0, "population_share": 0.27, "ratio": 0.0,
    ...     "chance_low": 2 / 5.4, "chance_high": 9 / 5.4, "p_value": 0.0037,
    ...     "p_adjusted": 0.03, "verdict": "under-represented", "suppressed": False})
    >>> for sentence in ratio_sentences(row):
    ...     print(sentence)
    Black African residents hold none of the 20 seats; proportional would be 5.4,
    so about five seats short.
    Drawn by lot, they would usually hold 2 to 9.
    Chance alone would be this far out less than 1 time in 100 (adjusted for several groups,
    p = .03), so they are under-represented.
    """
    terms = terms or Terms()
    who = whose(str(row["variable"]), str(row["category"]), terms)
    if withheld(row):
        return _withheld_sentences(row, who, terms)
    n = n if n is not None else body_size(row)
    if n is None or not is_known(row.get("count")) or not is_known(row.get("expected")):
        if not is_known(row.get("share")) or not is_known(row.get("population_share")):
            return (f"There is no figure for {who}.",)
        return _share_sentences(row, capital(who))
    expected, count = float(row["expected"]), float(row["count"])
    gap = gap_text(expected - count, n, terms)
    held = f"{capital(who)} {terms.hold} {held_text(count, n, terms)}"
    first = f"{held}; proportional would be {number(expected)}, so {gap}."
    if gap.startswith("exactly"):
        first = f"{held}, which is {gap}."
    return tuple(
        text for text in (first, _draw_sentence(row, expected, terms), _chance(row)) if text
    )


def first_sentence(row: pd.Series, terms: Terms) -> str:
    """The first of `ratio_sentences` as it goes on after a colon.

    Examples
    --------
    >>> row = pd.Series({"variable": "age_band", "category": "16 to 24", "count": 1,
    ...     "expected": 3.0, "population_share": 0.25, "suppressed": False})
    >>> first_sentence(row, Terms())
    'residents aged 16 to 24 hold 1 of the 12 seats; proportional would be 3, so two seats short.'
    """
    who = whose(str(row["variable"]), str(row["category"]), terms)
    if withheld(row):
        return f"{who}; how many {terms.places} they {terms.hold} is withheld."
    return who + ratio_sentences(row, terms=terms)[0].removeprefix(capital(who))


def _withheld_sentences(row: pd.Series, who: str, terms: Terms) -> tuple[str, ...]:
    first = (
        f"How many {terms.places} {who} {terms.hold} is withheld, so that nobody can be identified."
    )
    verdict = row.get("verdict")
    if isinstance(verdict, str) and verdict in (UNDER, OVER, IN_LINE):
        return (first, f"What can be said: they are {verdict}.")
    return (first,)


def _share_sentences(row: pd.Series, who: str) -> tuple[str, ...]:
    first = (
        f"{who} are {percent(row['share'])} here and {percent(row['population_share'])} of the "
        f"population: a ratio of {ratio_text(row['ratio'])}."
    )
    return tuple(text for text in (first, _chance(row)) if text)


def _draw_sentence(row: pd.Series, expected: float, terms: Terms) -> str:
    if not is_known(row.get("chance_low")) or not is_known(row.get("chance_high")):
        return ""
    low, high = round(row["chance_low"] * expected), round(row["chance_high"] * expected)
    usual = f"{low:,} to {high:,}" if low != high else f"{low:,}"
    return f"Drawn by lot, they would usually {terms.hold} {usual}."


def _chance(row: pd.Series) -> str:
    """What chance would do, and what may be concluded from it."""
    if not is_known(row.get("p_value")):
        return ""
    p_value, p_adjusted = float(row["p_value"]), row.get("p_adjusted")
    told = f"Chance alone would be this far out {how_often(p_value)}"
    if is_known(p_adjusted):
        adjusted = float(p_adjusted)  # type: ignore[arg-type]
        if p_value < SIGNIFICANT <= adjusted:
            told += ", but with several groups compared one such is no surprise"
            told += f" (adjusted {p_text(adjusted)})"
        elif p_text(adjusted) == p_text(p_value):
            told += f" ({p_text(adjusted)})"
        else:
            # How often it happens is of this group alone: the two do not say the same.
            told += f" (adjusted for several groups, {p_text(adjusted)})"
    return f"{told}{_CONCLUSIONS.get(str(row.get('verdict')), '')}."


def headline(
    protected: Protected,
    variable: str | None = None,
    body: str | None = None,
    *,
    name: str = "",
    terms: Terms | None = None,
) -> str:
    """The finding of one variable in one body: who is missing most, and could it be chance.

    Parameters
    ----------
    protected : Protected
        A protected result of `representativeness_ratios`.
    variable, body : str, optional
        Which rows; all of them where not given.
    name : str
        The body as it reads in a sentence ("the local network").
    terms : Terms, optional
        What people and seats are called.

    Raises
    ------
    InputError
        No row of that variable or body.
    """
    terms = terms or Terms()
    rows = select_rows(protected.table, variable=variable, body=body, where="headline")
    shown = rows[~rows["suppressed"].astype(bool)]
    place = f" on {name}" if name else ""
    if shown.empty:
        return f"{capital(_characteristics(rows))}{place}: all counts are withheld"
    stated = shown[shown["category"] != "Not stated"]
    under = stated[stated["verdict"] == UNDER]
    over = stated[stated["verdict"] == OVER]
    rest = "" if len(shown) == len(rows) else " (part of the table is withheld)"
    if len(under):
        return f"{_standing(_furthest(under), place, terms)}, {RARELY}{rest}"
    if len(over):
        return f"{_standing(_furthest(over), place, terms)}, {RARELY}{rest}"
    return _quiet_headline(stated, place, terms) + rest


def _characteristics(rows: pd.DataFrame) -> str:
    return joined(plain_name(str(name)) for name in dict.fromkeys(rows["variable"]))


def _furthest(rows: pd.DataFrame) -> pd.Series:
    """The row with the most seats missing or over; of shares where there are no counts."""
    counts = rows["expected"].notna().all() and rows["count"].notna().all()
    gap = rows["expected"] - rows["count"] if counts else rows["population_share"] - rows["share"]
    return rows.iloc[int(np.abs(gap.to_numpy(dtype=float)).argmax())]


def _standing(row: pd.Series, place: str, terms: Terms) -> str:
    """What a group holds, and how far that is from proportional."""
    who = capital(whose(str(row["variable"]), str(row["category"]), terms))
    n = body_size(row)
    if n is None or not is_known(row["count"]):
        shares = f"{percent(row['share'])}, and {percent(row['population_share'])}"
        return f"{who} are {shares} of the population{place}"
    gap = gap_text(float(row["expected"]) - float(row["count"]), n, terms)
    if gap.endswith(" more"):
        gap += " than proportional"
    return f"{who} {terms.hold} {held_text(float(row['count']), n, terms)}{place}: {gap}"


def _quiet_headline(rows: pd.DataFrame, place: str, terms: Terms) -> str:
    """What to say where no group differs by more than chance, or where that is withheld."""
    name = _characteristics(rows)
    if rows["verdict"].eq(IN_LINE).all():
        return f"By {name}, {terms.places}{place} are in line with the population"
    short = rows[(rows["expected"] - rows["count"]).astype(float) >= LEAST_GAP]
    if len(short):
        row = _furthest(short)
        known = isinstance(row["verdict"], str)
        return _standing(row, place, terms) + ", but chance alone could explain that" * known
    if rows["verdict"].isna().any():
        return f"By {name}, no group that can be shown is a whole {terms.place} short{place}"
    n = next((size for _, row in rows.iterrows() if (size := body_size(row)) is not None), None)
    seats = f"{number(n)} {terms.places}" if n is not None else f"so few {terms.places}"
    return (
        f"By {name}, chance alone could explain every difference{place}; "
        f"{seats} are too few to tell more"
    )


def base_note(
    protected: Protected, variable: str | None, body: str | None = None, *, people: str = "people"
) -> str:
    """Whom the shares rest on, and how many are left out because nothing is known of them.

    Returns
    -------
    str
        For a caption; empty where several variables are drawn or the numbers are withheld.
    """
    row = _overall(protected, variable, body)
    if row is None or pd.isna(row["n"]):
        return ""
    told = f"{float(row['n']):,.0f} {people}"
    missing = row.get("not_stated")
    if missing is None or pd.isna(missing) or not missing:
        return f"{told}."
    name = plain_name(str(row["variable"]))
    return f"{told}, and {float(missing):,.0f} more whose {name} is not stated, who are left out."


def profile_headline(
    protected: Protected,
    variable: str | None = None,
    body: str | None = None,
    *,
    name: str = "",
    terms: Terms | None = None,
) -> str:
    """The whole profile in one sentence: seats that would have to change group, and by chance.

    Falls back on `headline` where the whole profile is withheld or several are drawn.
    """
    terms = terms or Terms()
    row = _overall(protected, variable, body)
    keys = ("n", "dissimilarity", "dissimilarity_expected")
    if row is None or any(key not in row or pd.isna(row[key]) for key in keys):
        return headline(protected, variable, body, name=name, terms=terms)
    n = float(row["n"])
    moved, usual = round(n * row["dissimilarity"]), round(n * row["dissimilarity_expected"])
    place = f" on {name}" if name else ""
    return (
        f"About {in_words(moved)} of the {number(n)} {terms.places}{place} would have to change "
        f"group to match {terms.people} by {plain_name(str(row['variable']))}; "
        f"after a fair draw, about {in_words(usual)}"
    )


def _overall(protected: Protected, variable: str | None, body: str | None) -> pd.Series | None:
    """The one row of the whole profile; ``None`` where there is none or more than one."""
    frame = protected.frames.get("overall")
    if frame is None or "variable" not in frame:
        return None
    for column, wanted in (("variable", variable), ("body", body)):
        if wanted is not None and column in frame:
            frame = frame[frame[column] == wanted]
    return frame.iloc[0] if len(frame) == 1 else None


def sentences(rows: pd.DataFrame, terms: Terms | None = None) -> str:
    """Every row in its sentences, the withheld ones in one: the body of an alternative text."""
    shown = [row for _, row in rows.iterrows() if not withheld(row)]
    silent = [row for _, row in rows.iterrows() if withheld(row)]
    told = [" ".join(ratio_sentences(row, terms=terms)) for row in shown]
    if silent:
        told.append(f"Withheld, so that nobody can be identified: {_names(silent)}.")
    for verdict in VERDICTS:
        if said := [row for row in silent if row.get("verdict") == verdict]:
            told.append(f"What can be said of {_names(said)}: {verdict}.")
    return " ".join(told)


def _names(rows: Sequence[pd.Series]) -> str:
    return joined(str(row["category"]) for row in rows)
