"""Policy: what may leave, and the reason where the rules are lifted."""

from __future__ import annotations

import dataclasses
from typing import Self

from participation_stats.cards import Card
from participation_stats.errors import DisclosureError, InputError

#: Below this a threshold no longer protects; only a written reason allows it.
LOWEST_THRESHOLD = 5


@dataclasses.dataclass(frozen=True)
class Policy(Card):
    """What may leave: the threshold, the rounding, and the reason where they are lifted.

    Parameters
    ----------
    name : str
        How the policy is called in the report.
    threshold : int
        A count of people below it is withheld.
    rounding : int
        Base to which counts that stand alone are rounded; 1 leaves them.
    zeros_disclose : bool
        Whether a count of nobody is withheld too. "None of them is disabled" is a statement
        about every one of them, so it is by default.
    verdict_counts : int
        A word about a withheld count may be printed only if at least so many counts share it.
    reason : str
        Why nothing is withheld. Printed on every page.
    exemption : str
        Why these data need no protection (synthetic, or already published). Printed too.

    Raises
    ------
    DisclosureError
        A threshold below 5 without a written reason.
    InputError
        A rounding base below 1, or fewer than 1 count to a verdict.

    Examples
    --------
    >>> Policy.publish().threshold, Policy.strict().threshold, Policy.lenient().threshold
    (10, 30, 5)
    >>> Policy.internal("board paper, not for circulation").banner
    'Internal (board paper, not for circulation): small counts are shown. Not for publication.'
    """

    name: str
    threshold: int = 10
    rounding: int = 5
    zeros_disclose: bool = True
    verdict_counts: int = 3
    reason: str = ""
    exemption: str = ""

    def __post_init__(self) -> None:
        if self.rounding < 1 or self.verdict_counts < 1:
            raise InputError(
                "a rounding base or a number of verdict counts below 1",
                where="Policy",
                expected="whole numbers of at least 1",
                got=f"rounding={self.rounding}, verdict_counts={self.verdict_counts}",
            )
        if self.threshold < LOWEST_THRESHOLD and not self.reason.strip():
            raise DisclosureError(
                f"a threshold of {self.threshold} without a written reason",
                where="Policy",
                expected=f"a threshold of at least {LOWEST_THRESHOLD}, or a reason",
                got="reason=''",
                hint='say why in Policy.internal("...")',
            )

    @classmethod
    def publish(cls) -> Self:
        """For publication: counts under 10 and zeros withheld."""
        return cls("publish")

    @classmethod
    def strict(cls) -> Self:
        """For publication beside other sources: counts under 30 and zeros withheld."""
        return cls("strict", threshold=30)

    @classmethod
    def lenient(cls) -> Self:
        """For publication of data that are little sensitive: counts under 5 withheld."""
        return cls("lenient", threshold=LOWEST_THRESHOLD)

    @classmethod
    def internal(cls, reason: str) -> Self:
        """Nothing withheld, for a written reason that every page and figure prints.

        Raises
        ------
        DisclosureError
            The reason is empty.
        """
        return cls("internal", threshold=0, rounding=1, reason=reason)

    def exempt(self, because: str) -> Self:
        """The same policy for data that need no protection: synthetic or already published.

        Raises
        ------
        DisclosureError
            `because` is empty.
        """
        if not because.strip():
            raise DisclosureError(
                "an exemption without a reason",
                where="Policy.exempt",
                expected="why these data need no protection",
                got="''",
            )
        return dataclasses.replace(self, exemption=because)

    @property
    def withholds(self) -> bool:
        """Whether this policy withholds anything at all."""
        return self.threshold > 0 and not self.exemption

    @property
    def banner(self) -> str | None:
        """What every page and figure must print; ``None`` where nothing was lifted."""
        if self.exemption:
            return f"Nothing is withheld here: {self.exemption}."
        if not self.withholds:
            return f"Internal ({self.reason}): small counts are shown. Not for publication."
        return None
