"""Figures: one module per kind; each draws a ``Protected`` and computes nothing."""
