"""Census benchmarks that come with the package: a population, for want of a better one.

The numbers stand in ``data_schemas/benchmarks/``. Source: Office for National Statistics, Census
2021, licensed under the Open Government Licence v3.0.
"""

from __future__ import annotations

import difflib
import functools
import warnings

import pandas as pd

from participation_stats.errors import DataWarning, InputError

from .catalogue import read_codes, read_json, schemas_folder
from .shaping import roll_up

#: The list in which a benchmark comes unless another is asked for. Five-year age bands straddle
#: those of an estate, and the census counts leaseholders as owners.
_USUAL = {
    "age_band": "age_5",
    "ethnicity": "ethnicity_19",
    "housing_tenure": "housing_tenure_5",
    "sex": "sex",
}
_OTHER_NAMES = {"age": "age_band", "tenure": "housing_tenure", "ethnic_group": "ethnicity"}


def load_benchmark(
    area: str, variable: str, *, to: str | None = None, warn: bool = True
) -> pd.DataFrame:
    """Margins of an area from Census 2021, ready for `representativeness_ratios`.

    A borough is the wrong population for an estate: an estate has another mix of people than the
    borough around it, so a difference from the borough says little about who is missing. Use it
    where the estate's own population is not known, and say so.

    Parameters
    ----------
    area : str
        Name or ONS code, one of `benchmark_areas`.
    variable : {"ethnicity", "sex", "age_band", "housing_tenure"}
        The characteristic, by its name in the tables of an estate.
    to : str, optional
        The code list wanted. Default: ``ethnicity_19``, ``sex``, ``age_5``,
        ``housing_tenure_5``. Also ``ethnicity_18``, ``ethnicity_8``, ``ethnicity_5``,
        ``ethnicity_estate_broad``, ``age_18`` and ``housing_tenure_census``.
    warn : bool
        ``False`` if you know that the area is not the estate.

    Returns
    -------
    DataFrame
        ``variable, category``, then ``count`` (usual residents) and ``total`` (all of them in
        the same table), ``source`` and ``reference_date``. Tenure is of households, not of
        people: it has ``share`` (a fraction of households), ``households`` and ``total`` in
        place of ``count``. ``.attrs`` holds ``area``, ``area_code``, ``unit``, ``codelist``,
        ``derived`` (summed over local authorities by others), ``attribution`` and ``notes``.

    Raises
    ------
    InputError
        If there is no such area or variable, or the groups cannot be added up to the list.
    SchemaError
        If `to` is no code list.

    Warns
    -----
    DataWarning
        That the area is not the estate, unless ``warn=False``.

    Examples
    --------
    >>> lambeth = load_benchmark("Lambeth", "ethnicity", to="ethnicity_5", warn=False)
    >>> print(lambeth[["variable", "category", "count", "total"]])
        variable category   count   total
    0  ethnicity    Asian   23051  317650
    1  ethnicity    Black   76145  317650
    2  ethnicity    Mixed   25630  317650
    3  ethnicity    White  174778  317650
    4  ethnicity    Other   18046  317650
    """
    rows = _rows(area, variable)
    first = rows.iloc[0]
    goal = to or _USUAL[first["variable"]]
    margins = roll_up(rows, goal, source=first["codelist"])
    unit = first["unit"]
    notes = _notes(first["area"], unit, first["variable"])
    columns = ["variable", "category", "count", "total", "source", "reference_date"]
    margins = margins[columns]
    if unit == "households":
        margins.insert(2, "share", margins["count"] / margins["total"])
        margins = margins.rename(columns={"count": "households"})
    margins.attrs = {
        "area": first["area"],
        "area_code": first["area_code"],
        "unit": unit,
        "codelist": goal,
        "derived": first["derived"] == "true",
        "attribution": _attribution(),
        "notes": notes,
    }
    if warn:
        warnings.warn(
            f"load_benchmark: {' '.join(notes)} (warn=False silences this.)",
            DataWarning,
            stacklevel=2,
        )
    return margins


def benchmark_areas() -> pd.DataFrame:
    """Which areas and characteristics `load_benchmark` has.

    Returns
    -------
    DataFrame
        ``area, area_code, variable, codelist`` (the finest), ``unit`` (people or households) and
        ``total``.

    Examples
    --------
    >>> areas = benchmark_areas()
    >>> print(areas.loc[areas["area"] == "Lambeth", ["variable", "unit", "total"]].to_string(
    ...     index=False))
          variable       unit  total
          age_band     people 317651
         ethnicity     people 317650
    housing_tenure households 134688
               sex     people 317657
    """
    keys = ["area", "area_code", "variable", "codelist", "unit", "total"]
    found = _census()[keys].drop_duplicates().sort_values(["area", "variable"])
    return found.reset_index(drop=True)


def _rows(area: str, variable: str) -> pd.DataFrame:
    census = _census()
    place = area.strip().casefold()
    here = census[
        (census["area"].str.casefold() == place) | (census["area_code"].str.casefold() == place)
    ]
    if here.empty:
        raise _absent("area", area, sorted(census["area"].unique()))
    rows = here[here["variable"] == _OTHER_NAMES.get(variable, variable)]
    if rows.empty:
        hint = "the census asked everybody for sex; gender is another question"
        known = sorted(here["variable"].unique())
        raise _absent("variable", variable, known, hint if variable == "gender" else "")
    return rows.reset_index(drop=True)


def _absent(what: str, name: str, known: list[str], hint: str = "") -> InputError:
    close = difflib.get_close_matches(name, known, n=1)
    return InputError(
        f"no {what} '{name}' among the benchmarks",
        where="load_benchmark",
        expected="one of " + ", ".join(known),
        hint=hint or (f"the nearest name is '{close[0]}'" if close else ""),
    )


def _notes(area: str, unit: str, variable: str) -> tuple[str, ...]:
    notes = [
        f"{area} is not the estate: its people differ from those of the estate, so a ratio to it "
        "says little about who is missing from a body of the estate."
    ]
    if unit == "households":
        notes.append("The census counts tenure by household, not by person.")
    if variable == "age_band":
        notes.append("Children are counted too; no band of the census ends at 16.")
    return tuple(notes)


@functools.cache
def _census() -> pd.DataFrame:
    table = read_codes(schemas_folder() / "benchmarks" / "census_2021.csv")
    for name in ("count", "total"):
        table[name] = pd.to_numeric(table[name]).astype("int64")
    table["reference_date"] = pd.to_datetime(table["reference_date"], format="%Y-%m-%d")
    return table


@functools.cache
def _attribution() -> str:
    return str(read_json(schemas_folder() / "benchmarks" / "datapackage.json")["attribution"])
