"""Errors of upstream constructors for arguments of the config, as one line."""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmlesson.errors import ArgumentError, RunError, UserError

_BUILDERS = (
    *('runner_building.py', 'runner.py', 'build.py', 'build_errors.py'),
    *('registry.py', 'compile.py'),
)
_PACKAGE = Path(__file__).parents[1]
_REFUSALS = (
    *(TypeError, ValueError, KeyError, IndexError, AttributeError, AssertionError),
    ArithmeticError,
)
_NO_MEMORY = ("can't allocate memory", 'out of memory', 'Storage size calculation overflowed')


@contextmanager
def naming_refusals(key: str) -> Iterator[None]:
    """Turn what an installed class says of arguments of the config into one line with their key.

    The config check knows the types of arguments and some of their bounds; a class may have rules
    of its own. An error inside of mmlesson or of the user's own code is a defect, and keeps its
    traceback.

    Args:
        key: Key of the config that is built from.

    Raises:
        ArgumentError: If an installed class refuses its arguments.
        RunError: If there is not enough memory for what they ask for.
    """
    try:
        yield
    except UserError:
        raise
    except (MemoryError, RuntimeError, *_REFUSALS) as err:
        if isinstance(err, MemoryError) or any(text in str(err) for text in _NO_MEMORY):
            raise RunError(f'{key} asks for more memory than there is: {_first_line(err)}') from err
        if isinstance(err, _REFUSALS) and _is_from_installed_class(err):
            raise ArgumentError(
                f'{key} cannot be built: {type(err).__name__}: {_first_line(err)}'
            ) from err
        raise


def _first_line(err: BaseException) -> str:
    text = (str(err).strip() or 'no reason given').splitlines()[0]
    return text if len(text) <= 300 else f'{text[:297]}...'


def _is_from_installed_class(err: BaseException) -> bool:
    """Return whether all code between the builders and an error belongs to installed packages."""
    files = [Path(frame.filename) for frame in traceback.extract_tb(err.__traceback__)]
    return all(_is_builder(file) or _is_installed(file) for file in files)


def _is_builder(file: Path) -> bool:
    return _PACKAGE in file.parents and file.name in _BUILDERS


def _is_installed(file: Path) -> bool:
    is_package = bool({'site-packages', 'dist-packages'} & set(file.parts))
    is_standard = Path(sysconfig.get_path('stdlib')) in file.parents
    return _PACKAGE not in file.parents and (is_package or is_standard)
