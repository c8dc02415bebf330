"""The simulator: margins exactly as published, the setting in every seed, the truth recovered."""

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from participation_stats.errors import InputError, OutputError
from participation_stats.intake.estates import read_estate
from participation_stats.intake.schemas import schema_names
from participation_stats.intake.simulation import Truth, simulate_estate, write_estate
from participation_stats.intake.simulation.assembly import simulate_tables
from participation_stats.intake.simulation.setting import MARGINS

SEEDS = (0, 1, 7, 2032)

#: Shares as the source publishes them, written out here apart from the code under test.
PUBLISHED = {
    ("length_of_residence", "under 1"): 0.10,
    ("length_of_residence", "1 to 4"): 0.17,
    ("length_of_residence", "5 to 9"): 0.25,
    ("length_of_residence", "10 or more"): 0.48,
    ("gender", "Female"): 0.57,
    ("ethnicity", "Black African"): 0.27,
    ("ethnicity", "Black Caribbean"): 0.18,
    ("ethnicity", "White British"): 0.18,
    ("ethnicity", "Portuguese"): 0.07,
    ("ethnicity", "Other White"): 0.06,
    ("ethnicity", "Other"): 0.24,
}
NOTHING = {
    "ethnicity": {},
    "gender": {},
    "housing_tenure": {},
    "length_of_residence": {},
    "person_sd": 0.0,
    "formal": 0.0,
    "after_subgroup": 0.0,
    "not_stated": {},
}


@pytest.fixture(scope="module", params=SEEDS)
def tables(request):
    return simulate_tables(request.param)


def stated(seed, **changes):
    """Tables in which every category is recorded."""
    return simulate_tables(seed, Truth(not_stated={}, **changes))


def residents_of(tables):
    people = tables["people"]
    people = people.loc[people["capacity"] == "resident"].copy()
    bands = ["under 1", "1 to 4", "5 to 9", "10 or more"]
    people["length_band"] = pd.cut(
        people["length_of_residence"].astype(float),
        [0, 1, 5, 10, np.inf],
        right=False,
        labels=bands,
    ).astype(str)
    return people


def open_panel(tables, *, seated=False):
    """Every resident at every open meeting while living there, by another way than the simulator:
    row by row from the tables as a reader finds them. Seat holders left out unless asked for."""
    meetings = tables["meetings"].query("open_to == 'residents'")
    panel = residents_of(tables).merge(meetings, how="cross")
    gone = panel["moved_out"] < panel["date"]
    panel = panel.loc[(panel["moved_in"] <= panel["date"]) & ~gone]
    if not seated:
        holders = set(tables["memberships"]["person_id"])
        panel = panel.loc[~panel["person_id"].isin(holders)]
    present = tables["attendance"].query("status == 'present'")[["person_id", "meeting_id"]]
    present = present.assign(attended=1)
    panel = panel.merge(present, on=["person_id", "meeting_id"], how="left")
    return panel.assign(attended=panel["attended"].fillna(0).astype(int))


def seated_panel(tables):
    register = tables["attendance"].drop(columns="capacity")
    panel = register.merge(tables["meetings"], on="meeting_id").merge(
        tables["memberships"], on=["body_id", "person_id"]
    )
    return panel.assign(attended=(panel["status"] == "present").astype(int))


def log_odds(attended):
    share = attended.mean()
    return float(np.log(share / (1 - share)))


# ---- margins and tables -----------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "share"), PUBLISHED.items())
def test_population_margins_are_the_published_ones(tables, cell, share):
    population = tables["population"].set_index(["variable", "category"])
    assert population.loc[cell, "count"] == round(share * 3000)
    assert population.loc[cell, "share"] == pytest.approx(share, abs=1e-15)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variable", ["ethnicity", "gender", "housing_tenure", "disability"])
