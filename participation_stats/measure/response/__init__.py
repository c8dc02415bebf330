"""How representative is the response to a survey? Indicators, and what each group adds to them."""

from .quality import ResponseQuality, r_indicators

__all__ = ["ResponseQuality", "r_indicators"]
