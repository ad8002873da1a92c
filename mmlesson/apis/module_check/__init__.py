"""Check of a module, or of a config, against what training demands of it."""
