"""Each rule over several columns or tables: what breaks it, what does not, and its words."""

from __future__ import annotations

import pandas as pd
import pytest

from participation_stats.intake.rules import CROSS_RULES
from participation_stats.intake.schemas import load_schema
from participation_stats.intake.validation import validate


def table(heading, *rows):
    names = heading.split()
    return pd.DataFrame([row.split("|") for row in rows], columns=names)


def found(rule, **tables):
    """Row, column and message of what a rule finds; other findings are left aside."""
    issues = validate(tables).issues
    issues = issues[issues["rule"] == rule]
    return issues[["table", "row", "column", "message"]].values.tolist()


PEOPLE = table(
    "person_id capacity moved_in moved_out",
    "p1|resident|2001-01-01|",
    "p2|resident|2011-06-01|2012-06-30",
    "p3|staff||",
)
BODIES = table("body_id name", "b1|Committee", "b2|Network")
MEETINGS = table(
    "meeting_id body_id date format open_to",
    "m1|b1|2011-05-31|formal|members",
    "m2|b1|2012-01-10|formal|members",
    "m3|b1|2012-07-01|informal|residents",
)
SEATS = table(
    "body_id person_id role start_date end_date",
    "b1|p1|chair|2010-01-01|",
    "b1|p2|member|2012-01-10|2012-06-30",
    "b2|p3|member|2012-01-01|",
)
ESTATE = {"people": PEOPLE, "bodies": BODIES, "meetings": MEETINGS, "memberships": SEATS}


def register(*rows):
    return table("meeting_id person_id status", *rows)


def test_every_rule_says_what_it_means_and_needs():
    assert len({rule.name for rule in CROSS_RULES}) == len(CROSS_RULES)
    for rule in CROSS_RULES:
        assert rule.meaning.endswith(".")
        for name, columns in rule.needs.items():
            columns = {*columns, *rule.spare[name], *rule.either[name]}
            assert columns <= set(load_schema(name).field_names)


def test_every_rule_is_tested_here():
    source = __import__("pathlib").Path(__file__).read_text()
    for rule in CROSS_RULES:
        assert f'"{rule.name}"' in source, rule.name


class TestPeople:
    def test_moved_out_before_moving_in(self):
        rule = "moved out before moved in"
        people = table(
            "person_id moved_in moved_out",
            "p1|2011-01-02|2011-01-01",
            "p2|2011-01-01|2011-01-01",
            "p3||2011-01-01",
            "p4|2011-13-01|2011-01-01",
        )
        assert found(rule, people=people) == [
            ["people", 1, "moved_out", "moved out on 2011-01-01, before moving in on 2011-01-02"]
        ]

    @pytest.mark.parametrize(
        ("name", "key", "rule"),
        [
            ("people", "person_id", "residence longer than age"),
            ("estate_survey", "respondent_id", "respondent longer there than alive"),
        ],
    )
    def test_lived_there_for_longer_than_alive(self, name, key, rule):
        rows = table(f"{key} age length_of_residence", "a|34|35", "b|34|34.9", "c||99", "d|0|0.5")
        assert found(rule, **{name: rows}) == [
            [name, 1, "length_of_residence", "lives there for 35 years at the age of 34"]
        ]

    @pytest.mark.parametrize(
        ("name", "key", "rule"),
        [
            ("people", "person_id", "age outside its band"),
            ("estate_survey", "respondent_id", "respondent age outside its band"),
        ],
    )
    def test_age_and_band(self, name, key, rule):
        rows = table(
            f"{key} age age_band",
            "a|24|25 to 34",
            "b|25|25 to 34",
            "c|90|65 and over",
            "d||16 to 24",
        )
        assert found(rule, **{name: rows}) == [
            [name, 1, "age_band", "the age is 24 but the age band '25 to 34'"]
        ]

    @pytest.mark.parametrize(
        ("name", "key", "rule"),
        [
            ("people", "person_id", "residence outside its band"),
            ("estate_survey", "respondent_id", "respondent residence outside its band"),
        ],
    )
    def test_length_of_residence_and_band(self, name, key, rule):
        rows = table(
            f"{key} length_of_residence length_of_residence_band",
            "a|4.9|5 to 9",
            "b|5|5 to 9",
            "c|30|10 or more",
            "d||under 1",
        )
        words = "the length of residence is 4.9 but the length of residence band '5 to 9'"
        assert found(rule, **{name: rows}) == [[name, 1, "length_of_residence_band", words]]


