"""Plots: pure functions from arrays to matplotlib figures."""
