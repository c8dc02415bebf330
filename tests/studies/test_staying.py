"""Who comes again, beside who came anywhere: the few in whom the two differ stay hidden."""

import dataclasses

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.release.disclosure import protect_all
from participation_stats.studies.staying import stay

GROUPS = {"Black African": 60, "Other White": 40, "Portuguese": 50}


@pytest.fixture(scope="module")
def place():
    """People who come to one body of two; one of them, Other White, came to the other alone."""
    names = [name for name, n in GROUPS.items() for _ in range(n)]
    people = pd.DataFrame({"person_id": [f"p{n}" for n in range(len(names))], "ethnicity": names})
    people["capacity"] = "resident"
    alone = people.index[people["ethnicity"].eq("Other White")][0]
    dates = [f"2021-{month:02}-01" for month in range(1, 13)]
    meetings = pd.DataFrame(
        {
            "meeting_id": [f"m{n}" for n in range(12)] + ["x"],
            "body_id": ["forum"] * 12 + ["panel"],
            "date": pd.to_datetime([*dates, "2021-06-15"]),
            "open_to": "residents",
        }
    )
    came = [
        {"meeting_id": "x" if place == alone else f"m{meeting}", "person_id": f"p{place}"}
        for place in people.index
        for meeting in ([0] if place == alone else range(place % 2, 1 + place % 2 + place % 11))
    ]
    attendance = pd.DataFrame(came).assign(status="present").drop_duplicates()
    bodies = pd.DataFrame({"body_id": ["forum", "panel"], "name": ["Forum", "Panel"]})
    tables = {"people": people, "meetings": meetings, "attendance": attendance, "bodies": bodies}
    return ps.Estate("place", "A place", tables)


def anywhere(place):
    """Everybody who came, by ethnicity, as a table that is published beside."""
    people = place.tables["people"]
    shares = {name: 1 / len(GROUPS) for name in GROUPS}
    result = ps.representativeness_ratios(dict(GROUPS), shares, by="ethnicity")
    return result, frozenset(people["person_id"])


def test_one_person_who_came_elsewhere_alone_is_not_told(place):
    found = stay(place, ["forum", "panel"])
    everybody, ids = anywhere(place)
    ((body, who),) = found.people().items()
    assert who == ids - {"p60"}
    results = {"came": everybody, **found.results()}
    bodies = {"came": "came", **found.bodies()}
    told = {}
    for people in ({}, {"came": ids, body: who}):
        released = protect_all(results, ps.Policy.publish(), bodies=bodies, people=people)
        tables = released["came"].table, released["retention ethnicity"].frames["groups"]
        counts = [
            frame.set_index("category")[name].astype("Float64")
            for frame, name in zip(tables, ("count", "n_units"), strict=True)
        ]
        told[len(people)] = counts[0].sub(counts[1])
    # Without knowing who they are, two tables, each safe, tell of one person.
    assert told[0]["Other White"] == 1
    assert pd.isna(told[2]["Other White"])


def test_who_came_to_one_body_is_not_taken_for_who_came_to_another(place):
    """A report of one body beside a report of another, in one register."""
    forum = stay(place, ["forum"])
    other = dataclasses.replace(forum, body="panel")
    assert forum.people().keys() == {"retention, forum [n_units]"}
    assert other.people().keys() == {"retention, panel [n_units]"}
    assert {*forum.bodies().values()} == {"retention, forum"}