class TestMemberships:
    def test_ends_before_it_starts(self):
        seats = table(
            "body_id person_id role start_date end_date",
            "b1|p1|chair|2011-01-02|2011-01-01",
            "b1|p2|chair|2011-01-01|2011-01-01",
            "b1|p3|chair|2011-01-01|",
        )
        assert found("membership ends before it starts", memberships=seats) == [
            [
                *["memberships", 1, "end_date"],
                "the membership ends on 2011-01-01, before it starts on 2011-01-02",
            ]
        ]

    def test_overlaps_itself(self):
        seats = table(
            "body_id person_id role start_date end_date",
            "b1|p1|member|2011-06-01|2011-12-31",
            "b1|p1|member|2010-01-01|2012-12-31",
            "b1|p1|member|2012-06-01|",
            "b1|p1|chair|2011-06-01|",
            "b1|p2|member|2010-01-01|2010-12-31",
            "b1|p2|member|2011-01-01|",
            "b2|p1|member|2011-06-01|",
        )
        assert found("membership overlaps itself", memberships=seats) == [
            [
                *["memberships", 1, "start_date"],
                "p1 already is member of b1 on 2011-06-01, by another row",
            ],
            [
                *["memberships", 3, "start_date"],
                "p1 already is member of b1 on 2012-06-01, by another row",
            ],
        ]

    def test_body_without_members(self):
        rule = "body without members"
        assert found(rule, bodies=BODIES, memberships=SEATS[:2]) == [
            ["bodies", 2, "body_id", "b2 has no members"]
        ]
        profile = table("body_id variable category count", "b2|gender|Female|3")
        assert found(rule, bodies=BODIES, memberships=SEATS[:2], profiles=profile) == []
        assert found(rule, bodies=BODIES) == []


class TestBodies:
    def test_its_own_parent(self):
        bodies = table("body_id name parent_body_id", "b1|A|b1", "b2|B|b1", "b3|C|")
        assert found("body is its own parent", bodies=bodies) == [
            ["bodies", 1, "parent_body_id", "b1 is given as part of itself"]
        ]

    def test_quota(self):
        bodies = table(
            "body_id name decision_rule quota", "b1|A|quota|", "b2|B|quota|7", "b3|C|majority|"
        )
        assert found("quota not given", bodies=bodies) == [
            ["bodies", 1, "quota", "decides by a quota that is not given"]
        ]


