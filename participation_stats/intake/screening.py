"""Which rows of an export are no real response, which need a look, and when each came."""

from __future__ import annotations

import re

import pandas as pd

from .headers import Sheet

IDS = {
    "qualtrics": ("ResponseId",),
    "kobo": ("_uuid",),
    "limesurvey": ("Response ID", "id", "id. Response ID"),
    "surveymonkey": ("Respondent ID",),
    "ms_forms": ("ID",),
    "core_lettings": ("id",),
    "spss": ("SERIAL", "Serial", "serial", "ID", "id", "RESPID", "CASEID", "UUID", "uuid"),
}
SUBMITTED = {
    "qualtrics": ("RecordedDate",),
    "kobo": ("_submission_time",),
    "limesurvey": ("Date submitted", "submitdate", "submitdate. Date submitted"),
    "surveymonkey": ("End Date",),
    "ms_forms": ("Completion time",),
    "google_forms": ("Timestamp",),
    "core_lettings": ("startdate",),
}
#: An unfinished LimeSurvey answer has no date of submission; its last action dates it.
_FALLBACK = ("Date last action", "datestamp", "datestamp. Date last action")
_MARKED = ("_notes", "_tags", "_submitted_by", "Access code", "token", "token. Access code")
_OUTCOMES = ("outcome", "status", "disposition", "intstatus", "completion")
_TEST = re.compile(r"\s*(test)+\s*($|[-–:,;._\d])|.*_test$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)


def screen(sheet: Sheet, tool: str, household: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rejected rows (row, id, reason, text) and those to review (row, id, reason)."""
    frame = sheet.frame[~sheet.stray]
    ids = _column(frame, IDS.get(tool, ()))
    rejects = {row: why for row in frame.index if (why := _reject(frame.loc[row], tool, household))}
    if tool == "google_forms":
        answers = frame.drop(columns="Timestamp", errors="ignore").drop(index=list(rejects))
        rejects |= dict.fromkeys(answers.index[answers.duplicated()], "duplicate_submission")
    kept = frame.drop(index=list(rejects))
    looks = [(row, why) for row in kept.index for why in _review(kept.loc[row], tool, ids[row])]
    if household is not None:
        named = kept[household].str.strip().str.casefold()
        looks += [(row, "same_household") for row in _shared(named)]
    rejected = pd.DataFrame(
        [
            (row, ids[row], why, " | ".join(cell for cell in frame.loc[row] if cell))
            for row, why in sorted(rejects.items())
        ],
        columns=["row", "id", "reason", "text"],
    )
    review = pd.DataFrame(
        [(row, ids[row], why) for row, why in sorted(looks)], columns=["row", "id", "reason"]
    )
    return rejected, review


def submission_dates(frame: pd.DataFrame, tool: str) -> pd.Series:
    """Return the date of each response; a date that cannot be read is missing."""
    texts = _column(frame, SUBMITTED.get(tool) or _dated(frame))
    texts = texts.where(texts != "", _column(frame, _FALLBACK)) if tool == "limesurvey" else texts
    slashed = texts.str.extract(r"^(\d{1,2})/(\d{1,2})/(\d{4})").dropna().astype(int)
    # SurveyMonkey writes the month first, unless the file itself shows a day there.
    month_first = tool == "surveymonkey" and not (slashed[0] > 12).any()
    return texts.map(lambda text: _date(text, month_first=month_first)).astype("datetime64[us]")


def _dated(frame: pd.DataFrame) -> tuple[str, ...]:
    """Columns of dates and nothing else, for a tool that has no name of its own for one."""
    whole = (r"(\d{4}-\d\d-\d\d( .*)?)?", r"\d.*")
    return tuple(
        name
        for name in frame.columns
        if frame[name].str.fullmatch(whole[0]).all() and frame[name].str.match(whole[1]).any()
    )


def _date(text: str, *, month_first: bool) -> pd.Timestamp | None:
    if match := re.match(r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text):
        year, month, day = map(int, match.groups())
    elif match := re.match(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})", text):
        day, month, year = map(int, match.groups())
        if month_first:
            day, month = month, day
    else:
        return None
    try:
        return pd.Timestamp(year=year, month=month, day=day)
    except ValueError:
        return None


def _column(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    found = next((name for name in names if name in frame.columns), None)
    return frame[found] if found else pd.Series("", index=frame.index, dtype="str")


def _reject(row: pd.Series, tool: str, household: str | None) -> str | None:
    status = row.get("Status", "").strip().casefold()
    if tool == "qualtrics" and status in ("survey preview", "1"):
        return "preview"
    if tool == "qualtrics" and status in ("spam", "8"):
        return "spam"
    if tool == "core_lettings" and row.get("status", "").strip().casefold() not in (
        "completed",
        "2",
    ):
        return "incomplete_log"
    named = [*_MARKED, *([household] if household else [])]
    marks = [row[name] for name in named if name in row.index]
    if any(_TEST.match(mark) for mark in marks) or _outcome(row, tool).startswith("test"):
        return "test"
    approval = row.get("_validation_status", "").casefold().replace("validation_status_", "")
    if approval.replace("_", " ").strip() == "not approved":
        return "not_approved"
    if tool == "surveymonkey":
        # What the tool itself writes stands before the first question.
        own = {"Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", household}
        own |= {"Email Address", "First Name", "Last Name", "Custom Data 1"}
        if not any(row[name].strip() for name in row.index if name not in own):
            return "blank"
    return None


def _review(row: pd.Series, tool: str, label: str) -> list[str]:
    reasons = []
    if tool == "qualtrics" and row.get("Finished", "").strip().casefold() in ("false", "0"):
        reasons.append("partial")
    if tool == "limesurvey" and not _first(row, SUBMITTED["limesurvey"]).strip():
        reasons.append("partial")
    if _outcome(row, tool).startswith(("partial", "break")):
        reasons.append("partial")
    approval = row.get("_validation_status", "").casefold().replace("_", " ")
    if approval.endswith("on hold"):
        reasons.append("on_hold")
    if _SCIENTIFIC.fullmatch(label):
        reasons.append("id_in_scientific_notation")
    if tool == "core_lettings":
        if row.get("duplicate_set_id", "").strip():
            reasons.append("duplicate_set")
        if row.get("renewal", "").strip().casefold() in ("yes", "1"):
            reasons.append("renewal_not_new_household")
    return reasons


def _outcome(row: pd.Series, tool: str) -> str:
    """What an interviewer noted of the interview itself."""
    if tool != "spss":
        return ""
    names = [name for name in row.index if name.casefold() in _OUTCOMES]
    return row[names[0]].strip().casefold() if names else ""


def _first(row: pd.Series, names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if name in row.index), "")


def _shared(named: pd.Series) -> list[int]:
    return list(named.index[named.ne("") & named.duplicated(keep=False)])
