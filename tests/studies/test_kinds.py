"""Kinds of report: what each says, against numbers counted from the tables by other means."""

import dataclasses
import shutil

import pandas as pd
import pytest

import participation_stats as ps
from participation_stats.errors import InputError
from participation_stats.release.reporting import Blank, Claim
from participation_stats.release.tables import html_table
from participation_stats.studies.bodies import body_report
from participation_stats.studies.comparisons import comparison_report
from participation_stats.studies.estate import estate_report
from participation_stats.studies.pages import Commission
from participation_stats.studies.surveys import survey_report
from participation_stats.studies.tsm import TITLES, margin_asked, tsm_report

OPEN = Commission(ps.Policy.publish())


pytestmark = pytest.mark.slow  # whole reports of St Mary's, in the open and guarded


@pytest.fixture(scope="module")
def estate():
    return ps.load_example("st_marys")


@pytest.fixture(scope="module")
def real(estate):
    """St Mary's as if its people were real."""
    return dataclasses.replace(estate, synthetic=False)


@pytest.fixture(scope="module")
def survey(estate):
    return survey_report(estate, OPEN)


@pytest.fixture(scope="module")
def whole(estate):
    return estate_report(estate, OPEN)


@pytest.fixture(scope="module")
def guarded(real):
    return estate_report(real, OPEN)


@pytest.fixture(scope="module")
def changed(estate):
    return comparison_report(estate, OPEN, years=(2011, 2013))


def section(report, slug):
    return next(one for one in report.sections if one.slug == slug)


def said(sentences):
    return " ".join(str(one) for one in sentences)


def exhibit(report, slug):
    return next(one for one in report.exhibits() if one.slug == slug)


def every_claim(report):
    told = [claim for finding in report.findings for claim in finding.sentences]
    told += [claim for one in report.sections for claim in one.sentences]
    return [claim for claim in told if isinstance(claim, Claim)]


@pytest.fixture(scope="module")
def one_of_each(estate, real, whole, guarded, survey, changed):
    """A report of each kind, of invented people and of real ones."""
    return {
        "estate": whole,
        "estate, guarded": guarded,
        "body": body_report(estate, OPEN, bodies=["committee"]),
        "survey": survey,
        "survey, guarded": survey_report(real, OPEN),
        "tsm": tsm_report(estate, OPEN),
        "compare": changed,
        "compare, guarded": comparison_report(real, OPEN, years=(2011, 2013)),
    }


def test_every_claim_stands_before_a_table_of_the_page(one_of_each):
    for kind, report in one_of_each.items():
        slugs = [one.slug for one in report.exhibits()]
        assert len(slugs) == len(set(slugs)), kind
        claims = every_claim(report)
        assert claims, kind
        assert {claim.table for claim in claims if claim.table} <= set(slugs), kind
        sections = {one.slug for one in report.sections}
        assert {finding.anchor for finding in report.findings} <= sections, kind


# --- the ladder, seats and voice, who comes again: sections of the estate's report


def test_ladder_tells_who_is_lost_where(estate, whole):
    text = said(section(whole, "at-which-step").sentences)
    survey = estate.tables["estate_survey"]["ethnicity"].dropna()
    people = estate.tables["people"]
    came = estate.tables["attendance"].query("status == 'present' and capacity == 'resident'")
    there = people[people["person_id"].isin(came["person_id"])]["ethnicity"].dropna()
    group = "Black African"
    told = (
        f"27% of those who answered the survey ({(survey == group).sum()} of {len(survey)}), "
        f"20% of those who came at least once ({(there == group).sum()} of {len(there)}), "
        "none of the 15 who come regularly"
    )
    assert told in text
    assert "which chance alone would rarely do" in text


def test_ladder_is_the_ladder_of_the_library(estate, whole):
    table = exhibit(whole, "ladder_gender").released().drop(columns="suppressed")
    alone = ps.participation_ladder(estate, by="gender").table
    pd.testing.assert_frame_equal(table.reset_index(drop=True), alone, check_dtype=False)


def test_seats_and_voice(estate, whole):
    text = said(section(whole, "seats-and-voice").sentences)
    assert "Youth subgroup: residents hold 2 of the 10 seats" in text
    items = estate.tables["decisions"].merge(estate.tables["meetings"], on="meeting_id")
    passed = items[(items["body_id"] == "network") & (items["outcome"] == "passed")]
    share = (passed["capacity"] == "resident").mean()
    assert f"proposed {share:.0%} of the items passed" in text


