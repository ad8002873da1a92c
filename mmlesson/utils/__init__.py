"""Helpers that belong to no layer: atomic files, RNG state, devices, text tables, command lines."""
