"""Figures: nothing overlaps, nothing is clipped, nothing withheld gets out, words match tables."""

import math
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from outcomes import event_study, ladder, response, retention, voice, weights
from sheets import faults, words
from specimens import (
    DAVIS,
    ETHNICITY,
    SYNTHETIC,
    AdjustedRates,
    Policy,
    Record,
    Terms,
    concentration,
    many_bodies,
    many_groups,
    network,
    protect,
    rates,
    ratio_rows,
    ratios,
    record,
    terms,
    years,
)

import participation_stats as ps
from participation_stats.release.presences import attendance_headline
from participation_stats.release.theme import file_bytes

PUBLISH = Policy.publish()
PEOPLE = {"resident": 10, "councillor": 1, "officer": 3, "staff": 4}
EVERY = [
    (ps.draw_ratios, network),
    (ps.draw_profile, network),
    (ps.draw_attendance, lambda policy=SYNTHETIC: record(PEOPLE, 14, policy)),
    (ps.draw_lorenz, lambda policy=SYNTHETIC: concentration(DAVIS, policy)),
    (ps.draw_rates, rates),
    (ps.draw_coefficients, terms),
    (ps.draw_funnel, many_bodies),
    (ps.draw_trend, years),
    (ps.draw_ladder, ladder),
    (ps.draw_voice, voice),
    (ps.draw_retention, retention),
    (ps.draw_event_study, event_study),
    (ps.draw_weights, weights),
    (ps.draw_response, response),
]
IDS = [draw.__name__ for draw, _ in EVERY]
CAPTION = "Source: a made-up register. Population: 3,000 residents. Period: 2011 to 2013."


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "make"), EVERY, ids=IDS)
@pytest.mark.parametrize("width", [80, 120, 160, 280])
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH], ids=["exempt", "published"])
def test_nothing_overlaps_or_is_clipped(draw, make, width, policy):
    assert faults(draw(make(policy), width_mm=width, caption=CAPTION)) == []


@pytest.mark.slow
@pytest.mark.parametrize("draw", [ps.draw_ratios, ps.draw_profile])
@pytest.mark.parametrize("number", [1, 2, 6, 19])
@pytest.mark.parametrize("width", [80, 120, 160])
def test_any_number_of_groups_and_long_labels(draw, number, width):
    assert faults(draw(many_groups(number), width_mm=width)) == []


@pytest.mark.slow
@pytest.mark.parametrize("meetings", [1, 2, 14, 40])
@pytest.mark.parametrize(
    "people", [PEOPLE, {"resident": 1}, {"resident": 60, "staff": 10}, {"resident": 200}]
)
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH], ids=["exempt", "published"])
def test_registers_of_any_size(people, meetings, policy):
    assert faults(ps.draw_attendance(record(people, meetings, policy))) == []


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "make"), EVERY, ids=IDS)
def test_banner_caption_and_title_are_printed(draw, make):
    figure = draw(make(Policy.internal("board paper")), title="A finding", caption=CAPTION)
    text = words(figure).replace("\n", " ")
    assert "Internal (board paper): small counts are shown. Not for publication." in text
    assert "A finding" in text
    for word in CAPTION.split():
        assert word in text
    assert figure.alt_text.startswith("A finding")
    assert "Internal" not in words(draw(make(PUBLISH)))


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "make"), EVERY, ids=IDS)
def test_same_input_same_bytes_and_no_global_state(draw, make):
    before = dict(mpl.rcParams)
    one, other = draw(make()), draw(make())
    assert file_bytes(one, "svg") == file_bytes(other, "svg")
    assert file_bytes(one, "png", dpi=60) == file_bytes(other, "png", dpi=60)
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(("draw", "make"), EVERY, ids=IDS)
def test_an_unprotected_value_is_refused(draw, make):
    with pytest.raises(ps.InputError) as caught:
        draw(make().frames["table"])
    assert str(caught.value) == (
        f"{draw.__name__}: this is a DataFrame, not a Protected. Expected the value of "
        "protect(result, policy); got DataFrame. Hint: pass the result through "
        "ps.protect(result, policy) first."
    )


