"""Fixtures of tests that draw."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from mmlesson.visualization.plots import fonts, style


@pytest.fixture
def without_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw as on a machine without a Chinese font."""
    for module in (fonts, style):
        monkeypatch.setattr(module, 'font_families', lambda: (fonts.LATIN,))
    fonts._warn_of_missing.cache_clear()


@pytest.fixture
def chinese_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Draw as on a machine with a Chinese font: one that has a square for each character."""
    builder = FontBuilder(1000, isTTF=True)
    pen = TTGlyphPen(None)
    for step, point in enumerate([(50, 0), (950, 0), (950, 900), (50, 900)]):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    characters = '手写数字识别'
    names = ['.notdef', *(f'uni{ord(char):04X}' for char in characters)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): f'uni{ord(c):04X}' for c in characters})
    square = pen.glyph()
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 50)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({'familyName': 'Squares', 'styleName': 'Regular'})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / 'squares.ttf')
    entries = list(fonts.font_manager.fontManager.ttflist)
    monkeypatch.setattr(fonts.font_manager.fontManager, 'ttflist', entries)
    fonts.font_manager.fontManager.addfont(tmp_path / 'squares.ttf')
    for module in (fonts, style):
        monkeypatch.setattr(module, 'font_families', lambda: (fonts.LATIN, 'Squares'))
