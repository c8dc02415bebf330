"""Numbers and groups as plain words: the smallest pieces that sentences and figures share."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable

from participation_stats.measure.levels import LAST, band
from participation_stats.measure.results import VOCABULARY, listed
from participation_stats.release.cells import term_levels

#: A longer name of a group stands behind "residents", not before it.
LONGEST_ADJECTIVE = 24

#: What stands in the place of a withheld number, here and in the tables.
WITHHELD = "[c]"

_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_TITLES = {
    "age_band": "age",
    "body_id": "body",
    "gender_identity": "gender identity",
    "hispanic_or_latino": "Hispanic or Latino origin",
    "housing_tenure": "housing tenure",
    "length_of_residence": "length of residence",
}

_TENURES = {
    "Social rent": "social renters",
    "Private rent": "private renters",
    "Leasehold": "leaseholders",
    "Shared ownership": "shared owners",
    "Owned": "owner-occupiers",
    "Renter": "renters",
    "Not a renter": "owner-occupiers and others who do not rent",
}

#: Groups whose names are plain adjectives: written small within a sentence.
_SEXES = ("Female", "Male", "Non-binary")

_SEATED = {"yes": "with a seat", "no": "without a seat"}


@dataclasses.dataclass(frozen=True)
class Terms:
    """What the people of a place are called, and what they hold.

    Parameters
    ----------
    people : str
        The population: "residents".
    hold : str
        The verb between them: "hold", "are", "gave".
    places, place : str
        What there is a fixed number of: "seats", "answers", "members".
    holders : str
        Those who may hold them, where they are not all of the population: "people". Empty
        where they are.
    """

    people: str = "residents"
    hold: str = "hold"
    places: str = "seats"
    place: str = "seat"
    holders: str = ""


def plain_name(variable: str) -> str:
    """The name of a variable as it reads in a sentence.

    Examples
    --------
    >>> plain_name("length_of_residence"), plain_name("age_band"), plain_name("born_in_uk")
    ('length of residence', 'age', 'born in uk')
    """
    return _TITLES.get(variable, variable.replace("_", " ").strip())


def capital(text: str) -> str:
    """The text with its first letter in upper case, the rest as it stands.

    Examples
    --------
    >>> capital("residents aged 16 to 24"), capital("")
    ('Residents aged 16 to 24', '')
    """
    return text[:1].upper() + text[1:]


def in_order(categories: Iterable[str]) -> list[str]:
    """Categories as figures and lists show them.

    Alphabetical, with Other and Not stated last; bands ("under 1", "1 to 4", "10 or more") in
    the order of their numbers, because an alphabet of numbers would scramble them.

    Examples
    --------
    >>> in_order(["Other", "White British", "Not stated", "Black African"])
    ['Black African', 'White British', 'Other', 'Not stated']
    >>> in_order(["10 or more", "5 to 9", "under 1", "1 to 4", "Not stated"])
    ['under 1', '1 to 4', '5 to 9', '10 or more', 'Not stated']
    """
    unique = list(dict.fromkeys(categories))
    named = [name for name in unique if name not in LAST]
    if named and all(map(band, named)):
        named.sort(key=lambda name: (band(name), name))
    else:
        named.sort(key=lambda name: (name.casefold(), name))
    return named + [name for name in LAST if name in unique]


def whose(variable: str, category: str, terms: Terms) -> str:
    """The people of a group, as the subject of a sentence.

    Examples
    --------
    >>> whose("ethnicity", "Black African", Terms())
    'Black African residents'
    >>> whose("gender", "Female", Terms()), whose("disability", "Disabled", Terms())
    ('female residents', 'disabled residents')
    >>> whose("ethnicity", "Not stated", Terms())
    'residents whose ethnicity is not stated'
    >>> whose("length_of_residence", "under 1", Terms())
    'residents here under 1 year'
    >>> whose("housing_tenure", "Rent free", Terms())
    "residents with housing tenure 'Rent free'"
    """
    people, name = terms.holders or terms.people, plain_name(variable)
    if category == "Not stated":
        return f"{people} whose {name} is not stated"
    if category == "Other":
        return f"{people} whose {name} is recorded as Other"
    if variable in ("age", "age_band"):
        return f"{people} aged {category}"
    if variable == "length_of_residence" and band(category) is not None:
        return f"{people} here {_years(category)}"
    if variable == "housing_tenure" and category in _TENURES:
        return _TENURES[category]
    if variable == "seat" and category in _SEATED:
        return f"{people} {_SEATED[category]}"
    described = _described(variable, category, people)
    return described or f"{people} with {name} '{category}'"


def _described(variable: str, category: str, people: str) -> str:
    """The group by an adjective, where the name of the category is one."""
    if variable == "race":
        return f"{people} recorded as {category}"
    if variable in ("gender", "sex") and category in _SEXES:
        return f"{category.lower()} {people}"
    if variable in ("ethnicity", "gender", "sex"):
        long = len(category) > LONGEST_ADJECTIVE or ":" in category
        return f"{people} recorded as {category}" if long else f"{category} {people}"
    stem = category.casefold().removeprefix("not ")
    if variable == "disability" or stem.replace(" ", "_") == variable:
        negated = category.casefold().startswith("not ")
        return f"{people} who are not {category[4:]}" if negated else f"{_small(category)} {people}"
    return ""


def _small(adjective: str) -> str:
    """An adjective as it stands within a sentence; one with a name in it keeps its capitals.

    Examples
    --------
    >>> _small("Disabled"), _small("Hispanic or Latino")
    ('disabled', 'Hispanic or Latino')
    """
    return adjective.lower() if adjective[1:].islower() else adjective


def group_label(variable: str, category: str) -> str:
    """A category as the label of a line: with its unit where it has one.

    Examples
    --------
    >>> group_label("length_of_residence", "under 1"), group_label("ethnicity", "Portuguese")
    ('under 1 year', 'Portuguese')
    """
    if variable == "length_of_residence" and band(category) is not None:
        return _years(category)
    if variable == "seat" and category in _SEATED:
        return capital(_SEATED[category])
    return category


def _years(band: str) -> str:
    return f"{band} year" if re.fullmatch(r"\D*1", band) else f"{band} years"


def term_parts(term: str) -> tuple[str, str]:
    """Variable and category of a term: ``"C(ethnicity)[T.Other]"``; numbers have no category.

    Examples
    --------
    >>> term_parts("C(ethnicity, Treatment('Other'))[T.Portuguese]"), term_parts("age")
    (('ethnicity', 'Portuguese'), ('age', ''))
    >>> term_parts("gender[T.Male]:format[T.informal]")
    ('gender and format', 'Male, informal')
    """
    parts = term_levels(term)
    variables = " and ".join(dict.fromkeys(name for name, _ in parts))
    return variables, ", ".join(category for _, category in parts if category)


def term_label(variable: str, category: str) -> str:
    """A term as the label of a line, of the two parts of its name.

    Examples
    --------
    >>> term_label("length_of_residence", "1 to 4"), term_label("age", "")
    ('Length of residence: 1 to 4 years', 'Age')
    >>> term_label(*term_parts("seat[T.yes]:phase[T.since]"))
    'With a seat, since'
    """
    name = capital(" and ".join(plain_name(part) for part in variable.split(" and ")))
    if variable == "seat" or variable.startswith("seat and "):
        with_seat, _, rest = category.partition(", ")
        return ", ".join(filter(None, (group_label("seat", with_seat), rest)))
    return f"{name}: {group_label(variable, category)}" if category else name


def with_labels(text: str) -> str:
    """A text in which terms and variables stand by the names that people read.

    Examples
    --------
    >>> with_labels("the interval of ethnicity[T.Other] holds no effect")
    'the interval of “Ethnicity: Other” holds no effect'
    >>> with_labels("seat[T.yes]:phase[T.since]"), with_labels("length_of_residence")
    ('With a seat, since', 'length of residence')
    """
    term = r"\w+\[T\.[^\]]*\](?::\w+\[T\.[^\]]*\])*"
    whole = re.fullmatch(term, text) is not None
    mark = "{}" if whole else "“{}”"
    told = re.sub(term, lambda found: mark.format(term_label(*term_parts(found[0]))), text)
    return re.sub("|".join(name for name in _TITLES if "_" in name), _titled, told)


def _titled(found: re.Match[str]) -> str:
    return _TITLES[found[0]]


def number(value: float) -> str:
    """A count, or a number of people in proportion: whole, or with one decimal.

    Examples
    --------
    >>> number(2), number(5.38), number(20.0), number(1234.5), number(0.04)
    ('2', '5.4', '20', '1,234', '0')
    """
    if abs(value) >= 100 or abs(value - round(value)) < 0.05:
        return f"{round(value):,}"
    return f"{value:.1f}"


def in_words(count: int) -> str:
    """A whole number: below ten in words, from ten in digits.

    Examples
    --------
    >>> in_words(0), in_words(3), in_words(10), in_words(1200)
    ('none', 'three', '10', '1,200')
    """
    return _SMALL[count] if 0 <= count < len(_SMALL) else f"{count:,}"


def percent(share: float) -> str:
    """A fraction as a percentage: whole, with a decimal only where it is below one.

    Examples
    --------
    >>> percent(0.27), percent(0.004), percent(0), percent(1), percent(0.999)
    ('27%', '0.4%', '0%', '100%', '99.9%')
    """
    whole = round(100 * share)
    if whole in (0, 100) and 0 < share < 1:
        return f"{100 * share:.1f}%" if 0.0005 <= share <= 0.9995 else _edge(share)
    return f"{whole}%"


def fine_percent(share: float) -> str:
    """A fraction as a percentage, with a decimal below a tenth, where whole ones say too little.

    Examples
    --------
    >>> fine_percent(0.0281), fine_percent(0.31), fine_percent(0)
    ('2.8%', '31%', '0%')
    """
    return f"{100 * share:.1f}%" if 0.0005 <= share < 0.0995 else percent(share)


def _edge(share: float) -> str:
    return "under 0.1%" if share < 0.5 else "over 99.9%"


def ratio_text(ratio: float) -> str:
    """A ratio to two digits after the point below ten, to one above.

    Examples
    --------
    >>> ratio_text(0), ratio_text(0.4649), ratio_text(12.34), ratio_text(float("inf"))
    ('0', '0.46', '12.3', 'no upper limit')
    """
    if math.isinf(ratio):
        return "no upper limit"
    if ratio == 0:
        return "0"
    return f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


def p_text(p_value: float) -> str:
    """A p-value in the usual form, without the nought before the point.

    Examples
    --------
    >>> p_text(0.034), p_text(0.0004), p_text(0.5), p_text(1.0), p_text(0.997)
    ('p = .03', 'p < .001', 'p = .50', 'p = 1', 'p > .99')
    """
    if p_value >= 1:
        return "p = 1"
    if p_value > 0.99:
        return "p > .99"
    if p_value < 0.001:
        return "p < .001"
    digits = 3 if p_value < 0.01 or 0.045 <= p_value < 0.055 else 2
    return f"p = {p_value:.{digits}f}".replace("0.", ".", 1)


def how_often(p_value: float) -> str:
    """A probability as a frequency. "Less than" is said only where it is strictly true.

    Examples
    --------
    >>> how_often(0.0004), how_often(0.03), how_often(0.07)
    ('less than 1 time in 1,000', 'less than 1 time in 20', 'about 1 time in 14')
    >>> how_often(0.31), how_often(1)
    ('about 3 times in 10', 'nearly every time')
    """
    for one_in in (1000, 100, 20):
        if p_value < 1 / one_in:
            return f"less than 1 time in {one_in:,}"
    if p_value < 0.15:
        return f"about 1 time in {round(1 / p_value)}"
    if p_value < 0.95:
        return f"about {round(10 * p_value)} times in 10"
    return "nearly every time"


def joined(parts: Iterable[str]) -> str:
    """A list in a sentence.

    Examples
    --------
    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return listed(list(parts))


def heading(column: str) -> str:
    """The heading of a column for people, from the vocabulary.

    Examples
    --------
    >>> heading("conf_low"), heading("some_key")
    ('Interval from', 'Some key')
    """
    known = VOCABULARY.get(column)
    return known.title if known else capital(column.replace("_", " "))
