"""Exact intervals and tests on plain arrays; NumPy and SciPy only. One family in each module."""
