"""Text of a config that inherits the shipped bases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

_WIDTH = 100


@dataclass
class ConfigGuess:
    """A config that was guessed from data.

    Args:
        network: 'mlp' or 'cnn', the beginning of the name of the file.
        title: First line of its docstring.
        bases: Shipped bases below ``configs``.
        lines: Settings, as lines of Python.
        new_data: Word for the files of a later prediction, such as 'new.csv'.
        notes: Guesses, a line each.
    """

    network: str
    title: str
    bases: Sequence[str]
    lines: Sequence[str]
    new_data: str
    notes: list[str] = field(default_factory=list)


def quoted(value: Any) -> str:
    """Return a value as Python that mmengine reads unchanged.

    Two braces in a config are replaced by mmengine before Python sees them, and a lone surrogate,
    of a file name that is no UTF-8, cannot be written; both are written as escapes.
    """
    text = repr(value).replace('{{', '{\\x7b')
    return re.sub('[\ud800-\udfff]', lambda match: f'\\u{ord(match[0]):04x}', text)


def quoted_list(name: str, values: Sequence[str]) -> list[str]:
    """Return the lines of ``name=[...]``, an argument within one pair of brackets."""
    items = [f'{quoted(value)},' for value in values]
    line = f'    {name}=[{" ".join(items).rstrip(",")}],'
    if len(line) <= _WIDTH:
        return [line]
    lines, current = [f'    {name}=['], ' ' * 7
    for item in items:
        if len(current) + 1 + len(item) > _WIDTH and current.strip():
            lines.append(current)
            current = ' ' * 7
        current += f' {item}'
    return [*lines, current, '    ],']


def for_people(text: str) -> str:
    """Return a text for a docstring or a comment, without what could end it or be replaced."""
    plain = ''.join(char if char.isprintable() else ' ' for char in text)
    return plain.replace('\\', '/').replace('"', "'").replace('{', '(').replace('}', ')')


def config_text(guess: ConfigGuess, out: Path) -> str:
    """Return the text of a config.

    Args:
        guess: What it sets.
        out: File that it will be.
    """
    file, run = (for_people(quote(name)) for name in (str(out), f'work_dirs/{out.stem}'))
    bases = [f"    'mmlesson::{name}'," for name in guess.bases]
    return '\n'.join(
        [
            f'"""{for_people(guess.title)}',
            '',
            'Written from guesses by mmlesson make-config: change what you know better.',
            '',
            f'Run:     mmlesson train {file}',
            f'Predict: mmlesson predict {run} {guess.new_data}',
            '"""',
            '',
            '_base_ = [',
            *bases,
            ']',
            '',
            *guess.lines,
            '',
        ]
    )


def default_file(guess: ConfigGuess, data: Path) -> Path:
    """Return the name of a config after its data, in the current directory."""
    name = re.sub(r'\W+', '_', data.absolute().stem).strip('_') or 'data'
    return Path(f'{guess.network}_{name}.py')