def test_people_have_exactly_the_margins(seed, variable):
    people = residents_of(stated(seed))
    assert people[variable].value_counts().to_dict() == dict(MARGINS[variable].counts)


@pytest.mark.parametrize("seed", SEEDS)
def test_numeric_ages_and_lengths_fall_in_exactly_the_margins(seed):
    people = residents_of(stated(seed))
    lengths = people["length_band"].value_counts().to_dict()
    assert lengths == dict(MARGINS["length_of_residence"].counts)
    ages = pd.cut(people["age"].astype(int), [16, 25, 35, 50, 65, 120], right=False)
    assert ages.value_counts(sort=False).tolist() == list(MARGINS["age_band"].counts.values())


def test_length_of_residence_agrees_with_the_day_of_moving_in(tables):
    people = residents_of(tables)
    years = (pd.Timestamp("2011-10-01") - people["moved_in"]).dt.days / 365.25
    # Rounded down to a tenth of a year.
    assert (years - people["length_of_residence"]).between(0, 0.1, inclusive="left").all()
    known = people["age"].notna()
    assert (people["length_of_residence"] < people["age"] + 1)[known].all()
    assert (people["moved_out"].dropna() > pd.Timestamp("2011-10-01")).all()


def test_the_joint_is_not_the_product_of_the_margins():
    people = residents_of(stated(1))
    long = people["length_band"] == "10 or more"
    assert (
        long[people["ethnicity"] == "Black Caribbean"].mean()
        > long[people["ethnicity"] == "Portuguese"].mean() + 0.2
    )


def test_invented_margins_say_so(tables):
    population = tables["population"]
    invented = population["variable"].isin(["housing_tenure", "age_band", "disability"])
    assert (population.loc[invented, "source"] == "synthetic (not published)").all()
    assert population.loc[~invented, "source"].str.contains("Alexander, J. \\(2021\\)").all()


def test_other_is_named_as_the_remainder(tables):
    population = tables["population"].set_index(["variable", "category"])
    assert "does not break down" in population.loc[("ethnicity", "Other"), "source"]


def test_same_seed_same_tables_and_another_seed_others():
    first, again, other = simulate_tables(3), simulate_tables(3), simulate_tables(4)
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
    fixed = {"bodies", "meetings", "population"}  # the setting, the same in every seed
    for name in first.keys() - fixed:
        assert not first[name].equals(other[name]), name


def test_other_sizes_keep_the_proportions():
    tables = simulate_tables(1, residents=1001)
    population = tables["population"]
    assert (population.groupby("variable")["count"].sum() == 1001).all()
    shares = population.set_index(["variable", "category"])["count"] / 1001
    for cell, share in PUBLISHED.items():
        assert shares[cell] == pytest.approx(share, abs=1 / 1001)


@pytest.mark.parametrize("residents", [100, 101, 250])
@pytest.mark.parametrize("seed", range(5))
def test_small_estates_fill_their_bodies(seed, residents):
    seats = simulate_tables(seed, residents=residents)["memberships"]
    assert (seats["body_id"] == "committee").sum() == 15
    assert not seats.duplicated(["body_id", "person_id"]).any()


def test_a_committee_that_everybody_left_sends_nobody():
    seats = simulate_tables(1, Truth(leaving=20.0))["memberships"]
    assert seats.query("body_id == 'committee'")["end_date"].notna().all()
    assert not (seats.query("body_id != 'committee'")["capacity"] == "resident").any()


# ---- estates and packages ---------------------------------------------------------------------


def test_an_estate_is_written_and_read_back(tmp_path):
    estate = simulate_estate(seed=4, residents=200)
    assert estate.synthetic
    assert estate.already_published is None
    again = read_estate(write_estate(estate, tmp_path / "new" / "place"))
    assert (again.title, again.period, again.source) == (
        estate.title,
        estate.period,
        estate.source,
    )
    assert again.synthetic
    assert again.validation.ok
    assert set(again.tables) == set(estate.tables) == set(schema_names())
    for name, table in estate.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)


