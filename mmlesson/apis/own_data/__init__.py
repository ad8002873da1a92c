"""Configs for data of the user: guesses from the files, and the text of a config."""
