"""Weights: base weights moved until a sample's margins are those of the population."""