@pytest.mark.parametrize(("draw", "make"), EVERY, ids=IDS)
@pytest.mark.parametrize("width", [79, 0, -1, math.nan])
def test_a_figure_too_narrow_is_refused(draw, make, width):
    message = r"Expected at least 80 mm; got width_mm=.*80 fills a column"
    with pytest.raises(ps.InputError, match=message):
        draw(make(), width_mm=width)


@pytest.mark.parametrize("draw", [ps.draw_ratios, ps.draw_profile, ps.draw_rates])
def test_an_unknown_variable_is_refused(draw):
    protected = rates() if draw is ps.draw_rates else network()
    with pytest.raises(ps.InputError) as caught:
        draw(protected, variable="gender")
    assert str(caught.value) == (
        f"{draw.__name__}: no variable 'gender' in the table. Expected 'ethnicity'; got 'gender'."
    )


def test_a_result_of_another_kind_is_refused():
    with pytest.raises(ps.InputError, match=r"draw_rates: the table has no column 'estimate'\."):
        ps.draw_rates(network())
    with pytest.raises(ps.InputError, match=r"draw_lorenz: the table has no column 'people_share'"):
        ps.draw_lorenz(network())
    with pytest.raises(ps.InputError, match=r"of representativeness_ratios; got columns variable,"):
        ps.draw_ratios(rates())
    with pytest.raises(ps.InputError, match=r"draw_attendance: there are no meetings to draw"):
        ps.draw_attendance(network())


# What the reader must find on the page.


def test_counts_are_printed_beside_each_group():
    text = words(ps.draw_ratios(network()))
    for line in ("0 of 20; proportional would be 5.4", "8 of 20; proportional would be 3.6"):
        assert line in text
    assert "proportional" in text.splitlines()


def test_groups_stand_in_alphabetical_order_with_other_last():
    lines = words(ps.draw_ratios(network())).splitlines()
    shown = [line for line in lines if line in ETHNICITY]
    assert shown == [
        "Black African",
        "Black Caribbean",
        "Other White",
        "Portuguese",
        "White British",
        "Other",
    ]


@pytest.mark.parametrize(("draw", "make"), EVERY[:2] + EVERY[4:5], ids=IDS[:2] + IDS[4:5])
def test_alternative_text_names_every_group(draw, make):
    for policy in (SYNTHETIC, PUBLISH):
        figure = draw(make(policy))
        for group in make().table["category"].drop(index=0, errors="ignore"):
            assert group in figure.alt_text or group == "Other"


def test_dots_stand_at_the_ratios():
    protected = network()
    axes = ps.draw_ratios(protected).axes[0]
    dots = np.concatenate([np.asarray(c.get_offsets()) for c in axes.collections if _is_dots(c)])
    order = protected.table.set_index("category").loc[
        ["Black African", "Black Caribbean", "Other White", "Portuguese", "White British", "Other"]
    ]
    by_height = dots[np.argsort(dots[:, 1])][:, 0]
    assert by_height == pytest.approx(order["ratio"].to_numpy())


def _is_dots(collection):
    return type(collection).__name__ == "PathCollection"


def test_chance_bands_reach_from_low_to_high():
    protected = network()
    bars = ps.draw_ratios(protected).axes[0].containers
    drawn = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for group in bars for bar in group)
    table = protected.table
    expected = sorted(zip(table["chance_low"], table["chance_high"], strict=True))
    assert np.array(drawn) == pytest.approx(np.array(expected))


def test_a_limit_that_is_infinite_or_far_ends_in_an_arrow():
    table = ratio_rows("ethnicity", {"A": 3, "B": 17}, {"A": 150, "B": 2850})
    table.loc[0, "conf_high"] = math.inf
    figure = ps.draw_ratios(ratios(table))
    assert faults(figure) == []
    axes = figure.axes[0]
    arrows = [line for line in axes.lines if line.get_marker() == ">"]
    assert [list(line.get_xdata()) for line in arrows] == [[axes.get_xlim()[1]]]


def test_the_axis_is_linear_for_small_ratios_and_by_doublings_for_large():
    small = ratios(ratio_rows("gender", {"Female": 90, "Male": 110}, {"Female": 57, "Male": 43}))
    large = ratios(ratio_rows("gender", {"A": 16, "B": 184}, {"A": 30, "B": 2970}))
    assert ps.draw_ratios(small).axes[0].get_xscale() == "linear"
    axes = ps.draw_ratios(large).axes[0]
    assert axes.get_xscale() == "symlog"
    assert axes.get_xlim()[1] > large.table["ratio"].max() == pytest.approx(8.0)


