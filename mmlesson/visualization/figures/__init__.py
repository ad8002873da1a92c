"""Figures of a model or a run: what to draw, and from which data."""
