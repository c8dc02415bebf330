"""Figures against pictures of them that were looked at and found good.

After a change that is meant, look at the new pictures and write them anew:
``python tests/release/test_figures_images.py``.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.testing.compare import compare_images
from pictures import FIGURES
from specimens import network

import participation_stats as ps
from participation_stats.release.theme import file_bytes

PICTURES = Path(__file__).parents[1] / "golden" / "figures"
DPI = 60
#: Root mean square of pixel differences, of 255. The same versions give 0; in the picture of six
#: ratios one dot moved by 1 gives 3.5, the dots left out 5.5, the bands left out 6.3.
TOLERANCE = 3.0
#: Every minor version of matplotlib sets letters a little differently, which moves whole lines.
DRAWN_WITH = "3.11"


@pytest.mark.slow
@pytest.mark.skipif(
    not matplotlib.__version__.startswith(f"{DRAWN_WITH}."),
    reason=f"the pictures were drawn with matplotlib {DRAWN_WITH}",
)
@pytest.mark.parametrize("name", FIGURES)
def test_figure_looks_as_it_did(name, tmp_path):
    drawn = tmp_path / f"{name}.png"
    drawn.write_bytes(file_bytes(FIGURES[name](), "png", dpi=DPI))
    difference = compare_images(str(PICTURES / f"{name}.png"), str(drawn), tol=TOLERANCE)
    assert difference is None, difference


def test_the_tolerance_sees_one_moved_dot(tmp_path):
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    figure = ps.draw_ratios(network())
    one.write_bytes(file_bytes(figure, "png", dpi=DPI))
    (dots,) = (c for c in figure.axes[0].collections if isinstance(c, PathCollection))
    offsets = np.array(dots.get_offsets())
    offsets[0, 0] += 1
    dots.set_offsets(offsets)
    other.write_bytes(file_bytes(figure, "png", dpi=DPI))
    assert compare_images(str(one), str(other), tol=TOLERANCE) is not None


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    for title, draw in FIGURES.items():
        (PICTURES / f"{title}.png").write_bytes(file_bytes(draw(), "png", dpi=DPI))
