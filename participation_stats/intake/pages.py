"""A validation as one self-contained web page, to be read on a phone as well."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pandas as pd

from .kinds import Kind, Saying, kinds_of
from .renderings import verdict

if TYPE_CHECKING:
    from .validation import Validation

#: So many messages of one kind, and so many single issues; issues.csv has them all.
_SAYINGS = 20
_ISSUES = 2000


def html_report(checked: Validation) -> str:
    """The report as one page: what came in, each kind of problem, and every issue by line."""
    title = html.escape(f"{checked.source}: {verdict(checked)}")
    parts = [
        f"<h1>{html.escape(checked.source)}</h1>",
        f'<p class="verdict {"note" if checked.ok else "error"}">{_outcome(checked)}</p>',
        "<h2>What came in</h2>",
        _table(checked.summary(), "Rows and issues of each table"),
        *_problems(checked),
    ]
    if len(checked.missing):
        told = _table(checked.missing, "Missing values of each column, by reason")
        parts += ["<h2>Missing values</h2>", told]
    return _PAGE.format(title=title, body="\n".join(parts))


def _outcome(checked: Validation) -> str:
    counts = checked.summary()[["rows", "valid", "rejected"]].sum()
    came = f"{counts['rows']:,} row{'' if counts['rows'] == 1 else 's'} came in"
    split = f"{counts['valid']:,} can be used, {counts['rejected']:,} are set aside"
    return f"<strong>{verdict(checked).capitalize()}.</strong> {came}: {split}."


def _problems(checked: Validation) -> list[str]:
    issues = checked.issues
    if issues.empty:
        return ["<p>Nothing was found.</p>"]
    rest = len(issues) - _ISSUES
    shown = issues.head(_ISSUES).astype({"row": "object"}).fillna("")
    return [
        "<h2>What was found</h2>",
        *map(_section, kinds_of(issues, _SAYINGS)),
        f"<details><summary>Every issue by line ({len(issues):,})</summary>",
        _table(shown, "Every issue"),
        f"<p>And {rest:,} more: see issues.csv.</p>" if rest > 0 else "",
        "</details>",
    ]


def _section(kind: Kind) -> str:
    further = f"<li>… and {kind.further:,} more</li>" if kind.further else ""
    return (
        f'<section class="{kind.severity}">'
        f"<h3><span>{kind.severity.capitalize()}</span> {html.escape(kind.heading)}</h3>"
        f"<ul>{''.join(map(_item, kind.sayings))}{further}</ul></section>"
    )


def _item(saying: Saying) -> str:
    where = f"<b>{_capital(saying.where)}</b>: " if saying.where else ""
    message = saying.message if where else _capital(saying.message)
    hint = f"<br><i>{html.escape(_capital(saying.hint))}.</i>" if saying.hint else ""
    return f"<li>{where}{html.escape(message)}.{hint}</li>"


def _capital(sentence: str) -> str:
    """With a capital, unless the first word is a name such as person_id."""
    if not sentence.split(" ", 1)[0].isalpha():
        return sentence
    return sentence[:1].upper() + sentence[1:]


def _table(frame: pd.DataFrame, label: str) -> str:
    """A table that scrolls by itself where the screen is narrower."""
    numbers = {
        name: "{:,}".format for name in frame.select_dtypes("number").columns if name != "row"
    }
    body = frame.to_html(index=False, border=0, formatters=numbers, justify="unset")
    return f'<div role="region" aria-label="{label}" tabindex="0">{body}</div>'


_PAGE = """<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem;
  padding: 0 1rem; color: #0b0c0c; background: #fff; }}
h1 {{ overflow-wrap: anywhere; line-height: 1.2; }}
h2 {{ margin-top: 2.5rem; }}
h3 {{ font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }}
h3 span {{ color: #fff; background: #12436d; padding: .1rem .5rem; margin-right: .3rem; }}
section, .verdict {{ border-left: .3rem solid #12436d; padding: .1rem 0 .1rem .8rem; }}
section {{ margin: 1.2rem 0; }}
.error {{ border-color: #a8221a; }}
.error span {{ background: #a8221a; }}
.warning {{ border-color: #8a5a00; }}
.warning span {{ background: #8a5a00; }}
ul {{ margin: 0; padding-left: 1.1rem; }}
li {{ overflow-wrap: anywhere; margin: .2rem 0; }}
i {{ color: #484949; }}
div {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid #b1b4b6; max-width: 24rem; }}
summary {{ cursor: pointer; margin: 1.5rem 0 .5rem; }}
</style></head>
<body>
{body}
</body></html>
"""
