"""The report of a survey: who answered, what weights do about it, and what people said."""

from __future__ import annotations

from participation_stats.intake.estates import Estate
from participation_stats.release.reporting import Report
from participation_stats.studies.adjusting import Weights, adjust
from participation_stats.studies.answering import answer
from participation_stats.studies.pages import Commission, asked_of, failures, page_of
from participation_stats.studies.responding import respond
from participation_stats.studies.waves import read_wave

QUESTION = "Do those who answered look like the people who live here, and what did they say?"


def survey_report(estate: Estate, commission: Commission, *, wave: str | None = None) -> Report:
    """Report on one wave of a survey.

    Parameters
    ----------
    estate : Estate
    commission : Commission
        What may leave.
    wave : str, optional
        Default: the last one.

    Raises
    ------
    InputError
        If the estate has no survey, or no such wave.
    """
    survey = read_wave(estate, wave)
    weights = adjust(estate, survey)
    said = answer(survey, weights) if isinstance(weights, Weights) else None
    return page_of(
        estate,
        commission.lawful(estate),
        asked_of(respond(estate, survey), weights, said),
        title=f"{estate.title}: {survey.title.lower()}",
        subtitle=QUESTION,
        omissions=(*_omissions(estate, survey.variables), *failures(weights, said)),
    )


def _omissions(estate: Estate, variables: tuple[str, ...]) -> tuple[str, ...]:
    if variables:
        return ()
    wanted = "characteristics that the survey has too" if estate.has("population") else ""
    return (
        "Who answered beside who lives here, and weights: not done for want of the table "
        f"population{f' with {wanted}' if wanted else ''}.",
    )
