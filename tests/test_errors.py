"""The form that every message of the package has."""

import pickle

import pytest

from participation_stats import errors


def test_message_says_where_what_expected_got_and_what_to_do():
    error = errors.InputError(
        "no column 'ward'",
        where="tally",
        expected="a column of the frame",
        got="'ward'",
        hint="check the spelling",
    )
    assert str(error) == (
        "tally: no column 'ward'. Expected a column of the frame; got 'ward'. "
        "Hint: check the spelling."
    )


def test_parts_that_are_empty_are_left_out():
    assert str(errors.SourceError("the file is empty")) == "the file is empty."
    assert str(errors.SourceError("empty", got="0 bytes")) == "empty. Got 0 bytes."


@pytest.mark.parametrize(
    ("kind", "standard"),
    [
        (errors.InputError, ValueError),
        (errors.SourceError, OSError),
        (errors.SchemaError, ValueError),
        (errors.EstimationError, ArithmeticError),
        (errors.DisclosureError, PermissionError),
        (errors.OutputError, OSError),
        (errors.MissingExtraError, ImportError),
    ],
)
def test_each_error_is_also_the_standard_kind_and_crosses_processes(kind, standard):
    error = kind("what", where="where", expected="this", got="that", hint="do so")
    assert isinstance(error, standard)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert vars(again) == vars(error)
