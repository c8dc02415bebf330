"""Reading an SPSS .sav file: labels for codes, and every kind of missing kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from participation_stats.cards import Card

from .codelists import load_codelist
from .crosswalks import MISSING, missing
from .parsing import spell
from .raw import Cells, Remark, from_series
from .savfiles import SavFile, open_sav
from .spelling import normal

NOT_RECORDED = "Not recorded"

Sheet = tuple[list[str], list[Cells], np.ndarray[Any, np.dtype[np.int64]], tuple[Remark, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class SpssFile(Card):
    """What an SPSS file says, and why it says nothing elsewhere.

    Attributes
    ----------
    frame : DataFrame
        A row for each case, a column for each variable: the value label where a value has one,
        else the value. What is missing for any reason is NA.
    reasons : DataFrame of str
        Of the same shape: why a cell is missing. A label of the code list missing_reason where
        the file's own label says one in any words ("Refused"), else the file's own label; NA
        where a value is stated.
    missing : DataFrame
        column, code, label, reason, declared, count: each code that stands for a missing value.
        ``declared`` is False where only the label says so, and SPSS would count it as an answer.
    labels : DataFrame
        column, code, label: every value label of the file.
    columns : DataFrame
        column, question: the label of each variable.
    """

    frame: pd.DataFrame
    reasons: pd.DataFrame
    missing: pd.DataFrame
    labels: pd.DataFrame
    columns: pd.DataFrame


_Code = tuple[str, Any, str, str, bool, int]
_CODE_COLUMNS = ("column", "code", "label", "reason", "declared", "count")


def read_spss(path: str | Path) -> SpssFile:
    """Read an SPSS ``.sav`` (or ``.zsav``) file.

    User-missing codes become missing with their reason kept; so do codes that are labelled as
    a refusal or the like without being declared. No other number is taken for missing.

    Parameters
    ----------
    path : path

    Raises
    ------
    MissingExtraError
        If the extra ``spss`` is not installed.
    SourceError
        If the file is missing, or is no SPSS file that can be read.

    Examples
    --------
    >>> import pandas as pd, pyreadstat, tempfile
    >>> wave = pd.DataFrame({"Q2": [1.0, 2.0, 99.0, None]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "wave.sav"
    ...     pyreadstat.write_sav(wave, path, missing_ranges={"Q2": [99]},
    ...         variable_value_labels={"Q2": {1: "Woman", 2: "Man", 99: "Refused"}})
    ...     spss = read_spss(path)
    >>> spss.frame["Q2"].tolist()
    ['Woman', 'Man', nan, nan]
    >>> spss.reasons["Q2"].tolist()
    [nan, nan, 'Prefer not to say', 'Not recorded']
    >>> print(spss.missing)
      column  code    label             reason  declared  count
    0     Q2  99.0  Refused  Prefer not to say      True      1
    """
    sav = open_sav(Path(path))
    return _read(sav, _codes(sav))


def _codes(sav: SavFile) -> list[_Code]:
    return [code for name in sav.values for code in _missing_codes(name, sav)]


def _read(sav: SavFile, codes: list[_Code]) -> SpssFile:
    frame, reasons = {}, {}
    for name in sav.values:
        own = {code: reason for column, code, _, reason, *_ in codes if column == name}
        stated, reasons[name] = _told(sav.values[name], own, _labels_of(sav, name))
        dated = pd.api.types.infer_dtype(stated) == "date"
        frame[name] = pd.to_datetime(stated) if dated else stated
    return SpssFile(
        frame=pd.DataFrame(frame),
        reasons=pd.DataFrame(reasons, dtype="str"),
        missing=pd.DataFrame(codes, columns=list(_CODE_COLUMNS)).astype({"declared": bool}),
        labels=pd.DataFrame(
            [(name, *pair) for name in sav.values for pair in _labels_of(sav, name).items()],
            columns=["column", "code", "label"],
        ),
        columns=pd.DataFrame(
            {
                "column": list(sav.values),
                "question": [_line(sav.questions.get(name, "")) for name in sav.values],
            },
            dtype="str",
        ),
    )


def parse_spss(path: Path) -> Sheet:
    """Headings, columns, position of each case, and remarks.

    A missing value is written as the code of its reason in the list missing_reason.

    Raises
    ------
    MissingExtraError, SourceError
        As `read_spss`.
    """
    spss = read_spss(path)
    reasons = load_codelist(MISSING)
    codes = dict(zip(reasons.labels, reasons.codes, strict=True))
    columns = []
    for name in spss.frame:
        missing_codes = spss.reasons[name].map(codes).fillna("")
        stated = spss.frame[name].astype(object)
        columns.append(from_series(stated.where(spss.frame[name].notna(), missing_codes)))
    lines = np.arange(1, len(spss.frame) + 1, dtype=np.int64)
    return [str(name) for name in spss.frame], columns, lines, tuple(_remarks(spss, codes))


def spss_texts(path: Path) -> list[list[str]]:
    """Names, questions, and a line of text for each case; a missing value as it was labelled.

    One that is declared without a label says so: "declared missing (97)".

    Raises
    ------
    MissingExtraError, SourceError
        As `read_spss`.
    """
    sav = open_sav(path)
    codes = _codes(sav)
    spss = _read(sav, codes)
    texts = {}
    for name in spss.frame:
        own = [
            (code, label or reason) for column, code, label, reason, *_ in codes if column == name
        ]
        said = sav.values[str(name)].map(dict(own))
        stated = spss.frame[name].map(spell, na_action="ignore").astype("str")
        texts[name] = stated.where(spss.frame[name].notna(), said)
    body = pd.DataFrame(texts).astype("str").fillna("").to_numpy(dtype=object).tolist()
    return [*(list(map(str, spss.columns[part])) for part in ("column", "question")), *body]


def _labels_of(sav: SavFile, name: str) -> dict[Any, str]:
    """The labels that say something; a code with an empty one stays what it is."""
    labels = {code: _line(label) for code, label in sav.labels.get(name, {}).items()}
    return {code: label for code, label in labels.items() if label}


def _line(text: str) -> str:
    return " ".join(text.split())


def _missing_codes(name: str, sav: SavFile) -> Iterator[_Code]:
    values, labels, ranges = sav.values[name], _labels_of(sav, name), sav.ranges.get(name, [])
    counts = values.value_counts()
    for code in dict.fromkeys([*labels, *counts.index]):
        declared = any(_between(code, low, high) for low, high in ranges)
        label = labels.get(code, "")
        known = missing(normal(label)) if label else None
        if declared or known:
            reason = known or label or f"declared missing ({spell(code)})"
            yield name, code, label, reason, declared, int(counts.get(code, 0))


def _between(code: Any, low: Any, high: Any) -> bool:
    try:
        return bool(low <= code <= high)
    except TypeError:  # a text among numbers
        return False


def _told(
    values: pd.Series[Any], missing_codes: dict[Any, str], labels: dict[Any, str]
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Labels or values, and the reasons where there is neither."""
    blank = values.isna() | values.eq("")
    absent = values.isin(list(missing_codes)) | blank
    reasons = values.map(missing_codes).where(~blank, NOT_RECORDED).where(absent)
    stated = values.where(~absent)
    answers = {code: label for code, label in labels.items() if code not in missing_codes}
    if answers:
        named = stated.map(answers)
        bare = stated[stated.notna() & named.isna()].map(spell)
        stated = named.astype(object).where(~named.index.isin(bare.index), bare).astype("str")
    return stated, reasons


def _remarks(spss: SpssFile, codes: dict[str, str]) -> Iterator[Remark]:
    used = spss.missing[spss.missing["count"] > 0]
    for column, value, label, reason, declared, _ in used.itertuples(index=False, name=None):
        code = spell(value)
        if not declared:
            yield Remark(
                rule="missing",
                severity="warning",
                message=f"{column} {code} is labelled '{label}' but not declared missing; "
                f"read as missing ({reason.lower()})",
                hint="declare it as missing in SPSS",
                column=column,
            )
        elif reason not in codes:
            yield Remark(
                rule="missing",
                severity="note",
                message=f"{column} {code} is declared missing without a reason that is known"
                + (f" ('{label}')" if label else "")
                + "; read as not recorded",
                hint="ps.read_spss(path).reasons keeps it",
                column=column,
            )
