"""Simulated estates whose truth is an argument, so that models can be tested for recovering it."""

from participation_stats.intake.simulation.assembly import simulate_estate
from participation_stats.intake.simulation.packages import write_estate
from participation_stats.intake.simulation.truth import Truth

__all__ = ["Truth", "simulate_estate", "write_estate"]
