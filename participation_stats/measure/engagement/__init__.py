"""Engagement: one module per family of models of who comes."""
