"""Blocks of linear estimates from the rows of a design: one per answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from participation_stats.errors import InputError

from .answers import Answers, is_categorical, read_answers, read_numbers
from .cluster_totals import Flags, Ints, cluster_totals
from .designs import SurveyDesign
from .domains import read_domains
from .linear_statistics import Kind, Linear, linear_estimates
from .questions import WHERE, Question

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that were summed to blocks.

    Attributes
    ----------
    codes : array of int of shape (rows,)
        Domain of each.
    answered : array of bool of shape (rows,)
    numerators : list of arrays of shape (rows,)
        One per block; not weighted.
    denominator : array of shape (rows,) or None
        None is 1 for everybody.
    """

    codes: Ints
    answered: Flags
    numerators: list[Floats]
    denominator: Floats | None


@dataclass(frozen=True, eq=False)
class Blocks:
    """Everything that a table of estimates is made from.

    Attributes
    ----------
    domains : DataFrame
        One row per domain.
    labels : list of str
        The answer of each block; empty where it is the value itself.
    blocks : list of Linear
    sampled : array of shape (domains,)
        Respondents with a weight, whether they answered or not.
    proportions : bool
        Whether the estimates are proportions.
    rows : Rows or None
        What was summed, where rows are here.
    """

    domains: pd.DataFrame
    labels: list[str]
    blocks: list[Linear]
    sampled: Floats
    proportions: bool
    rows: Rows | None = None


def blocks_of(design: SurveyDesign, question: Question) -> Blocks:
    """Estimate from rows.

    Raises
    ------
    InputError
        If a column does not hold what it should.
    """
    frame = design.frame
    domains = read_domains(frame, question.by)
    answers = _answers(frame, question)
    bottom = None
    answered = answers.answered
    if question.denominator is not None:
        bottom, known = read_numbers(frame, question.denominator, WHERE)
        answered = answered & known
    kind = kind_of(question)
    marked = answers.labels != [""] or question.interval not in (None, "t")
    blocks = []
    for column in answers.columns:
        totals = cluster_totals(design, domains, answered, column, bottom, marked=marked)
        blocks.append(linear_estimates(totals, kind))
    # Whoever answered has been counted.
    silent = domains.codes[~answered & (design.weights != 0)]
    first = blocks[0].totals
    sampled = first.by_domain(first.n) + np.bincount(silent, minlength=domains.size)
    proportions = kind == "mean" and answers.labels != [""]
    rows = Rows(domains.codes, answered, answers.columns, bottom)
    return Blocks(domains.table, answers.labels, blocks, sampled, proportions, rows)


def kind_of(question: Question) -> Kind:
    """What kind of linear statistic is asked for."""
    if question.statistic == "total":
        return "total"
    return "ratio" if question.statistic == "ratio" else "mean"


def _answers(frame: pd.DataFrame, question: Question) -> Answers:
    words = is_categorical(frame[question.value])
    if question.statistic == "proportion" or (words and question.statistic != "ratio"):
        return read_answers(frame, question.value, question.answer, WHERE)
    if question.answer is not None:
        raise InputError(
            f"answer= of '{question.value}', which is a column of numbers",
            where=WHERE,
            expected="words, or statistic='proportion'",
            got=repr(question.answer),
        )
    numbers, answered = read_numbers(frame, question.value, WHERE)
    return Answers([""], [numbers], answered)
