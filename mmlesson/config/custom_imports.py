"""Import of the modules that a config names in ``custom_imports``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmlesson.config.provenance import Provenance
from mmlesson.config.registry_lookup import python_files, where
from mmlesson.config.source_files import shown
from mmlesson.errors import UserError, cut, did_you_mean, shorten

_PROJECT_FILES = ('pyproject.toml', 'setup.py', '.git')

_added: set[str] = set()  # folders that were added to sys.path for a config


def import_custom_modules(config: Config, provenance: Provenance) -> None:
    """Import the modules of ``custom_imports``; a failure is reported with its file and line.

    A module that Python does not find is looked for in the folder of the config, and in the folders
    above it up to the working directory or the root of the project; see `search_folders`. The
    folder where it is found is appended to ``sys.path``, with a note on stderr.

    mmengine 0.10.7 (config/config.py:462) reports sys.path instead.
    """
    custom = config.get('custom_imports')
    if not isinstance(custom, Mapping):
        return
    for name in _module_names(custom.get('imports')):
        try:
            _make_importable(name, config.filename)
            importlib.import_module(name)
        except UserError as err:
            source = provenance.source('custom_imports.imports')
            raise UserError(f'{source}: custom_imports: {cut(name, 150)}: {err}') from err
        except Exception as err:  # importing a module can raise any error
            if custom.get('allow_failed_imports') and isinstance(err, ImportError):
                why = f'{cut(name, 150)} was not found: {cut(str(err), 300)}'
                print(f'note: custom_imports: {why}', file=sys.stderr)
                continue
            source = provenance.source('custom_imports.imports')
            raise UserError(f'{source}: custom_imports: {_import_failure(name, err)}') from err


def search_folders(config: Path) -> Iterator[Path]:
    """Yield the folders in which the custom modules of a config may be.

    They are the config's own folder, and those above it up to the working directory or, if it is
    not below that, up to the root of its project, which has a pyproject.toml, setup.py or .git.
    Without either, the config's own folder is the only one.

    Args:
        config: Config file.
    """
    own = config.absolute().parent
    above = [own, *own.parents]
    ends = [Path.cwd(), *(f for f in above if any((f / name).exists() for name in _PROJECT_FILES))]
    last = next((folder for folder in ends if folder in above), own)
    yield from above[: above.index(last) + 1]


def _make_importable(name: str, filename: str | None) -> None:
    """Append the folder of a module near the config to ``sys.path``, if Python does not find it."""
    top = name.partition('.')[0]
    if not filename:
        return
    folder = next((f for f in search_folders(Path(filename)) if _has_module(f, top)), None)
    if folder is None:
        return
    if importlib.util.find_spec(top) is None:
        sys.path.append(str(folder))
        importlib.invalidate_caches()
        _added.add(str(folder))
        place = shown(folder) if folder != Path.cwd() else 'the working directory'
        print(f'note: custom_imports: {cut(name, 150)} is imported from {place}', file=sys.stderr)
    _refuse_another(top, folder)


def _has_module(folder: Path, name: str) -> bool:
    return (folder / f'{name}.py').is_file() or (folder / name / '__init__.py').is_file()


def _refuse_another(top: str, folder: Path) -> None:
    """Raise `UserError` if another config has made Python find this name in its own folder."""
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin is None:
        return
    origin = Path(spec.origin)
    found = origin.parents[1 if origin.name == '__init__.py' else 0]
    if str(found) in _added and found.resolve() != folder.resolve():
        raise UserError(
            f'{shorten(top)} is in {folder}, but this process already uses the '
            f'module of that name in {found}. Rename one of them, or use a process for each config.'
        )


def _module_names(names: Any) -> list[str]:
    names = [names] if isinstance(names, str) else names or []
    if isinstance(names, list | tuple) and all(isinstance(name, str) and name for name in names):
        return list(names)
    raise UserError(
        f'custom_imports.imports must be the names of modules, got {shorten(names)}. Write '
        "imports=['package.module']."
    )


def _import_failure(name: str, err: Exception) -> str:
    is_absent = isinstance(err, ModuleNotFoundError) and f'{name}.'.startswith(f'{err.name}.')
    if not is_absent:
        return f'{cut(name, 150)} cannot be imported: {where(err)}'
    top = name.partition('.')[0]
    ending = tuple(f'{name}.py'.split('.')[:-1])
    files = python_files([Path.cwd()])
    beside = next((f for f in files if f.with_suffix('').parts[-len(ending) :] == ending), None)
    if beside is not None:
        root = beside.parents[name.count('.')]
        found = f'{shown(beside)} is: set PYTHONPATH={root}'
        return f'there is no module {shorten(name)} on sys.path. {found}'
    near = did_you_mean(top, {m.partition('.')[0] for m in sys.modules})
    return f'there is no module {shorten(name)}.{near}'
