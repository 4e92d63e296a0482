"""Figures that the project sets itself as goals, measured by ``make bench``."""
