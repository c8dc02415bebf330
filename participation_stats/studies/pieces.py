"""Pieces of the gallery: each makes one figure from a bundled estate, in code to be copied.

The page prints the body of each function as it stands here, so that what it shows is what it ran.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import participation_stats as ps

if TYPE_CHECKING:
    from participation_stats.release.disclosure import Protected
    from participation_stats.release.figures.charts import Chart

    Piece = tuple[Protected, Chart]


def ratios() -> Piece:
    """Ratios: who sits on a body, against who lives there."""
    estate = ps.load_example("st_marys")
    policy = ps.Policy.publish().exempt("the people are synthetic")
    panel = estate.profile("grants_panel", "ethnicity")
    found = ps.representativeness_ratios(panel, estate.population("ethnicity"))
    released = ps.protect(found, policy)
    return released, ps.draw_ratios(released, caption="Source: small grants panel of 2010.")


def guarded_ratios() -> Piece:
    """Ratios, guarded: seats of real people, small counts withheld."""
    boards = {
        "Black African": 14,
        "Black Caribbean": 46,
        "White British": 41,
        "Portuguese": 2,
        "Other White": 4,
        "Other": 13,
    }
    population = ps.load_example("st_marys").population("ethnicity")
    found = ps.representativeness_ratios(boards, population, by="ethnicity")
    released = ps.protect(found, ps.Policy.publish())
    return released, ps.draw_ratios(released, caption="Made up: eight boards, 120 seats.")


def profile() -> Piece:
    """Profile: shares of a body beside shares of the population."""
    estate = ps.load_example("minneapolis_boards")
    policy = ps.Policy.publish().exempt("the counts are already published")
    boards = estate.tables["profiles"]
    found = ps.representativeness_ratios(
        boards[boards["variable"] == "housing_tenure"], estate.population("housing_tenure")
    )
    released = ps.protect(found, policy)
    return released, ps.draw_profile(released, caption="Source: City of Minneapolis.")


def ladder() -> Piece:
    """Ladder: at which step a group is lost."""
    estate = ps.load_example("st_marys")
    policy = ps.Policy.publish().exempt("the people are synthetic")
    released = ps.protect(ps.participation_ladder(estate, by="ethnicity"), policy)
    return released, ps.draw_ladder(released, caption="Source: survey and registers.")


def guarded_ladder() -> Piece:
    """Ladder, guarded: steps of real people, small counts withheld."""
    estate = ps.load_example("st_marys")
    released = ps.protect(ps.participation_ladder(estate, by="gender"), ps.Policy.publish())
    return released, ps.draw_ladder(released, caption="Source: survey and registers.")


def voice() -> Piece:
    """Seats against voice: seats, presence, voting power and decisions by capacity."""
    estate = ps.load_example("st_marys")
    released = ps.protect(ps.voice_shares(estate, "subgroup"), ps.Policy.publish())
    return released, ps.draw_voice(released, caption="Source: registers of the youth subgroup.")


def attendance() -> Piece:
    """Attendance: who was at which meeting."""
    estate = ps.load_example("st_marys")
    policy = ps.Policy.publish().exempt("the people are synthetic")
    released = ps.protect(ps.attendance_record(estate, "network"), policy)
    return released, ps.draw_attendance(released, caption="Source: register of the network.")


def guarded_attendance() -> Piece:
    """Attendance, guarded: headcounts of real people, in the place of the raster."""
    estate = ps.load_example("st_marys")
    released = ps.protect(ps.attendance_record(estate, "network"), ps.Policy.publish())
    return released, ps.draw_attendance(released, caption="Source: register of the network.")


def lorenz() -> Piece:
    """Lorenz: how attendance is shared out among people."""
    estate = ps.load_example("southern_women")
    policy = ps.Policy.publish().exempt("the records are already published")
    came = estate.panel().groupby("person_id")["attended"].sum()
    released = ps.protect(ps.attendance_inequality(came), policy)
    return released, ps.draw_lorenz(released, caption="Source: Davis, Gardner & Gardner 1941.")


def trend() -> Piece:
    """Trend: shares year by year, beside the population's and chance."""
    boards = {
        "2014": {"Renter": 118, "Not a renter": 383},
        "2016": {"Renter": 167, "Not a renter": 333},
        "2018": {"Renter": 259, "Not a renter": 262},
    }
    city = {"Renter": 0.528, "Not a renter": 0.472}
    found = ps.ratio_trend(boards, population=city, by="housing_tenure")
    released = ps.protect(found, ps.Policy.publish())
    return released, ps.draw_trend(released, caption="Made up to show a trend.")


