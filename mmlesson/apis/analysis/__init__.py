"""Analyses of a config, a model or finished runs."""
