"""Templating: the templates of a page, and those that take their place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from participation_stats.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Environment

_HOME = Path(__file__).parent / "templates"


def template_names() -> tuple[str, ...]:
    """Names of the templates, each of which can be replaced.

    Examples
    --------
    >>> template_names()[:2]
    ('document.html.jinja', 'parts.jinja')
    """
    return tuple(sorted(path.name for path in _HOME.iterdir()))


def environment_of(folder: Path | None) -> Environment:
    """Templates of the package, behind those of a folder that bear the same names.

    Raises
    ------
    InputError
        If the folder is missing, or holds no file named like a template, or one that is none.
    """
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

    own = FileSystemLoader(_HOME)
    if folder is not None:
        _check(folder)
    environment = Environment(
        loader=own if folder is None else ChoiceLoader([FileSystemLoader(folder), own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    _compile(environment)
    return environment


def _check(folder: Path) -> None:
    found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not found & set(template_names()):
        raise InputError(
            "there is no template here" if folder.is_dir() else "there is no such folder",
            where=str(folder),
            expected="one or more of " + ", ".join(template_names()),
            got=", ".join(sorted(found)[:5]) or "nothing",
            hint="copy a template of the package under the same name and change the copy",
        )


def _compile(environment: Environment) -> None:
    """Find mistakes of templates before anything is drawn."""
    from jinja2 import TemplateSyntaxError

    for name in template_names():
        try:
            environment.get_template(name)
        except TemplateSyntaxError as error:
            raise InputError(
                f"line {error.lineno} of the template cannot be read ({error.message})",
                where=str(error.filename or name),
                hint="compare it with the template of the package",
            ) from error
