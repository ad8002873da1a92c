"""Reading of config files, custom imports and fingerprints."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mmengine.config.config
import mmengine.config.utils
from mmengine.config import Config

from mmlesson.config.component_tree import CachedTree
from mmlesson.config.overrides import drop_swapped
from mmlesson.config.provenance import Provenance
from mmlesson.config.registry_lookup import python_files, where
from mmlesson.config.source_files import (
    ConfigFile,
    package_folder,
    resolve_config_path,
    shown,
    source_files,
)
from mmlesson.errors import UserError, cut, did_you_mean, shorten


def read_config(path: str | Path) -> tuple[Config, list[ConfigFile], CachedTree]:
    """Read a config file; return its values, its source files and its tree.

    If a file changes a ``type`` of its bases, arguments that only the old class accepts are
    dropped, with a note on stderr.

    Raises:
        UserError: If the file does not exist, it or one of its bases cannot be read, or a custom
            import fails.
    """
    file = resolve_config_path(path)
    if not file.is_file():
        raise UserError(f'There is no config at {file}.{_nearest_config(file)}')
    files = source_files(file)
    provenance = Provenance(files)
    try:
        with _patched_mmengine():
            config = Config.fromfile(str(file), import_custom_modules=False)
    except Exception as err:  # executing a config can raise any error
        raise UserError(f'{file} cannot be read: {where(err)}') from err
    package = _package_of(file)
    if package and 'default_scope' not in config:
        config.default_scope = package
    import_custom_modules(config, provenance)
    cache = CachedTree(config)
    drop_swapped(config, provenance.swaps, cache)
    return config, files, cache


@contextmanager
def _patched_mmengine() -> Iterator[None]:
    """Work around defects that keep mmengine 0.10.7 from reading valid configs.

    config/utils.py:14 looks for the standard library beside the interpreter, so that in a virtual
    environment ``import math`` ends in a blank RuntimeError; utils/package_utils.py:18 needs
    pkg_resources, which setuptools >= 82 lacks, to find the bases of another package.
    """

    def is_standard(name: str) -> bool:
        return name.startswith('mmengine.config') or name.partition('.')[0] in standard

    def external_path(name: str, filename: str) -> tuple[str, str | None]:
        scope, colons, _ = name.partition('::')
        path = Path(filename).parent / resolve_config_path(name)
        return str(path), scope if colons else None

    standard = {*sys.stdlib_module_names, *sys.builtin_module_names}
    mends: list[tuple[Any, str, Any]] = [
        (mmengine.config.config, '_is_builtin_module', is_standard),
        (mmengine.config.utils, '_is_builtin_module', is_standard),
        (mmengine.config.config, 'get_installed_path', package_folder),
        (Config, '_get_cfg_path', staticmethod(external_path)),
    ]
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in mends]
    try:
        for owner, name, mend in mends:
            setattr(owner, name, mend)
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _package_of(file: Path) -> str | None:
    """Return the package that ships a config file."""
    parts = file.absolute().parts
    return parts[parts.index('.mim') - 1] if '.mim' in parts else None


def import_custom_modules(config: Config, provenance: Provenance) -> None:
    """Import the modules of ``custom_imports``; a failure is reported with its file and line.

    mmengine 0.10.7 (config/config.py:462) reports sys.path instead.
    """
    custom = config.get('custom_imports')
    if not isinstance(custom, Mapping):
        return
    for name in _module_names(custom.get('imports')):
        try:
            importlib.import_module(name)
        except Exception as err:  # importing a module can raise any error
            if custom.get('allow_failed_imports') and isinstance(err, ImportError):
                why = f'{cut(name, 150)} was not found: {cut(str(err), 300)}'
                print(f'note: custom_imports: {why}', file=sys.stderr)
                continue
            source = provenance.source('custom_imports.imports')
            raise UserError(f'{source}: custom_imports: {_import_failure(name, err)}') from err


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


def fingerprint(config: Config) -> str:
    """Return the SHA-256 of everything that determines the result of a run."""
    aside = (
        *('work_dir', 'resume', 'resume_after_stop', 'load_from', 'launcher', 'log_level'),
        *('expect', 'visualizer'),
    )
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
