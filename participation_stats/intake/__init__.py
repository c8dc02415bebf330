"""Intake: read, validate and shape the tables of an estate."""
