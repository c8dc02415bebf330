"""Ladder and voice: the step that loses is seen, words and bars hold the table's numbers."""

import pytest
from matplotlib.colors import to_rgba
from outcomes import VOICE, ladder, long_ladder, private_voice, voice
from sheets import faults, words
from specimens import SYNTHETIC, Policy

import participation_stats as ps
from participation_stats.release.figures.ladder import LOOKS
from participation_stats.release.losses import BEYOND, UNTOLD, WITHIN, losses_of
from participation_stats.release.phrases import percent
from participation_stats.release.theme import file_bytes

PUBLISH = Policy.publish()


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 6, 19])
@pytest.mark.parametrize("width", [80, 120, 160, 280])
@pytest.mark.parametrize("policy", [SYNTHETIC, PUBLISH], ids=["exempt", "published"])
def test_ladders_of_any_number_of_groups_and_rungs(number, width, policy):
    for rungs in (2, 7):
        figure = ps.draw_ladder(long_ladder(number, policy, rungs), width_mm=width)
        assert faults(figure) == []


def test_the_step_that_loses_is_named_in_the_title_and_drawn():
    figure = ps.draw_ladder(ladder())
    # Fisher: of 162 on both rungs 61 are renters, and of the 12 on the board at most 1 with a
    # probability of .0247/2; the first step has p = .001.
    assert figure.alt_text.startswith(
        "Residents with tenure 'Renter' are lost between “answered the survey” and “board”: "
        "their share falls from 40% to 8% (1 of 12), which chance alone would rarely do."
    )
    blocks = [
        patch
        for axes in figure.axes[0].child_axes
        for patch in axes.patches
        if patch.get_facecolor() == to_rgba(LOOKS[BEYOND]["facecolor"])
    ]
    assert [(round(b.get_y(), 3), round(b.get_y() + b.get_height(), 3)) for b in blocks] == [
        (0.083, 0.4),
        (0.4, 0.528),
    ]


def test_bars_stand_at_the_shares():
    protected = ladder()
    strips = ps.draw_ladder(protected).axes[0].child_axes
    for strip, group in zip(strips, ("Owner", "Renter"), strict=True):
        rows = protected.table[protected.table["category"] == group]
        bars = [bar.get_height() for bar in strip.containers[0]]
        assert bars == pytest.approx(rows["share"].tolist())


def test_alternative_text_of_a_ladder_holds_every_number():
    for policy in (SYNTHETIC, PUBLISH):
        protected = ladder(policy)
        text = ps.draw_ladder(protected).alt_text
        for _, row in protected.table.iterrows():
            told = f"{row['rung']} withheld"
            if not row["suppressed"]:
                told = f"{row['rung']} {percent(row['share'])} ({row['count']} of "
            assert told in text
    assert "[c] withheld: too few people" in words(ps.draw_ladder(ladder(PUBLISH)))


def test_a_withheld_rung_leaves_no_trace():
    one, other = (ps.draw_ladder(ladder(PUBLISH, board)) for board in ((1, 11), (4, 8)))
    assert one.alt_text == other.alt_text
    assert file_bytes(one, "svg") == file_bytes(other, "svg")
    shown = [ps.draw_ladder(ladder(SYNTHETIC, board)).alt_text for board in ((1, 11), (4, 8))]
    assert shown[0] != shown[1]


def test_chance_is_told_only_where_the_released_numbers_settle_it():
    frame = long_ladder(2).table
    rows = frame[frame["category"] == "Other"].assign(
        share=[0.5, 0.4, 0.3, 0.2], step_ratio=[float("nan"), 0.8, 0.75, 2 / 3]
    )
    for p, chance in ((0.2, WITHIN), (0.03, UNTOLD), (0.01, BEYOND)):
        found = losses_of(rows.assign(p_value=[0.5, 0.5, 0.5, p]), None, {}, groups=3)
        assert [loss.chance for loss in found] == [chance]


def test_a_ladder_that_is_none_is_refused():
    with pytest.raises(ps.InputError, match=r"draw_ladder: the table has no column 'rung'\."):
        ps.draw_ladder(voice())
    with pytest.raises(ps.InputError, match=r"no variable 'age' in the table. Expected 'tenure'"):
        ps.draw_ladder(ladder(), variable="age")


# Seats against voice.


def test_voice_says_what_residents_have():
    figure = ps.draw_voice(voice())
    assert figure.alt_text.startswith(
        "Residents hold 2 of the 10 seats, are 15% of those in the room, have 10% of the voting "
        "power and proposed none of the items passed."
    )
    for measure, counts in VOICE.items():
        n = sum(counts.values())
        heading = {"seats": "seats", "present": "in the room", "passed": "items passed"}[measure]
        for count in counts.values():
            assert f"{heading} {percent(count / n)} ({count} of {n})" in figure.alt_text


def test_voice_bars_and_marks_stand_at_the_shares():
    figure = ps.draw_voice(voice())
    axes = figure.axes[0]
    widths = sorted(
        (patch.get_x() // 1, patch.get_width())
        for patch in axes.patches
        if patch.get_height() == pytest.approx(0.15)
    )
    table = voice().table
    table = table[table["measure"] != "votes"]
    largest = table["share"].max()
    order = {"seats": 0, "voting_power": 1, "present": 2, "passed": 3}
    expected = sorted(
        (order[row["measure"]], 0.88 * row["share"] / largest) for _, row in table.iterrows()
    )
    assert [column for column, _ in widths] == [column for column, _ in expected]
    assert [w for _, w in widths] == pytest.approx([w for _, w in expected])


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 4, 19])
@pytest.mark.parametrize("width", [80, 120, 160, 280])
def test_voices_of_any_number(number, width):
    votes = {f"Organisation with a long name {place}": place + 1 for place in range(number)}
    power = ps.protect(ps.voting_power(votes), PUBLISH)
    assert faults(ps.draw_voice(power, width_mm=width)) == []
    assert faults(ps.draw_voice(voice(), width_mm=width, caption="Source: made up.")) == []


def test_voice_of_blocs_and_of_seats_alone():
    council = {"Germany": 4, "France": 4, "Italy": 4, "Belgium": 2, "Luxembourg": 1}
    power = ps.draw_voice(ps.protect(ps.voting_power(council, quota=12), PUBLISH))
    # Luxembourg: its one vote never decides (Felsenthal & Machover 1998).
    assert "Luxembourg: votes 7% (1 of 15), voting power 0% (0 of" in power.alt_text
    seats = ps.draw_voice(ps.protect(ps.seats({"resident": 12}), PUBLISH))
    assert seats.alt_text.startswith("Residents hold all of the 12 seats.")
    assert "voting power" not in seats.alt_text


def test_withheld_voice_leaves_no_trace_and_is_drawn_as_such():
    one, other = (ps.draw_voice(private_voice(PUBLISH, spoke)) for spoke in ((2, 3), (4, 1)))
    assert one.alt_text == other.alt_text
    assert file_bytes(one, "svg") == file_bytes(other, "svg")
    assert words(one).splitlines().count("[c]") == 2
    assert "spoke withheld" in one.alt_text
    assert len([patch for patch in one.axes[0].patches if patch.get_hatch() == "////"]) == 2


def test_a_voice_that_is_none_is_refused():
    with pytest.raises(ps.InputError, match=r"draw_voice: a Ladder cannot be drawn here\."):
        ps.draw_voice(ladder())
