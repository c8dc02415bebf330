"""Simulated estates whose truth is an argument, so that models can be tested for recovering it."""

from participation_stats.intake.simulation.assembly import simulate_estate
from participation_stats.intake.simulation.nation import Nation, read_nation, simulate_nation
from participation_stats.intake.simulation.packages import write_estate
from participation_stats.intake.simulation.truth import Truth

__all__ = [
    "Nation",
    "Truth",
    "read_nation",
    "simulate_estate",
    "simulate_nation",
    "write_estate",
]