def funnel() -> Piece:
    """Funnel: many bodies by size, inside or outside what chance allows."""
    boards = {
        f"Board {number}": {"Renter": renters, "Not a renter": 20 * number - renters}
        for number, renters in enumerate([11, 14, 36, 42, 20, 66, 74, 83, 30, 108], start=1)
    }
    city = {"Renter": 0.528, "Not a renter": 0.472}
    released = ps.protect(ps.funnel(boards, city, by="housing_tenure"), ps.Policy.publish())
    return released, ps.draw_funnel(released, caption="Made up to show a funnel.")


def coefficients() -> Piece:
    """Coefficients: the terms of a model of coming to meetings."""
    panel = ps.load_example("st_marys").panel("committee")
    fit = ps.fit_logit("attended ~ ethnicity + gender", panel, unit="person_id")
    released = ps.protect(fit, ps.Policy.publish().exempt("the people are synthetic"))
    return released, ps.draw_coefficients(released, caption="Source: register of the committee.")


def rates() -> Piece:
    """Rates: how often each group comes, other things alike."""
    panel = ps.load_example("st_marys").panel("committee")
    fit = ps.fit_logit("attended ~ ethnicity + gender", panel, unit="person_id")
    policy = ps.Policy.publish().exempt("the people are synthetic")
    released = ps.protect(fit.rates("ethnicity"), policy)
    return released, ps.draw_rates(released, caption="Source: register of the committee.")


def event_study() -> Piece:
    """Event study: what changed for those whom an event touched."""
    estate = ps.load_example("st_marys")
    panel = estate.panel("committee").query("capacity == 'resident'")
    start = estate.tables["meetings"].query("body_id == 'subgroup'")["date"].min()
    held = panel["person_id"].isin(panel.query("seat == 'yes' and date < @start")["person_id"])
    panel = panel[held == panel["seat"].eq("yes")].assign(
        half_year=(panel["date"] - start).dt.days // 182, regular=held.map({True: 1, False: 0})
    )
    rows = panel.groupby(["person_id", "half_year", "regular"], as_index=False)["attended"].mean()
    study = ps.fit_event_study(
        "attended", rows.query("half_year >= -3"), unit="person_id", time="half_year", event=0,
        touched=("regular", 1), leads=3,
    )  # fmt: skip
    released = ps.protect(study, ps.Policy.publish().exempt("the people are synthetic"))
    return released, ps.draw_event_study(
        released, period="half-year", caption="The event: the youth subgroup began. Touched: "
        "residents who had a seat on the committee by then."
    )  # fmt: skip


def retention() -> Piece:
    """Retention: what share still comes, with the people that rests on."""
    panel = ps.load_example("st_marys").panel("committee").query("capacity == 'resident'")
    durations = ps.attendance_durations(panel, unit="person_id", time="date", by=["gender"])
    released = ps.protect(
        ps.retention_curves(durations, by="gender"),
        ps.Policy.publish().exempt("the people are synthetic"),
    )
    return released, ps.draw_retention(released, caption="Source: register of the committee.")


def weights() -> Piece:
    """Weights: a sample before and after weighting."""
    estate = ps.load_example("st_marys")
    asked = estate.tables["estate_survey"].dropna(subset=["ethnicity", "gender"])
    weighted = ps.rake(asked, estate.population(["ethnicity", "gender"]))
    released = ps.protect(weighted, ps.Policy.publish())
    return released, ps.draw_weights(released, caption="Source: survey of the estate.")


def shares() -> Piece:
    """Shares: how many of each group take part, by a survey."""
    asked = ps.load_example("st_marys").tables["estate_survey"].dropna(subset=["ethnicity"])
    design = ps.survey_design(asked, weights="weight")
    table = ps.survey_engagement(design, "came_last_year", by="ethnicity")
    released = ps.protect(table, ps.Policy.publish())
    return released, ps.draw_shares(released, caption="Source: survey of the estate.")


def response() -> Piece:
    """Response: which groups answered a survey less than the others."""
    estate = ps.load_example("st_marys")
    answered = ps.tally(estate.tables["estate_survey"], "ethnicity").table
    asked = estate.population("ethnicity").merge(answered, on=["variable", "category"])
    rows = asked.loc[asked.index.repeat(asked["count_x"])]
    place = rows.groupby("category").cumcount()
    sample = rows.assign(ethnicity=rows["category"], answered=(place < rows["count_y"]) * 1)
    found = ps.r_indicators(sample, "answered", "ethnicity", design="census")
    released = ps.protect(found, ps.Policy.publish())
    return released, ps.draw_response(released, caption="Source: survey of the estate.")


#: In the order of the page.
PIECES = (
    ratios,
    guarded_ratios,
    profile,
    ladder,
    guarded_ladder,
    voice,
    attendance,
    guarded_attendance,
    lorenz,
    trend,
    funnel,
    coefficients,
    rates,
    event_study,
    retention,
    weights,
    shares,
    response,
)