def test_writing_where_a_file_stands_is_refused(tmp_path):
    place = tmp_path / "taken"
    place.write_text("")
    with pytest.raises(OutputError) as caught:
        write_estate(simulate_estate(seed=4, residents=100), place)
    assert str(caught.value) == (
        f"write_estate: '{place}' cannot be written. Expected a folder that can be written to; "
        "got File exists. Hint: choose another folder."
    )


def test_the_panel_of_the_estate_has_those_at_risk_and_no_others():
    estate = simulate_estate(seed=6, truth=Truth(not_stated={}))
    panel = estate.panel().query("capacity == 'resident'")
    expected = open_panel(estate.tables, seated=True)
    found = panel.query("open_to == 'residents'")
    assert len(found) == len(expected)
    assert found["attended"].sum() == expected["attended"].sum()
    closed = panel.query("open_to == 'members'")
    seated = seated_panel(estate.tables).query("capacity == 'resident' and open_to == 'members'")
    assert len(closed) == len(seated)
    assert closed["attended"].sum() == seated["attended"].sum()
    assert estate.panel().attrs["not_eligible"] == 0


# ---- the setting ------------------------------------------------------------------------------


def test_kick_off_is_an_open_network_meeting_on_26_october_2011(tables):
    network = tables["meetings"].query("body_id == 'network'")
    first = network.sort_values("date").iloc[0]
    assert first["date"] == pd.Timestamp("2011-10-26")
    assert first["open_to"] == "residents"
    assert (network["open_to"] == "residents").sum() == 1


def test_committee_meets_formally_every_month(tables):
    meetings = tables["meetings"].query(
        "body_id == 'committee' and format == 'formal' and open_to == 'members'"
    )
    months = meetings["date"].dt.to_period("M")
    assert months.tolist() == pd.period_range("2010-09", "2013-12", freq="M").tolist()


def test_formal_and_informal_meetings_are_both_open_and_closed(tables):
    kinds = tables["meetings"].query("body_id == 'committee'").groupby(["open_to", "format"])
    assert kinds.size().min() >= 5
    assert kinds.ngroups == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_committee_is_all_women_but_two(seed):
    tables = stated(seed)
    committee = tables["memberships"].query("body_id == 'committee'")
    gender = committee.merge(tables["people"], on="person_id")["gender"]
    assert gender.value_counts().to_dict() == {"Female": 13, "Male": 2}


def test_network_has_two_residents_of_twenty(tables):
    seats = tables["memberships"].query("body_id == 'network'")
    counts = seats["capacity"].value_counts().to_dict()
    assert counts == {"staff": 11, "officer": 6, "resident": 2, "councillor": 1}
    organisations = seats.merge(tables["people"], on="person_id")["organisation"]
    assert organisations.nunique() == 4  # three organisations and the council


def test_subgroup_belongs_to_the_network_and_outnumbers_residents(tables):
    bodies = tables["bodies"].set_index("body_id")
    assert bodies.loc["subgroup", "parent_body_id"] == "network"
    seats = tables["memberships"].query("body_id == 'subgroup'")
    assert (seats["capacity"] == "resident").sum() == 3
    assert len(seats) == 11
    first = tables["meetings"].query("body_id == 'subgroup'")["date"].min()
    assert pd.Timestamp("2012-03-01") <= first <= pd.Timestamp("2012-05-31")


def test_one_resident_of_the_subgroup_stops_in_2012_13(tables):
    seats = tables["memberships"].query("body_id == 'subgroup'")
    ended = seats.loc[seats["end_date"].notna()]
    assert ended["capacity"].tolist() == ["resident"]
    assert ended["end_date"].between("2012-09-01", "2013-03-31").all()


