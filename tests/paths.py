"""Paths in the repository, for tests."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / 'configs'
TOOLS = ROOT / 'tools'