def test_who_comes_again_from_year_to_year(estate, whole):
    text = said(section(whole, "who-comes-again").sentences)
    log = estate.tables["attendance"].merge(estate.tables["meetings"], on="meeting_id")
    log = log.query("status == 'present' and capacity == 'resident' and body_id == 'committee'")
    by_year = log.groupby(log["date"].dt.year)["person_id"].agg(set)
    stayed = len(by_year[2012] & by_year[2013])
    assert f"Of {len(by_year[2012])} who came in 2012, {stayed} (30%) came in 2013 too." in text


def test_a_guarded_ladder_withholds_small_rungs(guarded):
    report = guarded
    table = exhibit(report, "ladder_ethnicity").released()
    small = table[table["rung"].isin(["comes regularly", "committee", "network", "subgroup"])]
    assert small["suppressed"].all()
    assert small[["count", "share", "step_ratio", "ratio", "p_value"]].isna().all(axis=None)
    assert "none of the 15" not in said(section(report, "at-which-step").sentences)
    # In what right somebody sits there stays public.
    assert "residents hold 2 of the 10 seats" in said(section(report, "seats-and-voice").sentences)


# --- body


def test_body_is_about_one_body(estate):
    report = body_report(estate, OPEN, bodies=["committee"])
    assert report.title == "St Mary's: Residents' committee"
    assert [one.slug for one in report.sections] == [
        "body-committee",
        "who-comes",
        "year-by-year",
        "who-comes-again",
        "data-quality",
    ]
    assert report.omissions == (
        "What residents hold and have of the rest: not done, which needs memberships with "
        "several capacities.",
    )
    change = exhibit(report, "committee_trend_change").released().set_index("category")
    alone = ps.ratio_trend(estate, "committee", by=["ethnicity"], capacity="resident").change
    for row in alone.itertuples():
        assert change.loc[row.category, "p_value"] == pytest.approx(row.p_value)


def test_the_only_body_need_not_be_named():
    report = body_report(ps.load_example("southern_women"), OPEN)
    assert report.title.endswith("Social events")


def test_which_of_several_bodies_must_be_said(estate):
    with pytest.raises(InputError, match=r"about one body.*Expected one of committee.*--body"):
        body_report(estate, OPEN)


# --- what is withheld


def test_what_is_withheld_is_told_by_what_it_is_withheld_of(guarded):
    told = guarded.withholdings()
    assert "A table by gender with two groups needs" in said(told["Residents' committee"])
    # Of a section with several results each is named by its table.
    assert "main table is withheld" in said(
        told["Youth subgroup: people present at each meeting, by capacity"]
    )
    notes = {note for one in guarded.exhibits() for note in one.protected.notes}
    assert {note for lines in told.values() for note in lines} == notes


def test_a_verdict_that_may_be_told_is_told_in_short(guarded):
    network = next(one for one in guarded.findings if one.heading.startswith("Local network"))
    verdicts = exhibit(guarded, "network_ethnicity").released().set_index("category")["verdict"]
    assert verdicts["White British"] == "over-represented"
    assert said(network.sentences).startswith(
        "How many seats each group holds is withheld, so that nobody can be identified: a body of "
        "20 is small. What can be said: White British people are over-represented."
    )


# --- survey


def test_how_even_the_response_was_stands_over_the_table_that_the_claim_links_to(survey):
    claims = [one for section in survey.sections for one in section.sentences]
    (claim,) = (one for one in claims if str(one).startswith("Response is least even by"))
    titles = {exhibit.slug: exhibit.title for exhibit in survey.exhibits()}
    told = str(claim).split(": ", 1)[1].split(". ", 1)[0]
    assert told.startswith("R-indicator 0.")
    assert titles[claim.table].endswith(told)


def test_survey_counts_answers_and_residents(estate, survey):
    n = len(estate.tables["estate_survey"])
    text = said(section(survey, "who-answered").sentences)
    margin = 196 * (0.25 / n * (3000 - n) / 2999) ** 0.5
    assert f"{n} answers from 3,000 residents (19%)" in text
    assert f"by up to {margin:.1f} points" in text


def test_survey_weights_meet_the_population_and_cost_what_kish_says(estate, survey):
    margins = exhibit(survey, "weights_gender").released().set_index("category")
    assert margins["share_after"].to_dict() == pytest.approx({"Female": 0.57, "Male": 0.43})
    rows = estate.tables["estate_survey"]
    stated = rows.dropna(subset=["ethnicity", "gender", "length_of_residence", "age"])
    assert margins["n"].sum() == len(stated)
    text = said(section(survey, "weights").sentences)
    assert f"{len(stated)} answers are worth" in text
    assert f"{len(rows) - len(stated)} answers do not state all of these" in text


