"""Reads a config file and puts the command line's overrides into it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmlesson.errors import UserError


def load_config(path: str | Path, options: Mapping[str, Any] | None = None) -> Config:
    """Return the config in ``path`` with ``options`` merged in.

    Args:
        path: A ``.py`` config with ``_base_`` files, or one of mmengine's other forms.
        options: Dotted keys and their values, as ``--cfg-options`` gives them.

    Raises:
        UserError: If there is no such file, or it cannot be read.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f'There is no config at {file}.{_nearest_config(file)}')
    try:
        config = Config.fromfile(str(file))
    except SyntaxError as err:
        raise UserError(f'{file} is no valid Python: {err.msg} (line {err.lineno}).') from err
    except RecursionError as err:
        raise UserError(f'{file}: its _base_ files include one another in a circle.') from err
    except Exception as err:  # a config is a program: anything can come out of it
        raise UserError(f'{file} cannot be read: {type(err).__name__}: {err}') from err
    if options:
        config.merge_from_dict(dict(options))
    return config


def fingerprint(config: Config) -> str:
    """Return the SHA-256 of what decides a run's result: not where it lies or how it is begun."""
    aside = ('work_dir', 'resume', 'load_from', 'launcher', 'log_level', 'expect', 'visualizer')
    plain = {key: value for key, value in config.to_dict().items() if key not in aside}
    hooks = plain.get('default_hooks') or {}
    plain['default_hooks'] = {key: hook for key, hook in hooks.items() if key != 'visualization'}
    return hashlib.sha256(repr(_sorted(plain)).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((str(key), _sorted(item)) for key, item in value.items())
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _nearest_config(file: Path) -> str:
    from difflib import get_close_matches

    folder = file.parent if file.parent.is_dir() else Path('configs')
    names = {found.name: found for found in folder.rglob('*.py') if '_base_' not in found.parts}
    near = get_close_matches(file.name, names, n=1)
    return f' Did you mean {names[near[0]]}?' if near else ''
