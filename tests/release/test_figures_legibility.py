"""Every figure, rendered: its marks are seen and told apart in grey and by the colour-blind."""

from itertools import combinations

import pytest
from eyes import EYES, Picture, are_apart, is_seen
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from pictures import FIGURES

from participation_stats.release import theme
from participation_stats.studies.pieces import PIECES

GALLERY = {f"gallery_{piece.__name__}": lambda piece=piece: piece()[1] for piece in PIECES}
EVERY = {**GALLERY, **FIGURES}


def faults(figure: Figure) -> list[str]:
    """What is not seen, and what is taken for another, by whom."""
    picture = Picture(figure)
    entries, marks = picture.entries(), picture.marks()
    found = []
    for eye in EYES:
        found += [f"not seen ({eye}): {name}" for name, mark in entries.items()
                  if not is_seen(mark, eye)]  # fmt: skip
        found += [f"not seen ({eye}): mark {number}" for number, mark in enumerate(marks)
                  if not is_seen(mark, eye)]  # fmt: skip
        found += [f"alike ({eye}): {one} / {other}" for one, other in combinations(entries, 2)
                  if not are_apart(entries[one], entries[other], eye)]  # fmt: skip
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_marks_are_seen_and_told_apart_by_every_eye(name):
    assert faults(EVERY[name]()) == []


@pytest.mark.parametrize("name", ["attendance", "attendance_withheld"])
def test_colours_without_a_key_have_a_label(name):
    told = [text.get_text() for text in FIGURES[name]().findobj(lambda one: hasattr(one, "_text"))]
    for capacity in ("Residents", "Councillor", "officers", "staff"):
        assert any(capacity in text for text in told), capacity


def dot(colour, marker="o"):
    return Line2D([], [], linestyle="", marker=marker, markersize=8, color=colour)


#: Red and green of the same luminance: nobody who sees in grey can tell them apart.
RED, GREEN = "#D43A3A", "#4A8447"


@pytest.mark.parametrize(
    ("handles", "expected"),
    [
        ((dot(RED), dot(GREEN)), "alike (as it is, and in grey): a / b"),
        ((dot(RED), dot(GREEN, "^")), None),
        ((Line2D([], [], color="k", linewidth=2), Line2D([], [], color="k", linewidth=1.6)),
         "alike (tritanopia): a / b"),
        ((Patch(facecolor=theme.BAND), dot("k")), "not seen (protanopia): a"),
        ((dot(theme.ORANGE), dot("k", "^")), "not seen (deuteranopia): a"),
    ],
    ids=["red and green", "with forms", "two lines", "pale band", "bare orange"],
)  # fmt: skip
def test_a_fault_is_found(handles, expected):
    figure = Figure(figsize=(3, 2))
    figure.legend(list(handles), ["a", "b"], loc="upper left", frameon=False)
    found = faults(figure)
    assert found == [] if expected is None else expected in found


@pytest.mark.parametrize("look", [{"facecolor": theme.BAND}, {"facecolor": "#F2D2D2"}])
def test_a_pale_bar_in_the_plot_is_found(look):
    figure = Figure(figsize=(3, 2))
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.bar([0, 1], [1, 2], **look)
    assert len(faults(figure)) == 2 * len(EYES)
