"""Markdown as GitHub reads it, rewritten for Python-Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

ITEM = re.compile(r'(?:\d+\.|[-*]) +(?=\S)')
CODE = re.compile(r'(^ *```.*?^ *```|`[^`\n]*`)', re.MULTILINE | re.DOTALL)
FENCE = re.compile(r' *(```|~~~)')
FOLD = re.compile(r'( *)<details><summary>(.*?)</summary>')
MEASURED = re.compile(r'<!--=.*?-->|<!--/-->', re.DOTALL)
CHINESE = r'[\u2e80-\u303f\u3400-\u9fff\uff00-\uffef]'
BROKEN_LINE = re.compile(rf'(?<={CHINESE})\n *(?=\*{{0,2}}{CHINESE})')


def to_python_markdown(text: str) -> str:
    """Rewrite a page of GitHub's Markdown.

    Text of a list item is indented by four columns, folds (``<details>``) become those of
    pymdownx, comments around measured numbers are removed, and so are line breaks between Chinese
    characters, which a browser would show as spaces.
    """
    text = replace_outside_code(MEASURED, '', text)
    text = replace_outside_code(BROKEN_LINE, '', text)
    return '\n'.join(_folded(_indented(text.splitlines()))) + '\n'


def replace_outside_code(
    pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str], text: str
) -> str:
    """Replace a pattern in a page, but not in its blocks and spans of code."""
    parts = CODE.split(text)
    parts[::2] = [pattern.sub(replacement, part) for part in parts[::2]]
    return ''.join(parts)


def _indented(lines: list[str]) -> Iterator[str]:
    """Yield the lines with list items, and what belongs to them, indented by four columns."""
    width = 0  # columns before the text of the present list item; 0 outside of a list
    is_code = False  # in a block of code that belongs to no list item
    is_after_blank = False
    for line in lines:
        item = None if is_code else ITEM.match(line)
        if item:
            width = len(item[0])
            yield f'{item[0].strip():<3} {line[width:]}'
        elif width and line[:width].isspace():
            yield f'    {line[width:]}'
        else:
            width = 0 if is_after_blank and line.strip() else width
            is_code ^= width == 0 and FENCE.match(line) is not None
            yield line
        is_after_blank = not line.strip()


def _folded(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines with each ``<details>`` as ``???`` and what it contains indented."""
    indent: str | None = None
    for line in lines:
        fold = FOLD.fullmatch(line)
        if fold:
            indent = fold[1]
            yield f'{indent}??? question "{fold[2]}"'
            yield ''
        elif indent is not None and line.strip() == '</details>':
            indent = None
            yield ''
        else:
            yield f'    {line}' if indent is not None and line.strip() else line
