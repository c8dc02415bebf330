"""Every exception of the package: what went wrong, where, expected, got, and what to do.

A message reads ``where: what. Expected …; got …. Hint: ….`` Parts that are empty are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class ParticipationError(Exception):
    """The base of every error this package raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, as one clause, with names and numbers.
    where : str
        The function, file, table or row where it was found.
    expected, got : str
        What was expected there and what came.
    hint : str
        What the reader can do about it.

    Examples
    --------
    >>> str(InputError("no column 'ward'", where="tally", expected="a column of the frame",
    ...                got="'ward'", hint="check the spelling"))
    "tally: no column 'ward'. Expected a column of the frame; got 'ward'. Hint: check the spelling."
    """

    def __init__(
        self, what: str, *, where: str = "", expected: str = "", got: str = "", hint: str = ""
    ) -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.got = got
        self.hint = hint
        super().__init__(self._sentence())

    def __reduce__(self) -> tuple[object, tuple[type, dict[str, str]]]:
        # Keyword-only arguments: without this, errors could not cross a process boundary.
        return _rebuild, (type(self), dict(vars(self)))

    def _sentence(self) -> str:
        head = f"{self.where}: {self.what}." if self.where else f"{self.what}."
        contrast = "; ".join(
            f"{name} {value}"
            for name, value in (("expected", self.expected), ("got", self.got))
            if value
        )
        parts = [head]
        if contrast:
            parts.append(contrast[0].upper() + contrast[1:] + ".")
        if self.hint:
            parts.append(f"Hint: {self.hint}.")
        return " ".join(parts)


def _rebuild(kind: type[ParticipationError], parts: dict[str, str]) -> ParticipationError:
    return kind(**parts)


@contextmanager
def told_by(where: str) -> Iterator[None]:
    """Errors of an inner step, told as of the function that the reader has called.

    Examples
    --------
    >>> with told_by("fit_logit"):
    ...     raise InputError("no column 'ward'", where="collapse")
    Traceback (most recent call last):
        ...
    participation_stats.errors.InputError: fit_logit: no column 'ward'.
    """
    try:
        yield
    except ParticipationError as error:
        raise _rebuild(type(error), {**vars(error), "where": where}) from error


def named_kind(value: object) -> str:
    """What something is, with its article.

    Examples
    --------
    >>> named_kind(3), named_kind("ward"), named_kind({})
    ('an int', 'a str', 'a dict')
    """
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"


class InputError(ParticipationError, ValueError):
    """An argument or a table does not have the form that the function needs."""


class SourceError(ParticipationError, OSError):
    """A file or folder cannot be read: missing, empty, not text, or not a table."""


class SchemaError(ParticipationError, ValueError):
    """A schema or code list is unknown or malformed."""


class EstimationError(ParticipationError, ArithmeticError):
    """A model or interval cannot be computed from these data."""


class DisclosureError(ParticipationError, PermissionError):
    """Something was about to leave without going through ``protect``, or would disclose."""


class OutputError(ParticipationError, OSError):
    """A report or file cannot be written; nothing half-written is left."""


class MissingExtraError(ParticipationError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


class DataWarning(UserWarning):
    """Something in the data deserves a look, although the computation went on."""
