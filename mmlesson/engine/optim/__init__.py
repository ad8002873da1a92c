"""Optimizer wrappers, and their settings when a run is resumed."""