def test_several_variables_stand_under_headings():
    table = pd.concat(
        [
            ratio_rows("gender", {"Female": 5, "Male": 15}, {"Female": 1710, "Male": 1290}),
            ratio_rows(
                "length_of_residence",
                {"under 1": 4, "10 or more": 16},
                {"under 1": 300, "10 or more": 2700},
            ),
        ]
    )
    for draw in (ps.draw_ratios, ps.draw_profile):
        figure = draw(ratios(table))
        assert faults(figure) == []
        lines = words(figure).splitlines()
        assert lines.index("Gender") < lines.index("Female") < lines.index("Length of residence")
        assert lines.index("under 1 year") < lines.index("10 or more years")


def test_several_bodies_stand_under_headings():
    blocks = [
        ratio_rows("gender", {"Female": women, "Male": 20 - women}, {"Female": 57, "Male": 43})
        for women in (5, 15)
    ]
    table = pd.concat([block.assign(body=f"body {n}") for n, block in enumerate(blocks)])
    figure = ps.draw_ratios(ratios(table))
    assert "Body 0: gender" in words(figure)
    assert "Body 1: gender" not in words(ps.draw_ratios(ratios(table), body="body 0"))


def test_names_with_dollars_and_backslashes_are_text():
    names = {"$A_1$ \\alpha": 3, "Born <here> & now": 17}
    table = ratio_rows("ethnicity", names, dict(zip(names, (1500, 1500), strict=True)))
    figure = ps.draw_ratios(ratios(table))
    assert faults(figure) == []
    assert "$A_1$ \\alpha" in words(figure)
    assert file_bytes(figure, "svg")


# Withheld numbers.


def withheld_pair(policy):
    """Two bodies that differ only in counts which the policy withholds."""
    population = {"A": 900, "B": 900, "C": 600, "D": 600}
    for c, d in ((4, 8), (7, 5)):
        counts = {"A": 30, "B": 40, "C": c, "D": d}
        yield ratios(ratio_rows("ethnicity", counts, population), policy)


@pytest.mark.parametrize("draw", [ps.draw_ratios, ps.draw_profile])
def test_withheld_counts_leave_no_trace_in_the_files(draw):
    one, other = (draw(protected, variable="ethnicity") for protected in withheld_pair(PUBLISH))
    assert one.alt_text == other.alt_text
    assert file_bytes(one, "svg") == file_bytes(other, "svg")
    assert file_bytes(one, "png", dpi=60) == file_bytes(other, "png", dpi=60)


@pytest.mark.parametrize("draw", [ps.draw_ratios, ps.draw_profile])
def test_the_withheld_pair_would_differ_if_shown(draw):
    one, other = (draw(protected) for protected in withheld_pair(SYNTHETIC))
    assert one.alt_text != other.alt_text


@pytest.mark.parametrize("draw", [ps.draw_ratios, ps.draw_profile])
def test_withheld_groups_are_drawn_as_such(draw):
    figure = draw(next(withheld_pair(PUBLISH)))
    assert words(figure).splitlines().count("[c]") == 2
    assert "[c] withheld: too few people" in words(figure)
    hatched = [patch for patch in figure.axes[0].patches if patch.get_hatch()]
    assert len(hatched) == 2
    assert "withheld" in figure.alt_text


def test_single_people_are_not_drawn_under_a_publishing_policy():
    shown = ps.draw_attendance(record(PEOPLE, 14))
    published = ps.draw_attendance(record(PEOPLE, 14, PUBLISH))
    assert "Came to" in words(shown)
    assert "Came to" not in words(published)
    assert shown.alt_text.split(". ", 1)[1].startswith("Raster of people by meetings.")
    assert published.alt_text.split(". ", 1)[1].startswith("Bars of people present")


def test_headcounts_are_the_numbers_printed():
    protected = record({"resident": 9, "officer": 3}, 6, PUBLISH)
    heads = protected.frames["headcounts"].set_index(["capacity", "meeting"])["count"]
    printed = [line for line in words(ps.draw_attendance(protected)).splitlines() if line.isdigit()]
    assert sorted(map(int, printed)) == sorted(heads.tolist())