def test_everybody_who_never_came_is_in_people(tables):
    assert (tables["people"]["capacity"] == "resident").sum() == 3000
    came = tables["attendance"].query("status == 'present'")["person_id"]
    assert 0.05 < came.nunique() / 3000 < 0.5


def test_only_seat_holders_have_absences(tables):
    register = tables["attendance"].merge(tables["meetings"], on="meeting_id")
    missed = register.query("status != 'present'")
    held = missed.merge(tables["memberships"], on=["body_id", "person_id"])
    in_time = (held["start_date"] <= held["date"]) & ~(held["end_date"] < held["date"])
    assert in_time.sum() == len(missed)


def test_nobody_comes_before_moving_in_or_after_moving_out(tables):
    register = (
        tables["attendance"]
        .merge(tables["meetings"], on="meeting_id")
        .merge(tables["people"], on="person_id")
    )
    assert not (register["moved_in"] > register["date"]).any()
    assert not (register["moved_out"] < register["date"]).any()


def test_closed_meetings_list_every_holder_of_a_seat(tables):
    closed = tables["meetings"].query("open_to == 'members'")
    due = closed.merge(tables["memberships"], on="body_id")
    due = due.loc[(due["start_date"] <= due["date"]) & ~(due["end_date"] < due["date"])]
    listed = tables["attendance"].merge(closed, on="meeting_id")
    assert sorted(zip(due["meeting_id"], due["person_id"], strict=True)) == sorted(
        zip(listed["meeting_id"], listed["person_id"], strict=True)
    )


def test_proposers_were_present(tables):
    present = tables["attendance"].query("status == 'present'")
    pairs = set(zip(present["meeting_id"], present["person_id"], strict=True))
    decisions = tables["decisions"]
    assert set(zip(decisions["meeting_id"], decisions["proposed_by"], strict=True)) <= pairs
    assert decisions["outcome"].isin(["passed", "rejected", "deferred", "withdrawn"]).all()


def test_survey_says_who_came_as_the_register_does():
    tables = stated(5)
    register = (
        tables["attendance"]
        .query("status == 'present'")
        .merge(tables["meetings"].query("open_to == 'residents'"), on="meeting_id")
    )
    year = register["date"].between("2010-09-12", "2011-09-12")
    came = tables["people"]["person_id"].isin(register.loc[year, "person_id"])
    true_share = came[tables["people"]["capacity"] == "resident"].mean()
    survey = tables["estate_survey"]
    yes = survey["came_last_year"] == "yes"
    share = float((yes * survey["weight"]).sum() / survey["weight"].sum())
    # Those who answer come more often (women, the long settled), so the survey lies above.
    assert true_share - 0.02 < share < true_share + 0.08


def test_weights_add_up_to_the_residents(tables):
    survey = tables["estate_survey"]
    assert 400 < len(survey) < 800
    # Household sampling: the sum estimates 3,000 with a standard error of about 80.
    assert survey["weight"].sum() == pytest.approx(3000, abs=320)
    assert survey.groupby("household_id")["housing_tenure"].nunique().max() == 1


# ---- the truth --------------------------------------------------------------------------------


def test_defaults_are_within_what_they_say():
    truth = Truth()
    assert truth.formal < 0
    assert truth.after_subgroup < 0
    assert pickle.loads(pickle.dumps(truth)) == truth


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "column", "category"),
    [
        ("ethnicity", "ethnicity", "Portuguese"),
        ("gender", "gender", "Female"),
        ("housing_tenure", "housing_tenure", "Leasehold"),
        ("length_of_residence", "length_band", "under 1"),
    ],
)
@pytest.mark.parametrize("effect", [-1.0, 0.7])
def test_effect_of_a_group_is_the_empirical_log_odds_ratio(variable, column, category, effect):
    truth = Truth(**{**NOTHING, variable: {category: effect}, "intercept": -1.0})
    panel = open_panel(simulate_tables(11, truth))
    group = panel[column] == category
    found = log_odds(panel.loc[group, "attended"]) - log_odds(panel.loc[~group, "attended"])
    cells = panel["attended"].groupby(group).agg(["sum", "count"])
    error = np.sqrt((1 / cells["sum"] + 1 / (cells["count"] - cells["sum"])).sum())
    # Closed form, no person effects: within four standard errors of the log-odds ratio.
    assert abs(found - effect) < 4 * error


