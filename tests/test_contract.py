"""What two floors that do not know each other must agree on."""

from participation_stats.intake.schemas import load_schema, schema_names
from participation_stats.measure.results import PUBLIC_VARIABLES


def test_nothing_that_is_public_is_marked_sensitive():
    for name in schema_names():
        assert not PUBLIC_VARIABLES & load_schema(name).sensitive


def test_every_public_variable_is_a_field_of_some_table():
    fields = {field for name in schema_names() for field in load_schema(name).field_names}
    assert fields >= PUBLIC_VARIABLES