def opening(policy=SYNTHETIC):
    """A body of four whose first meeting was open: forty came to it and never again."""
    members = record({"officer": 4}, 12).table
    crowd = members[members["meeting"] == 1].iloc[[0] * 40]
    crowd = crowd.assign(person=range(1, 41), capacity="resident", status="present")
    table = pd.concat([members, crowd]).drop(columns="suppressed")
    heads = table.assign(count=table["status"] == "present")
    keys = ["meeting", "date", "format", "capacity"]
    return protect(Record(table, heads.groupby(keys, as_index=False)["count"].sum()), policy)


def test_those_who_came_once_are_counted_together_when_they_are_many():
    figure = ps.draw_attendance(opening())
    assert faults(figure) == []
    assert "40 of them\nonce each" in words(figure)
    assert "40" in words(figure).splitlines()


def test_absence_is_claimed_only_where_it_is_on_record():
    table = record({"resident": 5}, 8).table.drop(columns="suppressed")
    table = table[table["status"] == "present"]
    figure = ps.draw_attendance(protect(Record(table, pd.DataFrame()), SYNTHETIC))
    assert faults(figure) == []
    text = words(figure)
    assert "not recorded" in text
    assert "absent" not in text
    assert not any(" of 8" in line and line != "8 of 8" for line in text.splitlines())


# What single figures say.


def test_lorenz_says_who_made_what_share():
    figure = ps.draw_lorenz(concentration(DAVIS))
    # 8 + 8 + 8 + 7 of 89: the four who came most, a fifth of 18 rounded up.
    assert "The four who came most, of 18, made 35% of the attendances" in figure.alt_text
    assert "Gini, corrected for the number of people: 0.25" in figure.alt_text  # Davis: .24785
    assert "withheld" in ps.draw_lorenz(concentration(DAVIS, PUBLISH)).alt_text


def test_rates_are_percentages_with_intervals():
    figure = ps.draw_rates(rates())
    assert "62% (52% to 72%)" in words(figure)
    assert figure.alt_text.startswith(
        "Other things alike, White British residents come to 62% of meetings and Portuguese "
        "residents to 0%."
    )
    table = rates(groups={"formal": 0.2, "informal": 0.4}).table.assign(variable="format")
    kinds = ps.draw_rates(protect(AdjustedRates(table.drop(columns="suppressed")), SYNTHETIC))
    assert kinds.alt_text.startswith(
        "Other things alike, residents come to 40% of informal meetings and 20% of formal ones."
    )
    one = ps.draw_rates(rates(groups={"Portuguese": 0.4}))
    assert one.alt_text.startswith("Portuguese residents come to 40% of meetings open to them.")


def test_coefficients_are_odds_ratios_in_order_without_the_intercept():
    figure = ps.draw_coefficients(terms())
    # exp(.9), exp(.5), exp(1.3)
    assert figure.alt_text.startswith(
        "White British (ethnicity): 2.46 times the odds of coming of the reference group, the "
        "largest difference that chance alone would rarely give."
    )
    lines = words(figure).splitlines()
    assert "2.46 (1.65 to 3.67)" in lines
    assert "90% interval" in lines
    labels = ("Ethnicity", "Format", "Age")
    shown = [line for line in lines if line.startswith(labels) and "times" not in line]
    assert shown == [
        "Ethnicity: Portuguese",
        "Ethnicity: White British",
        "Ethnicity: Other",
        "Format: informal",
        "Age",
    ]
    assert not any("Intercept" in line for line in lines)
    arrows = [line for line in figure.axes[0].lines if line.get_marker() == "<"]
    assert [len(line.get_xdata()) for line in arrows] == [1]  # the limit at minus infinity


