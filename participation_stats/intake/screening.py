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
_TEST = re.compile(r"\s*(?:test)+\s*(?:$|[-–:,;._\d])|.*_test$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
#: The same answers sent again so soon are a click too many; so many answers are seldom alike.
_AGAIN = pd.Timedelta(minutes=2)
_MANY = 8
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[AP]M)?", re.IGNORECASE
)


def screen(sheet: Sheet, tool: str, household: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rejected rows (row, id, reason, text) and those to review (row, id, reason)."""
    frame = sheet.frame[~sheet.stray]
    ids = _column(frame, IDS.get(tool, ()))
    why = _rejects(frame, tool, household)
    looks = []
    if tool == "google_forms":
        twice, alike = _sent_again(frame[why.isna()])
        why = why.mask(why.index.isin(twice), "duplicate_submission")
        looks += [(row, "same_answers") for row in alike]
    rejected, kept = frame[why.notna()], frame[why.isna()]
    for reason, at in _doubts(kept, tool, ids).items():
        looks += [(row, reason) for row in kept.index[at]]
    if household is not None:
        named = kept[household].str.strip().str.casefold()
        looks += [(row, "same_household") for row in _shared(named)]
    apart = [
        (row, ids[row], why[row], " | ".join(cell for cell in rejected.loc[row] if cell))
        for row in rejected.index
    ]
    return (
        pd.DataFrame(apart, columns=["row", "id", "reason", "text"]),
        pd.DataFrame(
            [(row, ids[row], reason) for row, reason in sorted(looks)],
            columns=["row", "id", "reason"],
        ),
    )


def submission_dates(frame: pd.DataFrame, tool: str) -> pd.Series[pd.Timestamp]:
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


def _column(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series[str]:
    found = next((name for name in names if name in frame.columns), None)
    return frame[found] if found else pd.Series("", index=frame.index, dtype="str")


def _rejects(frame: pd.DataFrame, tool: str, household: str | None) -> pd.Series[str]:
    """Why each row is no real response; the first reason counts, NA where there is none."""
    found: list[tuple[str, pd.Series[bool]]] = []
    if tool == "qualtrics":
        status = _folded(frame, "Status")
        found += [
            ("preview", status.isin(["survey preview", "1"])),
            ("spam", status.isin(["spam", "8"])),
        ]
    if tool == "core_lettings":
        found.append(("incomplete_log", ~_folded(frame, "status").isin(["completed", "2"])))
    test = _outcome(frame, tool).str.startswith("test")
    for name in (*_MARKED, *([household] if household else [])):
        if name in frame:
            test |= frame[name].str.match(_TEST)
    approval = _folded(frame, "_validation_status").str.replace("validation_status_", "")
    refused = approval.str.replace("_", " ").str.strip().eq("not approved")
    found += [("test", test), ("not_approved", refused)]
    if tool == "surveymonkey":
        # What the tool itself writes stands before the first question.
        own = {"Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", household}
        own |= {"Email Address", "First Name", "Last Name", "Custom Data 1"}
        answers = frame[[name for name in frame if name not in own]]
        blank = answers.apply(lambda cells: cells.str.strip().eq("")).all(axis="columns")
        found.append(("blank", blank))
    why = pd.Series(pd.NA, index=frame.index, dtype="str")
    for reason, at in reversed(found):
        why = why.mask(at.astype(bool), reason)
    return why


def _sent_again(frame: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Rows sent twice, and rows of many answers that are all those of an earlier row.

    Two people may give the same few answers; nobody else gives them within two minutes.
    """
    stamps = _column(frame, SUBMITTED["google_forms"])
    answers = frame.drop(columns="Timestamp", errors="ignore")
    group = answers.groupby(list(answers.columns), sort=False).ngroup()
    # Where no stamp can be read the dtype would stay text, of which there is no difference.
    moment = stamps.map(_moment).astype("datetime64[us]")
    before = moment.groupby(group).shift()
    near = (moment - before).abs() <= _AGAIN
    near |= stamps.groupby(group).shift().eq(stamps) & stamps.ne("")
    many = answers.astype(bool).sum(axis="columns") >= _MANY
    alike = group.duplicated() & ~near & many
    return list(frame.index[near]), list(frame.index[alike])


def _moment(text: str) -> pd.Timestamp | None:
    """When a form was sent, as the download or the linked sheet writes it; without the zone."""
    found = _TIME.search(text)
    day = _date(text, month_first=False)
    if found is None or day is None:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    half = (found["half"] or "").upper()
    hour = hour % 12 + 12 * (half == "PM") if half else hour
    return day + pd.Timedelta(hours=hour, minutes=minute, seconds=second)


def _doubts(frame: pd.DataFrame, tool: str, ids: pd.Series[str]) -> dict[str, pd.Series[bool]]:
    """Which rows a person should look at, by reason."""
    approval = _folded(frame, "_validation_status").str.replace("_", " ")
    partial = _outcome(frame, tool).str.startswith(("partial", "break"))
    if tool == "qualtrics":
        partial |= _folded(frame, "Finished").isin(["false", "0"])
    if tool == "limesurvey":
        partial |= _column(frame, SUBMITTED["limesurvey"]).str.strip().eq("")
    found = {
        "partial": partial,
        "on_hold": approval.str.endswith("on hold"),
        "id_in_scientific_notation": ids[frame.index].str.fullmatch(_SCIENTIFIC),
    }
    if tool == "core_lettings":
        found["duplicate_set"] = _folded(frame, "duplicate_set_id").ne("")
        found["renewal_not_new_household"] = _folded(frame, "renewal").isin(["yes", "1"])
    return found


def _folded(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    return _column(frame, (name,)).str.strip().str.casefold()


def _outcome(frame: pd.DataFrame, tool: str) -> pd.Series[str]:
    """What an interviewer noted of the interview itself."""
    names = [name for name in map(str, frame) if tool == "spss" and name.casefold() in _OUTCOMES]
    return _folded(frame, names[0] if names else "")


def _shared(named: pd.Series[str]) -> list[int]:
    return list(named.index[named.ne("") & named.duplicated(keep=False)])