@pytest.mark.parametrize("effect", [-1.2, 0.0, 0.5])
def test_formal_meetings_shift_the_log_odds(effect):
    truth = Truth(**{**NOTHING, "formal": effect, "intercept": -1.0})
    panel = open_panel(simulate_tables(12, truth))
    formal = panel["format"] == "formal"
    found = log_odds(panel.loc[formal, "attended"]) - log_odds(panel.loc[~formal, "attended"])
    # About 24,000 and 39,000 person-meetings: standard error .02.
    assert found == pytest.approx(effect, abs=0.08)


@pytest.mark.slow
def test_member_and_after_subgroup_shift_the_log_odds_of_seat_holders():
    truth = Truth(**{**NOTHING, "intercept": -3.0, "member": 4.0, "after_subgroup": -1.0})
    panel = pd.concat(
        seated_panel(simulate_tables(seed, truth)).query("capacity == 'resident'")
        for seed in range(12)
    )
    after = panel["date"] >= pd.Timestamp("2012-04-18")
    # About 9,000 rows before and 12,000 after, without person effects: standard error .025.
    assert log_odds(panel.loc[~after, "attended"]) == pytest.approx(1.0, abs=0.1)
    assert log_odds(panel.loc[after, "attended"]) == pytest.approx(0.0, abs=0.1)


@pytest.mark.slow
def test_professionals_come_as_their_capacity_says():
    truth = Truth(**{**NOTHING, "professional": {"officer": 0.5, "staff": -0.5}})
    panel = pd.concat(seated_panel(simulate_tables(seed, truth)) for seed in range(12))
    for capacity, effect in {"officer": 0.5, "staff": -0.5, "councillor": 0.0}.items():
        attended = panel.loc[panel["capacity"] == capacity, "attended"]
        error = 1 / np.sqrt(len(attended) * attended.mean() * (1 - attended.mean()))
        assert abs(log_odds(attended) - effect) < 4 * error


def test_one_model_of_all_residents_recovers_the_whole_truth():
    # No person effects, so that an ordinary logit is the true model; every term at once, over
    # open and closed meetings, with the default effects.
    truth = Truth(person_sd=0.0, not_stated={}, intercept=-2.0, member=2.0)
    tables = simulate_tables(21, truth)
    seats = tables["memberships"].query("capacity == 'resident'").drop(columns="capacity")
    seated = seated_panel(tables).query("capacity == 'resident'")[
        ["person_id", "body_id", "meeting_id", "date", "format", "attended"]
    ]
    dropped_in = open_panel(tables, seated=True)[[*seated.columns]]
    held = dropped_in.merge(seats, on=["person_id", "body_id"], how="left")
    sits = (held["start_date"] <= held["date"]) & ~(held["end_date"] < held["date"])
    panel = pd.concat(
        [seated.assign(member=1.0), held.loc[~sits, seated.columns].assign(member=0.0)]
    )
    panel = panel.merge(residents_of(tables).drop(columns="capacity"), on="person_id")
    after = (panel["date"] >= pd.Timestamp("2012-04-18")).astype(float)
    terms = {
        "intercept": np.ones(len(panel)),
        "member": panel["member"],
        "formal": panel["format"] == "formal",
        "after_subgroup": panel["member"] * after,
    }
    expected = {name: getattr(truth, name) for name in terms}
    for variable, column in {
        "ethnicity": "ethnicity",
        "gender": "gender",
        "housing_tenure": "housing_tenure",
        "length_of_residence": "length_band",
    }.items():
        for category, effect in getattr(truth, variable).items():
            terms[category] = panel[column] == category
            expected[category] = effect
    design = pd.DataFrame(terms).astype(float)
    fit = sm.GLM(panel["attended"], design, family=sm.families.Binomial()).fit()
    gap = fit.params.to_numpy() - np.array(list(expected.values()))
    distance = gap @ np.linalg.solve(fit.cov_params().to_numpy(), gap)
    assert stats.chi2.sf(distance, len(gap)) > 0.001


