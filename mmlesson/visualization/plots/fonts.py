"""Fonts: class names and texts that can be drawn with the installed fonts."""

from __future__ import annotations

import functools
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from matplotlib import font_manager

from mmlesson.errors import ArgumentError

LATIN = 'DejaVu Sans'  # shipped with matplotlib, so always available
CJK_FAMILIES = (
    'Noto Sans CJK SC',
    'Noto Sans SC',
    'Source Han Sans SC',
    'Source Han Sans CN',
    'Microsoft YaHei',
    'PingFang SC',
    'Hiragino Sans GB',
    'Heiti SC',
    'Heiti TC',
    'SimHei',
    'WenQuanYi Micro Hei',
    'WenQuanYi Zen Hei',
    'Droid Sans Fallback',
    'Noto Sans CJK JP',  # first face of its collection, the only one that matplotlib reads
    'Arial Unicode MS',
    'SimSun',
)
BOX = '\u25a1'  # stands for a character that cannot be drawn
MAX_LENGTH = 16  # letters of a class name; longer ones are cut


@functools.lru_cache(maxsize=1)
def font_families() -> tuple[str, ...]:
    """Return the font families to draw with, in the order in which a character is looked up."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    if not known.intersection(CJK_FAMILIES):
        known |= _add_new_fonts()
    return (LATIN, *[family for family in CJK_FAMILIES if family in known][:1])


def _add_new_fonts() -> set[str]:
    """Add fonts installed since matplotlib cached its list, which it never updates."""
    entries = font_manager.fontManager.ttflist
    listed, count = {entry.fname for entry in entries}, len(entries)
    for path in font_manager.findSystemFonts():
        if path in listed:
            continue
        try:
            font_manager.fontManager.addfont(path)
        except (OSError, RuntimeError):  # matplotlib cannot read every file in a font folder
            continue
    # Since matplotlib 3.11, one collection file may add several families.
    return {entry.name for entry in entries[count:]}


@functools.lru_cache(maxsize=4)
def _characters(families: tuple[str, ...]) -> frozenset[int]:
    paths = [font_manager.findfont(family, fallback_to_default=False) for family in families]
    return frozenset(code for path in paths for code in font_manager.get_font(path).get_charmap())


def drawable_names(
    names: Sequence[str], noun: str = 'class', length: int = MAX_LENGTH
) -> list[str]:
    """Return names that can be drawn: on one line, shortened, and without missing characters.

    A name with a character that no installed font has is replaced by its number, as in 'class 3';
    this is logged once per set of characters. Names that shortening makes equal start with their
    number.

    Args:
        names: Names of classes, runs or layers.
        noun: Word before a number, such as 'class'.
        length: Maximum length in letters; longer names are cut.
    """
    lines = [' '.join(str(name).split()) for name in names]
    known = _characters(font_families())
    missing = sorted({char for line in lines for char in line if ord(char) not in known})
    if missing:
        _warn_of_missing(''.join(missing), noun)
    drawn = [
        f'{noun} {number}' if not line or set(line).intersection(missing) else shorten(line, length)
        for number, line in enumerate(lines)
    ]
    alike = {name for name, count in Counter(drawn).items() if count > 1}
    return [
        shorten(f'{number} {line}', length) if name in alike else name
        for number, (name, line) in enumerate(zip(drawn, lines, strict=True))
    ]


def drawable_text(text: str) -> str:
    """Return a text with boxes for characters that no installed font has; log them once."""
    known = _characters(font_families())
    missing = {char for char in text if ord(char) not in known and not char.isspace()}
    if not missing:
        return text
    _warn_of_missing(''.join(sorted(missing)), None)
    return ''.join(BOX if char in missing else char for char in text)


def shorten(name: str, length: int) -> str:
    """Cut a name to ``length`` letters with an ellipsis; a Chinese character counts as two."""
    if letters_of(name) <= length:
        return name
    fitting = sum(total <= length - 1 for total in accumulate(map(letters_of, name)))
    return f'{name[:fitting]}…'


def letters_of(text: str) -> int:
    """Return the width of a text in letters; a Chinese character counts as two."""
    return sum(1 + (unicodedata.east_asian_width(char) in 'WF') for char in text)


def wrap(text: str, width: int) -> list[str]:
    """Wrap a text to lines of at most ``width`` letters; a percent sign stays with its number."""
    lines = ['']
    for word in _words(text, width):
        if letters_of(f'{lines[-1]}{word}'.rstrip()) > width:
            lines.append('')
        lines[-1] += word
    return [line.strip() for line in lines if line.strip()]


def _words(text: str, width: int) -> list[str]:
    """Split a text where a line may end: after words and Chinese characters."""
    parts: list[str] = []
    for part in re.split(r'(?<=\s)(?!%)|(?<=[\u2e80-\u9fff\uff00-\uffef])', text):
        while letters_of(part.rstrip()) > width:  # longer than a line
            fitting = sum(total <= width for total in accumulate(map(letters_of, part)))
            parts.append(part[:fitting])
            part = part[fitting:]
        parts.append(part)
    return parts


@functools.lru_cache(maxsize=32)  # log once for each text, not for each figure
def _warn_of_missing(characters: str, noun: str | None) -> None:
    from mmengine.logging import print_log  # imports torch, which plotting alone does not need

    shown = characters if len(characters) <= 10 else f'{characters[:10]}…'
    instead = f'{noun} numbers instead of such names' if noun else 'boxes instead'
    print_log(
        f'No font here can draw "{shown}"; figures show {instead}. '
        'Install a font with them, for Chinese e.g. Noto Sans CJK SC (Debian: fonts-noto-cjk), '
        'and draw again.',
        logger='current',
        level=logging.WARNING,
    )


def class_names(
    owner: str, classes: Sequence[str] | None, num_classes: int, length: int = MAX_LENGTH
) -> list[str]:
    """Return a drawable name for each class; without names, its number.

    Raises:
        ArgumentError: If the number of names is not ``num_classes``.
    """
    if classes is None:
        return [str(label) for label in range(num_classes)]
    if isinstance(classes, str) or len(classes) != num_classes:
        raise ArgumentError(
            f'{owner}.classes must be {num_classes} names, one per class, got {classes!r:.80}.'
        )
    return drawable_names(classes, length=length)


def full_name(name: str) -> str:
    """Return the name of a class, with 'class' before a number."""
    return f'class {name}' if name.isdigit() else name
