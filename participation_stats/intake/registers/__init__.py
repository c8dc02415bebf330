"""Attendance registers as clerks keep them: dates across, people down, marks between."""

from participation_stats.intake.registers.reading import read_register
from participation_stats.intake.registers.register import Register

__all__ = ["Register", "read_register"]