def test_person_intercepts_have_the_variance_asked_for():
    # With twenty exchangeable meetings and half a chance at the middle, the variance of a
    # person's number of meetings is that of a logistic-normal binomial, integrated here.
    truth = Truth(**{**NOTHING, "intercept": 0.0, "person_sd": 1.5})
    panel = open_panel(simulate_tables(13, truth))
    per_person = panel.groupby("person_id")["attended"].agg(["sum", "count"])
    often = per_person.loc[per_person["count"] == per_person["count"].max()]
    m = int(often["count"].iloc[0])
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    chance = 1 / (1 + np.exp(-1.5 * nodes))
    weights = weights / weights.sum()
    expected = m * (weights @ (chance * (1 - chance))) + m**2 * (weights @ (chance - 0.5) ** 2)
    assert len(often) > 1500
    # Standard error of a variance of 1,500 counts: under 4%.
    assert often["sum"].var() == pytest.approx(expected, rel=0.12)


@pytest.mark.slow
def test_recruitment_weights_decide_who_sits_on_the_committee():
    truth = Truth(recruitment={"ethnicity": {"Other": 2.0}}, not_stated={})
    seats = 0
    for seed in range(20):
        tables = simulate_tables(seed, truth)
        committee = tables["memberships"].query("body_id == 'committee'")
        seats += int(
            (committee.merge(tables["people"], on="person_id")["ethnicity"] == "Other").sum()
        )
    # 15 of 3,000 is nearly with replacement: odds exp(2) times 24 to 76.
    share = 0.24 * np.exp(2) / (0.24 * np.exp(2) + 0.76)
    assert stats.binomtest(seats, 300, share).pvalue > 0.001


@pytest.mark.slow
def test_leaving_is_a_monthly_hazard():
    truth = Truth(leaving=-4.0, leaving_after_subgroup=1.5)
    left, at_risk = np.zeros(2), np.zeros(2)
    months = pd.period_range("2010-10", "2013-12", freq="M")
    after = np.array([month >= pd.Period("2012-04") for month in months]).astype(int)
    for seed in range(30):
        seats = simulate_tables(seed, truth, 300)["memberships"].query("body_id == 'committee'")
        for end in seats["end_date"]:
            stop = months.get_loc(end.to_period("M")) if pd.notna(end) else len(months) - 1
            np.add.at(at_risk, after[: stop + 1], 1)
            if pd.notna(end):
                left[after[stop]] += 1
    found = np.log(left / (at_risk - left))
    # 450 seats: standard errors .10 and .07.
    assert found == pytest.approx([-4.0, -2.5], abs=0.35)


def test_answering_the_survey_depends_on_the_group():
    truth = Truth(response={"gender": {"Female": 1.5}}, response_intercept=-1.0, not_stated={})
    female = 0
    total = 0
    for seed in range(6):
        survey = simulate_tables(seed, truth)["estate_survey"]
        female += int((survey["gender"] == "Female").sum())
        total += len(survey)
    rates = 1 / (1 + np.exp(-np.array([0.5, -1.0])))
    share = 0.57 * rates[0] / (0.57 * rates[0] + 0.43 * rates[1])
    assert female / total == pytest.approx(share, abs=0.035)


