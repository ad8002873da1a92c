"""Configs that mmlesson ships, by name."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from mmlesson.errors import UserError, did_you_mean

_PACKAGE = Path(__file__).parents[1]


def configs_folder() -> Path:
    """Return the folder of the configs: that of the wheel, or else that of the checkout."""
    installed = _PACKAGE / '.mim' / 'configs'
    return installed if installed.is_dir() else _PACKAGE.parent / 'configs'


@cache
def _names(folder: Path) -> tuple[str, ...]:
    files = (file.relative_to(folder) for file in folder.glob('*/*.py'))
    return tuple(
        sorted(file.with_suffix('').as_posix() for file in files if file.parts[0] != '_base_')
    )


def list_configs(pattern: str = '*') -> list[str]:
    """Return the names of the shipped configs, such as 'mlp/mlp_xor'.

    Args:
        pattern: Shell pattern of names, such as 'mlp/*'.
    """
    return [name for name in _names(configs_folder()) if fnmatchcase(name, pattern)]


def find_config(name: str | Path) -> str | Path:
    """Return the file of a config.

    Args:
        name: A file; or the name of a shipped config, with or without its folder: 'mlp/mlp_xor',
            'mlp_xor', also with '.py'. A file of that name takes precedence. A name with '::' is
            returned as it is.

    Returns:
        The file; ``name`` itself if it ends in '.py' or another suffix and there is no such file.

    Raises:
        UserError: If several shipped configs have the name, or neither a file nor a config has it.
    """
    text, file = str(name), Path(name)
    if '::' in text or file.is_file() or file.suffix not in ('', '.py'):
        return name
    beside = file.with_name(f'{file.name}.py') if file.name and not file.suffix else file
    if beside.is_file():
        return beside
    names = list_configs()
    asked = text.removesuffix('.py')
    found = [known for known in names if asked in (known, known.rpartition('/')[2])]
    if len(found) > 1:
        raise UserError(f'{text!r} is the name of several configs: {", ".join(found)}.')
    if found:
        return configs_folder() / f'{found[0]}.py'
    if file.suffix:
        return name
    near = did_you_mean(text, [*names, *(known.rpartition('/')[2] for known in names)])
    raise UserError(f'There is no config at {text}, and none of that name is shipped.{near}')
