"""Release: protect, draw and write. The only door out."""
