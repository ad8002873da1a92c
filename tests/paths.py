"""Paths in the repository, for tests."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / 'configs'
TOOLS = ROOT / 'tools'

READMES = ('README.md', 'README_zh-CN.md')


def documentation(readme: str) -> str:
    """Return a README and the pages of ``docs`` in its language, as one text."""
    folder = ROOT / 'docs' / ('zh-CN' if 'zh-CN' in readme else '')
    pages = [ROOT / readme, *sorted(folder.glob('*.md'))]
    return '\n'.join(page.read_text(encoding='utf-8') for page in pages)
