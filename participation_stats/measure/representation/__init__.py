"""Does a body look like the people it comes from? Ratios, whole profiles, comparisons, trends."""

from .ratios import Representativeness, representativeness_ratios

__all__ = ["Representativeness", "representativeness_ratios"]
