"""Measure: count rows once, then compare, weigh and model the counts."""