def test_survey_answers_are_weighted_shares(survey, estate):
    weights = exhibit(survey, "weights_gender").protected.facts
    everybody = exhibit(survey, "answers_heard_of_meetings").released().iloc[0]
    raw = estate.tables["estate_survey"]["heard_of_meetings"].eq("yes").mean()
    assert weights["n"] >= everybody["n"]
    assert 0 < abs(everybody["estimate"] - raw) < 0.03
    by_gender = exhibit(survey, "answers_heard_of_meetings_gender").released()
    mixed = by_gender.set_index("category")["estimate"] @ pd.Series({"Female": 0.57, "Male": 0.43})
    assert mixed == pytest.approx(everybody["estimate"], abs=0.002)  # few did not answer


def test_r_indicator_of_one_characteristic_by_hand(survey, estate):
    """Of one characteristic the propensities are the groups' rates: S² has a closed form."""
    facts = exhibit(survey, "response_gender").protected.facts
    gave = estate.tables["estate_survey"]["gender"].value_counts()
    asked = pd.Series({"Female": 1710, "Male": 1290})
    rate, mean = gave / asked, gave.sum() / 3000
    s2 = float((asked * (rate - mean) ** 2).sum() / 2999)
    assert facts["r_unadjusted"] == pytest.approx(1 - 2 * s2**0.5)


def test_survey_without_population_says_what_it_lacks(estate, tmp_path):
    (tmp_path / "place").mkdir()
    shutil.copy(estate.folder / "estate_survey.csv", tmp_path / "place")
    report = survey_report(ps.read_estate(tmp_path / "place"), OPEN)
    assert said(section(report, "who-answered").sentences) == "582 answers."
    assert "for want of the table population" in report.omissions[0]


def test_a_wave_that_is_not_there_and_a_place_without_a_survey(estate):
    with pytest.raises(InputError, match=r"no wave '2012'.*one of 2011"):
        survey_report(estate, OPEN, wave="2012")
    with pytest.raises(InputError, match="there is no survey to report on"):
        survey_report(ps.load_example("southern_women"), OPEN)


def test_a_small_guarded_survey_tells_no_small_count(real):
    rows = real.tables["estate_survey"].head(30)
    small = dataclasses.replace(real, tables={**real.tables, "estate_survey": rows})
    report = survey_report(small, OPEN)
    for one in report.exhibits():
        table = one.released()
        for column in ("count", "n"):
            if column in table and "category" in table:
                assert (table.loc[~table["suppressed"], column].dropna() >= 10).all(), one.slug


# --- tsm


def test_tsm_has_the_items_of_the_regulator_in_order(estate):
    report = tsm_report(estate, OPEN, homes=1200)
    items = [one for one in report.sections if one.slug.startswith("item-")]
    assert [one.slug for one in items] == [f"item-{letter}" for letter in "abcdefghijk"]
    assert [one.title for one in items] == [f"{key}. {title}" for key, title in TITLES.items()]
    blank = {
        one.slug[-1] for one in items if any(isinstance(told, Blank) for told in one.sentences)
    }
    # What no table can know is left to a person; sizes and dates are filled in.
    assert {"c", "g", "h", "j", "k"} <= blank
    assert not blank & {"a", "b", "e", "i"}
    assert "582 answers" in said(section(report, "item-a").sentences)
    dates = estate.tables["estate_survey"]["survey_date"]
    assert f"{dates.min():%-d %B %Y} to {dates.max():%-d %B %Y}" in said(
        section(report, "item-b").sentences
    )
    assert str(report.findings[0].sentences[0]).endswith("items are filled in from the tables.")


@pytest.mark.parametrize(
    ("homes", "points", "needed", "met"),
    # Answers that Golding Homes (7,271 homes) and the regulator's table state.
    [(7_271, 4, "555", True), (12_573, 3, "984", False)],
)
def test_tsm_required_sample(estate, homes, points, needed, met):
    told = section(tsm_report(estate, OPEN, homes=homes), "item-i").sentences
    assert f"{homes:,} homes need {needed} answers (plus or minus {points} points)" in said(told)
    # 181 of the 582 answers come from a home that had answered already.
    assert said(told).startswith(
        "Met, if second answers from one home count." if met else "Not met."
    )
    assert any(isinstance(one, Blank) for one in told) is not met


