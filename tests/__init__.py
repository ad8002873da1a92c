"""Tests: unit tests mirror the package, `integration` holds the others."""