def test_an_odds_ratio_of_hundreds_is_an_arrow_and_leaves_the_axis_to_the_others():
    table = pd.DataFrame(
        {
            "term": ["Intercept", "gender[T.Male]", "seat[T.yes]", "age"],
            "estimate": [-2.0, np.log(0.5), np.log(430), np.log(1 / 64)],
            "conf_low": [-3.0, np.log(0.4), np.log(230), np.log(1 / 90)],
            "conf_high": [-1.0, np.log(0.7), np.log(790), np.log(1 / 40)],
            "n_units": [300, 150, 15, 300],
        }
    )
    figure = ps.draw_coefficients(protect(Terms(table, 0.95), SYNTHETIC))
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    assert high < 4
    assert low == pytest.approx(1 / high)
    (dots,) = (one for one in axes.collections if _is_dots(one))
    assert sorted(np.asarray(dots.get_offsets())[:, 0]) == pytest.approx([low, 0.5, high])
    assert "430.0 (230.0 to 790.0)" in words(figure)
    assert "beyond the axis" in words(figure)
    assert "beyond the axis" not in words(ps.draw_coefficients(terms()))
    assert faults(figure) == []


def test_coefficients_of_bands_stand_in_the_order_of_their_numbers():
    people = pd.DataFrame({"band": ["under 1", "1 to 4", "5 to 9", "10 or more"] * 30})
    people["gender"], people["attended"] = ["Female", "Male", "Male"] * 40, [0, 1, 1, 0, 1] * 24
    fit = ps.fit_logit("attended ~ band + gender", people)
    shown = words(ps.draw_coefficients(protect(fit, SYNTHETIC))).splitlines()
    bands = [line for line in shown if line.startswith("Band: ") and "times" not in line]
    # The first, under 1, is what the others are compared with.
    assert bands == ["Band: 1 to 4", "Band: 5 to 9", "Band: 10 or more"]


def test_coefficients_of_few_people_are_withheld():
    figure = ps.draw_coefficients(terms(PUBLISH))
    assert "Ethnicity: Portuguese: withheld." in figure.alt_text
    assert words(figure).splitlines().count("[c]") >= 1


def test_effects_are_differences_in_percentage_points():
    table = pd.DataFrame(
        {
            "variable": "gender",
            "category": ["Male", "Other"],
            "reference": "Female",
            "n_units": [80, 40],
            "estimate": [0.0731, -0.02],
            "conf_low": [0.04, -0.039],
            "conf_high": [0.1, -0.001],
            "p_adjusted": [0.001, 0.08],
        }
    )
    figure = ps.draw_coefficients(protect(Terms(table, 0.95), SYNTHETIC))
    assert faults(figure) == []
    assert figure.alt_text.startswith(
        "Male (gender), against Female: +7.3 percentage points, the largest difference"
    )
    assert "−2.0 (−3.9 to −0.1)" in words(figure)
    # The adjusted p decides, not the interval of one comparison.
    assert "chance could explain it" in words(figure)
    unclear = Terms(table.assign(p_adjusted=0.5), 0.95)
    assert ps.draw_coefficients(protect(unclear, SYNTHETIC)).alt_text.startswith(
        "No group differs from its reference group by more than chance could explain."
    )


def test_coefficients_of_one_variable():
    lines = words(ps.draw_coefficients(terms(), variable="format")).splitlines()
    assert "Format: informal" in lines
    assert "Age" not in lines
    with pytest.raises(ps.InputError) as caught:
        ps.draw_coefficients(terms(), variable="sex")
    assert str(caught.value) == (
        "draw_coefficients: no variable 'sex' in the table. Expected 'ethnicity' or 'format' or "
        "'age'; got 'sex'."
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 70])
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH], ids=["exempt", "published"])
def test_funnels_of_any_number_of_bodies(number, policy):
    for category in ("Renters", "Owners"):
        assert faults(ps.draw_funnel(many_bodies(policy, number), category=category)) == []


def test_funnel_counts_the_bodies_outside_and_says_how_many_chance_would_put_there():
    protected = many_bodies()
    table = protected.table[protected.table["category"] == "Renters"]
    below = int(table["position"].str.startswith("below").sum())
    above = int(table["position"].str.startswith("above").sum())
    assert (below, above) == (12, 0)
    figure = ps.draw_funnel(protected)
    assert figure.alt_text.startswith(
        "Residents with tenure 'Renters' are below the limits of chance on 12 of 40 bodies."
    )
    # 5% of 40
    assert "By chance alone about 2 of 40 bodies would be outside the 95% limits." in words(
        figure
    ).replace("\n", " ")
    dots = np.concatenate(
        [np.asarray(c.get_offsets()) for c in figure.axes[0].collections if _is_dots(c)]
    )
    drawn = sorted(map(tuple, dots))
    expected = sorted(zip(table["n"].astype(float), table["ratio"], strict=True))
    assert np.array(drawn) == pytest.approx(np.array(expected))


