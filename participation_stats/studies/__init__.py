"""Studies: which questions are asked of an estate, in which order."""