class TestPresence:
    def test_at_a_closed_meeting_without_a_seat(self):
        rule = "present without being a member"
        attendance = register(
            "m1|p1|present", "m1|p2|present", "m2|p2|present", "m2|p3|present", "m3|p3|present"
        )
        assert found(rule, **ESTATE, attendance=attendance) == [
            [
                *["attendance", 2, "person_id"],
                "present on 2011-05-31, before the membership of b1 started on 2012-01-10",
            ],
            [
                *["attendance", 4, "person_id"],
                "present at a meeting for members of b1 without ever being one",
            ],
        ]

    def test_after_the_seat_ended(self):
        meetings = table("meeting_id body_id date open_to", "m1|b1|2012-07-01|members")
        tables = ESTATE | {"meetings": meetings, "attendance": register("m1|p2|present")}
        assert found("present without being a member", **tables) == [
            [
                *["attendance", 1, "person_id"],
                "present on 2012-07-01, after the membership of b1 ended",
            ]
        ]

    def test_apologies_are_no_presence(self):
        tables = ESTATE | {"attendance": register("m1|p2|apologies", "m1|p3|absent")}
        assert found("present without being a member", **tables) == []

    @pytest.mark.parametrize(
        "seats",
        [
            pytest.param(SEATS.replace("2012-01-10", "soon"), id="a start that is no date"),
            pytest.param(SEATS.replace("2012-06-30", "2011-01-01"), id="an end before the start"),
            pytest.param(SEATS.replace("p2", "p9"), id="a seat of a stranger"),
            pytest.param(SEATS[2:], id="no seats at all"),
        ],
    )
    def test_seats_that_are_wrong_themselves_accuse_nobody(self, seats):
        tables = ESTATE | {"memberships": seats, "attendance": register("m2|p2|present")}
        assert found("present without being a member", **tables) == []

    def test_while_not_living_there(self):
        rule = "present while not living there"
        attendance = register("m1|p2|present", "m2|p2|present", "m3|p2|present", "m3|p3|present")
        words = "present on {} as a resident, but did not live there then"
        assert found(rule, **ESTATE, attendance=attendance) == [
            ["attendance", 1, "person_id", words.format("2011-05-31")],
            ["attendance", 3, "person_id", words.format("2012-07-01")],
        ]

    def test_a_meeting_without_attendance(self):
        tables = ESTATE | {"attendance": register("m1|p1|present", "m3|p1|absent")}
        assert found("meeting without attendance", **tables) == [
            ["meetings", 2, "meeting_id", "nothing is recorded of who came to m2"]
        ]

    def test_two_meetings_on_one_day(self):
        meetings = table(
            "meeting_id body_id date format",
            "m1|b1|2011-05-31|formal",
            "m2|b2|2011-05-31|formal",
            "m3|b1|2011-05-31|informal",
            "m4|b1|2011-05-31|formal",
        )
        assert found("two meetings on one day", meetings=meetings) == [
            ["meetings", 4, "date", "b1 has another meeting on 2011-05-31"]
        ]

    def test_proposed_by_someone_not_present(self):
        items = table(
            "decision_id meeting_id proposed_by outcome",
            "d1|m1|p1|passed",
            "d2|m1|p2|passed",
            "d3|m1||passed",
            "d4|m2|p2|passed",
        )
        tables = ESTATE | {
            "attendance": register("m1|p1|present", "m1|p2|apologies"),
            "decisions": items,
        }
        # Of m2 no register is known, so nothing can be said of it.
        assert found("proposed by someone not present", **tables) == [
            ["decisions", 2, "proposed_by", "p2 is not recorded as present at m1"]
        ]


def population(*rows):
    return table("variable category count share", *rows)