def test_withheld_bodies_of_a_funnel_stand_at_no_ratio():
    protected = many_bodies(PUBLISH)
    hidden = int(protected.table["suppressed"].sum()) // 2
    figure = ps.draw_funnel(protected, category="Renters")
    squares = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert [len(line.get_xdata()) for line in squares] == [hidden]
    assert f"{hidden} withheld." in figure.alt_text
    assert "bodies that can be shown" in figure.alt_text


def test_funnel_refuses_a_group_that_is_not_there():
    with pytest.raises(ps.InputError) as caught:
        ps.draw_funnel(many_bodies(number=3), category="Squatters")
    assert str(caught.value) == (
        "draw_funnel: no category 'Squatters' in the table. Expected 'Owners' and 'Renters'; "
        "got 'Squatters'."
    )
    with pytest.raises(ps.InputError, match=r"draw_funnel: the table has no column 'body'"):
        ps.draw_funnel(network())


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 5, 14])
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH], ids=["exempt", "published"])
@pytest.mark.parametrize("n", [12, 50, 900])
def test_trends_of_any_length(number, policy, n):
    assert faults(ps.draw_trend(years(policy, number, n))) == []


def test_trend_says_what_changed_and_prints_the_counts():
    figure = ps.draw_trend(years())
    # 13 of 50, 18 of 50, 23 of 50; the exact test over the three is not significant.
    text = words(figure)
    for count in ("13 of 50", "18 of 50", "23 of 50"):
        assert count in text
    assert figure.alt_text.startswith(
        "By tenure, no group's share changed from 2014 to 2018 by more than chance could explain."
    )
    clear = ps.draw_trend(years(n=900))
    assert clear.alt_text.startswith(
        "Residents with tenure 'Renters' rose from 26% to 46% of those who came, which chance "
        "alone would rarely do."
    )
    with pytest.raises(ps.InputError, match=r"draw_trend: no variable 'sex' in the table"):
        ps.draw_trend(years(), variable="sex")


def test_withheld_periods_are_drawn_as_such():
    protected = years(PUBLISH, n=40)
    hidden = int(protected.table["suppressed"].sum())
    assert hidden == 0 or words(ps.draw_trend(protected)).splitlines().count("[c]") == hidden
    protected = years(PUBLISH, n=30)
    hidden = int(protected.table["suppressed"].sum())
    assert hidden > 0
    figure = ps.draw_trend(protected)
    assert words(figure).splitlines().count("[c]") == hidden
    assert figure.alt_text.startswith("Whether shares by tenure changed from 2014 to 2018 is")


def test_attendance_headline_counts_meetings_where_residents_are_fewer():
    heads = pd.DataFrame(
        {
            "meeting": [1, 1, 2, 2, 3, 3],
            "capacity": ["resident", "officer"] * 3,
            "count": [2, 3, 2, 2, 5, 0],
        }
    )
    assert attendance_headline(heads) == "Residents were outnumbered at one of the 3 meetings"
    assert attendance_headline(heads[heads["meeting"] == 1]) == (
        "Residents were outnumbered at the only meeting"
    )
    assert attendance_headline(heads[heads["meeting"] == 3]) == (
        "Residents were not outnumbered at the only meeting"
    )
    assert attendance_headline(heads.astype({"count": "Int64"}).assign(count=pd.NA)) == (
        "People present at the 3 meetings: part is withheld"
    )


def test_a_chart_shows_itself_in_a_notebook():
    page = ps.draw_ratios(network(), title='Ten "of" <twelve>')._repr_html_()
    assert page.startswith('<img alt="Ten &quot;of&quot; &lt;twelve&gt;. Dot chart')
    assert "base64," in page


@pytest.mark.slow
def test_figures_have_the_same_bytes_in_every_process():
    code = (
        "import hashlib, specimens, participation_stats as ps;"
        "from participation_stats.release.theme import file_bytes;"
        "f = ps.draw_ratios(specimens.network());"
        "print(hashlib.sha256(file_bytes(f, 'svg') + file_bytes(f, 'png')).hexdigest())"
    )
    folder = str(Path(__file__).parent)
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": folder, "PATH": "", "HOME": folder},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
