"""Helpers for all layers: atomic files, RNG states, devices, text tables and command lines."""