def test_tsm_counts_the_homes_that_answered(estate):
    told = said(section(tsm_report(estate, OPEN, homes=1200), "item-i").sentences)
    answers = estate.tables["estate_survey"]
    heard = answers["household_id"].nunique()
    # Of the mean of a share of half, without replacement, as for the answers above.
    points = 196 * (0.25 / heard * (1200 - heard) / 1199) ** 0.5
    assert told.startswith("Met. 1,200 homes need 292 answers")
    assert told.endswith(f"come from {heard} homes: one answer from each, {points:.1f} points.")
    # Where every answer is from a home of its own there is nothing to add.
    single = answers.assign(household_id=range(len(answers)))
    alone = dataclasses.replace(estate, tables={**estate.tables, "estate_survey": single})
    assert "They come from" not in said(
        section(tsm_report(alone, OPEN, homes=1200), "item-i").sentences
    )


def test_tsm_of_a_small_landlord_and_of_none(estate):
    assert margin_asked(999) is None
    told = section(tsm_report(estate, OPEN, homes=600), "item-i").sentences
    assert "no margin of error is set" in said(told)
    assert isinstance(section(tsm_report(estate, OPEN), "item-i").sentences[0], Blank)
    with pytest.raises(InputError, match="0 homes"):
        tsm_report(estate, OPEN, homes=0)


# --- compare


def test_compare_counts_both_years(estate, changed):
    text = said(section(changed, "how-much").sentences)
    meetings = estate.tables["meetings"]["date"].dt.year.value_counts()
    assert f"Meetings: {meetings[2011]} in 2011, {meetings[2013]} in 2013." in text
    table = exhibit(changed, "change-people-who-came-gender").released().set_index("category")
    panel = estate.panel()
    came = panel[(panel["attended"] == 1) & (panel["capacity"] == "resident")]
    came = came.assign(year=came["date"].dt.year).drop_duplicates(["person_id", "year"])
    counts = came.groupby(["year", "gender"]).size()
    assert table.loc["Female", "count"] == counts[2013, "Female"]
    assert table.loc["Female", "other_count"] == counts[2011, "Female"]


def test_compare_p_is_the_doubled_tail_of_fishers_test(changed):
    from scipy import stats

    table = exhibit(changed, "change-people-who-came-gender").released().set_index("category")
    now, then = table.loc["Female", ["count", "other_count"]]
    n, m = table["count"].sum(), table["other_count"].sum()
    urn = stats.hypergeom(n + m, now + then, n)
    tail = min(1, 2 * min(urn.cdf(now), urn.sf(now - 1)))
    assert table.loc["Female", "p_value"] == pytest.approx(tail, rel=1e-9)


def test_compare_reads_as_sentences(changed, real):
    """After a colon a sentence goes on small; who is withheld is in no "no group"."""
    told = said(section(changed, "change-people-who-came").sentences)
    assert "The largest change: residents whose ethnicity is recorded as Other were" in told
    assert "No group's share changed" in told
    assert said(section(changed, "change-local-network").sentences).startswith(
        "20 people in 2011, 20 in 2013. They are the same people."
    )
    page = html_table(exhibit(changed, "change-local-network-gender").released(), caption="x")
    assert "Count in 2011" in page
    assert "other" not in page
    guarded = comparison_report(real, OPEN, years=(2011, 2013))
    told = said(section(guarded, "change-people-who-came").sentences)
    assert "No group's share that can be shown changed" in told


def test_compare_names_what_is_recorded_once(changed):
    assert "Youth subgroup: not compared, as it is recorded at one of the times only." in (
        changed.omissions
    )


def test_two_folders_of_one_place_and_a_change_beyond_chance(estate):
    """Before, every man answered 'Female': a change that chance cannot explain."""
    rows = estate.tables["estate_survey"].assign(gender="Female")
    before = dataclasses.replace(
        estate, period="2010", tables={**estate.tables, "estate_survey": rows}
    )
    report = comparison_report(estate, OPEN, before=before)
    told = said(section(report, "change-answers-to-the-survey").sentences)
    women = int(estate.tables["estate_survey"]["gender"].eq("Female").sum())
    assert f"Female residents were 100% (582) in 2010 and 60% ({women})" in told
    assert "(p < .001)" in told
    inputs = report.provenance.inputs
    assert {"now/people.csv", "before/people.csv"} <= set(inputs)


def test_real_data_beside_synthetic_are_not_exempt(estate, real):
    report = comparison_report(estate, OPEN, before=real)
    assert report.banners == ()
    assert comparison_report(estate, OPEN, before=estate).banners


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs one earlier time"),
        ({"years": (2011, 2011)}, "compared with itself"),
        ({"years": (1990, 2011)}, "nothing is recorded of 1990"),
    ],
)
def test_compare_refuses(estate, options, message):
    with pytest.raises(InputError, match=message):
        comparison_report(estate, OPEN, **options)
