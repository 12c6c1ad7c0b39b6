"""Carries out an experiment, measures it, and writes a report on it that the measurements cannot contradict."""

__version__ = "1.0.0"
