"""Design-based estimates from a survey: what is said of everybody from those who were asked."""
