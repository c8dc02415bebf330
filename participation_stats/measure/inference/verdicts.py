"""The one word that may be said of a group: from its adjusted p and its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .fair_draw import Floats, significance_level

OVER, UNDER = "over-represented", "under-represented"
IN_LINE, TOO_SMALL = "in line", "too small to tell"
#: Every verdict, in the order of the ratio, the undecided one last.
VERDICTS = (UNDER, IN_LINE, OVER, TOO_SMALL)


def verdicts_of(
    ratio: Floats,
    expected: Floats,
    others: Floats,
    p_adjusted: Floats,
    conf_low: Floats,
    conf_high: Floats,
    *,
    confidence: float = 0.95,
    in_line: tuple[float, float] = (0.8, 1.25),
) -> NDArray[np.object_]:
    """Verdicts for arrays of groups, each of shape ``(cells,)``.

    Parameters
    ----------
    ratio, p_adjusted, conf_low, conf_high : array of float
    expected, others : array of float
        People of the group, and of everybody else, that a fair draw would hold: nW and n(1 − W).
    confidence : float
    in_line : (float, float)

    Notes
    -----
    "over-represented" or "under-represented" where the adjusted p is below α = 1 − confidence;
    "in line" where it is not and the interval lies inside `in_line`; otherwise "too small to
    tell". A group of which a fair draw would hold less than one person (nW < 1) is never called
    under-represented, nor one over-represented beside less than one other person, so that a group
    and everybody else always read the same. That even nobody at all could not be significant
    needs no rule of its own: p falls towards the edge, so then no count below the expected one
    is significant.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.array([1.0])
    >>> verdicts_of(one * 0.4, one * 8, one * 12, one * 0.01, one * 0.2, one * 0.7).tolist()
    ['under-represented']
    """
    significant = p_adjusted < significance_level(confidence)
    under = significant & (ratio < 1.0) & (expected >= 1.0)
    over = significant & (ratio > 1.0) & (others >= 1.0)
    near = ~significant & (conf_low >= in_line[0]) & (conf_high <= in_line[1])
    words = np.full(np.shape(ratio), TOO_SMALL, dtype=object)
    for flags, word in ((under, UNDER), (over, OVER), (near, IN_LINE)):
        words[flags] = word
    return words
