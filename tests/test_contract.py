"""What two floors that do not know each other must agree on."""

from participation_stats.intake.schemas import descriptor, load_schema, schema_names
from participation_stats.measure.results import PUBLIC_VARIABLES


def test_nothing_that_is_public_is_marked_sensitive():
    for name in schema_names():
        assert not PUBLIC_VARIABLES & load_schema(name).sensitive


def test_role_facts_are_the_fields_marked_public_and_nothing_else_is():
    """What is not marked is personal: a column of one's own too."""
    marked = {
        field["name"]
        for name in schema_names()
        for field in descriptor(name)["fields"]
        if field.get("public", False)
    }
    assert marked == PUBLIC_VARIABLES


def test_a_field_is_public_wherever_it_stands():
    for name in schema_names():
        for field in descriptor(name)["fields"]:
            assert field.get("public", False) == (field["name"] in PUBLIC_VARIABLES), name