class TestPopulation:
    def test_shares_that_do_not_sum_to_one(self):
        rule = "shares do not sum to one"
        rows = population("gender|Female||0.57", "gender|Male||0.53", "sex|Female||1.0")
        assert found(rule, population=rows) == [
            ["population", line, "share", "the shares of gender add up to 1.1"] for line in (1, 2)
        ]

    @pytest.mark.parametrize(
        ("shares", "wrong"),
        [
            (["0.33", "0.33", "0.33"], False),  # rounding to two places explains .01
            (["0.333", "0.333", "0.333"], False),
            (["0.333", "0.333", "0.331"], True),  # to three places it explains no .003
            (["0.34", "0.34", "0.34"], True),  # each is off by half a hundredth at most
            (["0.335", "0.335", "0.33"], False),
            (["0.5", "0.5"], False),
        ],
    )
    def test_rounding_is_allowed_for(self, shares, wrong):
        rows = population(*(f"gender|g{place}||{share}" for place, share in enumerate(shares)))
        assert bool(found("shares do not sum to one", population=rows)) is wrong

    def test_shares_beside_counts_are_judged_by_them(self):
        rows = population("gender|Female|57|0.57", "gender|Male|43|0.60")
        assert found("shares do not sum to one", population=rows) == []
        assert found("share disagrees with count", population=rows) == [
            [
                *["population", 2, "share"],
                "the share of Male of gender is 0.6, which its count does not give",
            ]
        ]

    def test_counts_of_nobody(self):
        rows = population("gender|Female|0|0", "gender|Male|0|0")
        assert found("share disagrees with count", population=rows) == []

    def test_counts_and_shares_mixed(self):
        rule = "counts and shares mixed"
        rows = population("a|x|5|", "a|y|7|", "a|z||0.2", "b|x|5|0.5", "b|y|5|")
        assert found(rule, population=rows) == [
            [
                *["population", 3, "count"],
                "some groups of a have counts and others shares, also z",
            ]
        ]

    def test_neither_count_nor_share(self):
        rows = population("a|x|5|", "a|y||")
        assert found("counts and shares mixed", population=rows) == [
            ["population", 2, "count", "y of a has neither a count nor a share"]
        ]

    def test_a_wrong_amount_is_reported_once(self):
        rows = population("a|x||0.5", "a|y||half")
        issues = validate({"population": rows}).issues
        assert issues[["row", "rule"]].values.tolist() == [[2, "type"]]

    def test_a_group_that_the_population_lacks(self):
        profiles = table(
            "body_id variable category count",
            "b1|gender|Female|3",
            "b1|gender|Women|3",
            "b1|gender|Not stated|1",
            "b1|shoes|Red|3",
        )
        rows = population("gender|Female||0.57", "gender|Male||0.43")
        assert found("group not in population", profiles=profiles, population=rows) == [
            ["profiles", 2, "category", "'Women' is no group of gender in population"]
        ]


def test_a_rule_is_asked_although_a_column_it_can_do_without_did_not_come():
    seats = table(
        "body_id person_id role start_date", "b1|p1|member|2011-01-01", "b1|p1|member|2012-01-01"
    )
    assert found("membership overlaps itself", memberships=seats)[0][1] == 2
    tables = {**ESTATE, "memberships": seats.head(1), "attendance": register("m2|p2|present")}
    assert found("present without being a member", **tables)[0][1] == 1
    bodies = table("body_id name decision_rule", "b1|Committee|quota")
    assert found("quota not given", bodies=bodies)[0][:3] == ["bodies", 1, "quota"]
    meetings = table("meeting_id body_id date", "m1|b1|2011-05-31", "m2|b1|2011-05-31")
    assert found("two meetings on one day", meetings=meetings)[0][1] == 2
    shares = table("variable category share", "gender|Female|0.3", "gender|Male|0.4")
    assert len(found("shares do not sum to one", population=shares)) == 2
    counts = table("variable category count", "gender|Female|30", "gender|Male|")
    assert found("counts and shares mixed", population=counts)[0][1] == 2
    left = table("person_id capacity moved_out", "p1|resident|2011-01-01")
    tables = {**ESTATE, "people": left, "attendance": register("m1|p1|present")}
    assert found("present while not living there", **tables)[0][1] == 1


def test_a_long_register_is_judged_in_blocks_to_the_same_end(monkeypatch):
    rows = [f"{meeting}|{person}|present" for meeting in ("m1", "m2", "m3") for person in "abp"]
    rows += ["m1|p1|present", "m1|p2|present", "m1|p2|present", "m9|p2|present", "m3|p2|present"]
    tables = {**ESTATE, "attendance": register(*rows)}
    whole = validate(tables).issues
    assert {"present without being a member", "present while not living there"} <= set(
        whole["rule"]
    )
    for block in (1, 2, 5):
        monkeypatch.setattr("participation_stats.intake.rulebook._BLOCK", block)
        pd.testing.assert_frame_equal(validate(tables).issues, whole)
