"""Reading of config files, and fingerprints."""

from __future__ import annotations

import ast
import hashlib
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import mmengine.config.config
import mmengine.config.utils
from mmengine.config import Config

from mmlesson.config.component_tree import CachedTree
from mmlesson.config.custom_imports import import_custom_modules
from mmlesson.config.overrides import drop_swapped
from mmlesson.config.provenance import Provenance
from mmlesson.config.registry_lookup import where
from mmlesson.config.source_files import (
    ConfigFile,
    locate_config,
    package_folder,
    resolve_config_path,
    source_files,
)
from mmlesson.errors import UserError
from mmlesson.registry import SCOPE


def read_config(path: str | Path) -> tuple[Config, list[ConfigFile], CachedTree]:
    """Read a config file; return its values, its source files and its tree.

    If a file changes a ``type`` of its bases, arguments that only the old class accepts are
    dropped, with a note on stderr.

    Raises:
        UserError: If the file does not exist, it or one of its bases cannot be read, or a custom
            import fails.
    """
    file = locate_config(path)
    files = source_files(file)
    provenance = Provenance(files)
    config = read_values(file)
    _tidy_scopes(config)
    package = _package_of(file)
    if package and 'default_scope' not in config:
        config.default_scope = package
    import_custom_modules(config, provenance)
    cache = CachedTree(config)
    drop_swapped(config, provenance.swaps, cache)
    return config, files, cache


_READING = threading.RLock()
"""One thread reads at a time, since it replaces functions of mmengine for the others too."""


def read_values(file: Path, variables: Mapping[str, Any] | None = None) -> Config:
    """Return what mmengine reads from a config file and its bases.

    Args:
        file: Config file.
        variables: Dotted keys and values, which are assigned wherever one of the files has
            assigned the variable that a key begins with.

    Raises:
        UserError: If a file cannot be executed.
    """
    try:
        with _READING, _patched_mmengine(variables or {}):
            return Config.fromfile(str(file), import_custom_modules=False)
    except (Exception, SystemExit) as err:  # executing a config can raise any error
        raise UserError(f'{file} cannot be read: {where(err)}') from err


@contextmanager
def _patched_mmengine(variables: Mapping[str, Any]) -> Iterator[None]:
    """Assign variables, and work around defects by which mmengine 0.10.7 refuses valid configs.

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
        (mmengine.config.config, 'RemoveAssignFromAST', partial(_Assigner, variables)),
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


class _Assigner(ast.NodeTransformer):
    """Replaces mmengine's ``RemoveAssignFromAST``, and adds assignments behind those of a file."""

    def __init__(self, variables: Mapping[str, Any], removed: str) -> None:
        self._variables = variables
        self._removed = removed

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if names[:1] == [self._removed]:
            return []
        keys = [key for key in self._variables if key.partition('.')[0] in names]
        return [node, *(_assignment(key, self._variables[key], node) for key in keys)]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node  # its variables are not those of the file


def _assignment(key: str, value: Any, place: ast.Assign) -> ast.stmt:
    """Return ``a['b'][0] = value`` for the key 'a.b.0'."""
    name, *parts = key.split('.')
    steps = [f'[{int(part) if part.isdecimal() else part!r}]' for part in parts]
    (made,) = ast.parse(f'{name}{"".join(steps)} = {value!r}').body
    for node in ast.walk(made):
        ast.copy_location(node, place)
    return made


def _tidy_scopes(config: Config) -> None:
    """Remove what mmengine's ``_scope_`` breaks in a config with a base of a package.

    mmengine 0.10.7 writes the package of 'package::' into each dict of the base. Within its own
    scope 'mmlesson' that says nothing, but a copy would not be the same as the original. In a
    collate function it would become an argument (runner/runner.py:1469).
    """
    if config.get('default_scope') == SCOPE:
        _drop_scope(config._cfg_dict)
    for split in ('train', 'val', 'test'):
        loader = config.get(f'{split}_dataloader')
        collate = loader.get('collate_fn') if isinstance(loader, Mapping) else None
        if isinstance(collate, dict) and '_scope_' in collate:
            scope, kind = collate.pop('_scope_'), collate.get('type')
            if isinstance(kind, str) and '.' not in kind:
                collate['type'] = f'{scope}.{kind}'


def _drop_scope(value: Any) -> None:
    if isinstance(value, dict):
        if value.get('_scope_') == SCOPE:
            del value['_scope_']
        value = list(value.values())
    for item in value if isinstance(value, list | tuple) else ():
        _drop_scope(item)


def _package_of(file: Path) -> str | None:
    """Return the package that ships a config file."""
    parts = file.absolute().parts
    return parts[parts.index('.mim') - 1] if '.mim' in parts else None


def fingerprint(config: Config) -> str:
    """Return the SHA-256 of everything that determines the result of a run."""
    aside = (
        *('work_dir', 'resume', 'resume_after_stop', 'load_from', 'launcher', 'log_level'),
        *('expect', 'visualizer', 'verbose'),
    )
    plain = {key: value for key, value in config.to_dict().items() if key not in aside}
    hooks = plain.get('default_hooks') or {}
    plain['default_hooks'] = {key: hook for key, hook in hooks.items() if key != 'visualization'}
    return hashlib.sha256(repr(_sorted(plain)).encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((str(key), _sorted(item)) for key, item in value.items())
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value