@pytest.mark.slow
def test_voice_of_residents_among_professionals():
    truth = Truth(speaking=-2.0, proposing=-3.0, passing=-2.0, not_stated={})
    spoke, passed = [], []
    for seed in range(8):
        tables = simulate_tables(seed, truth)
        register = tables["attendance"].merge(tables["meetings"], on="meeting_id")
        spoke.append(register.query("body_id != 'committee' and spoke == spoke"))
        passed.append(tables["decisions"].merge(tables["meetings"], on="meeting_id"))
    spoke, passed = pd.concat(spoke), pd.concat(passed)
    yes = (spoke["spoke"] == "yes").groupby(spoke["capacity"] == "resident").mean()
    gap = np.log(yes[True] / (1 - yes[True])) - np.log(yes[False] / (1 - yes[False]))
    assert gap == pytest.approx(-2.0, abs=0.5)
    mixed = passed.query("body_id != 'committee'")
    assert (mixed["capacity"] == "resident").mean() < 0.03  # exp(-3) of 3 to 8 or 2 to 18


def test_not_stated_is_random_and_as_often_as_asked():
    truth = Truth(not_stated={"ethnicity": 0.2})
    people = residents_of(simulate_tables(3, truth))
    missing = people["ethnicity"].isna()
    assert missing.mean() == pytest.approx(0.2, abs=0.03)  # standard error .007
    assert not people["gender"].isna().any()


# ---- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"gender": {"Woman": 1.0}},
            "Truth: gender has no category 'Woman'. Expected some of Female, Male; got 'Woman'. "
            "Hint: leave reference groups out.",
        ),
        (
            {"recruitment": {"shoe_size": {}}},
            "Truth: recruitment has no variable 'shoe_size'. Expected some of ethnicity, gender, "
            "length_of_residence, housing_tenure, age_band, disability; got 'shoe_size'. "
            "Hint: leave reference groups out.",
        ),
        (
            {"response": {"gender": {"Woman": 1.0}}},
            "Truth: response by gender has no category 'Woman'. Expected some of Female, Male; "
            "got 'Woman'. Hint: leave reference groups out.",
        ),
        (
            {"formal": float("nan")},
            "Truth: formal is not a finite number. Expected log-odds such as -0.7; got nan. "
            "Hint: use a large number, such as 20, for somebody who always comes.",
        ),
        (
            {"ethnicity": {"Other": float("inf")}},
            "Truth: ethnicity of 'Other' is not a finite number. Expected log-odds such as -0.7; "
            "got inf. Hint: use a large number, such as 20, for somebody who always comes.",
        ),
        ({"person_sd": -1.0}, "Truth: person_sd is out of range. Expected 0 or more; got -1.0."),
        (
            {"not_stated": {"age": 1.5}},
            "Truth: not_stated of 'age' is out of range. Expected 0 to 1; got 1.5.",
        ),
    ],
)
def test_a_wrong_truth_is_refused(changes, message):
    with pytest.raises(InputError) as caught:
        dataclasses.replace(Truth(), **changes)
    assert str(caught.value) == message


@pytest.mark.parametrize("seed", [-1, 1.5, True, "2011"])
def test_a_wrong_seed_is_refused(seed):
    with pytest.raises(InputError) as caught:
        simulate_tables(seed)
    assert str(caught.value) == (
        "simulate_estate: the seed is not a whole number from 0. "
        f"Expected a whole number, 0 or more; got {seed!r}."
    )


def test_too_few_residents_are_refused():
    with pytest.raises(InputError) as caught:
        simulate_tables(1, residents=99)
    assert str(caught.value) == (
        "simulate_estate: too few residents to fill the bodies. Expected 100 or more; got 99."
    )


@pytest.mark.parametrize("effect", [-20.0, 20.0])
def test_everybody_or_nobody_coming_is_no_error(effect):
    tables = simulate_tables(1, Truth(**{**NOTHING, "intercept": effect}), 200)
    share = open_panel(tables)["attended"].mean()
    assert share == pytest.approx(float(effect > 0), abs=1e-3)
