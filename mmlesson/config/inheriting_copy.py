"""A new config that inherits from another one, with the inherited values as comments."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

from mmengine.config import Config

from mmlesson.config.loaded import LoadedConfig
from mmlesson.config.schema import KNOWN_KEYS
from mmlesson.utils.shipped import shipped_folder

LEFT_OUT = ('expect', 'default_scope')
"""Keys that a copy does not show: claims about the original, and the registry scope."""


def inheriting_copy(config: str | Path, out: Path) -> str:
    """Return the text of a new config whose base is ``config``.

    Every inherited value is in it as a comment. To change a value, remove the '#' of its line; what
    is left out of a ``dict`` is inherited.

    Args:
        config: Config to inherit from, as `LoadedConfig.open` takes it.
        out: File that the text is for; a base that is no shipped config is relative to it.

    Raises:
        UserError: If the config cannot be read.
    """
    loaded = LoadedConfig.open(config)
    base = _base_name(config, loaded.config.filename, out)
    values = loaded.config.to_dict()
    shown = [key for key in values if key in KNOWN_KEYS and key not in LEFT_OUT]
    return '\n'.join(
        [
            f'"""Inherits from {base}: change a value below, and train with',
            '',
            f'    mmlesson train {quote(out.as_posix())}',
            '"""',
            '',
            f"_base_ = ['{base}']",
            '',
            '# The inherited values. To change one, remove the # of its lines; what a dict(...)',
            '# does not name stays as it is.',
            *[_comment(key, values[key]) for key in shown],
            '',
        ]
    )


def _base_name(config: str | Path, filename: str, out: Path) -> str:
    """Return how the new file names its base: 'mmlesson::mlp/mlp_xor.py', or a path."""
    if '::' in str(config):
        return str(config)
    file, root = Path(filename).resolve(), shipped_folder('configs').resolve()
    if file.is_relative_to(root):
        return f'mmlesson::{file.relative_to(root).as_posix()}'
    folder = out.absolute().parent.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.as_posix()


def _comment(key: str, value: Any) -> str:
    text = Config({key: value}).pretty_text.strip()
    return '\n'.join(['', *[f'# {line}' for line in text.splitlines()]])
