"""Lookup of registered types by name, with the reason for a failure."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from mmengine.registry import Registry

from mmlesson.config.source_files import shown
from mmlesson.errors import UserError, cut, did_you_mean, shorten
from mmlesson.utils.quiet import quiet_imports

_MOST_FILES = 5000  # maximum number of files searched for an unregistered class
_NO_SOURCES = {'site-packages', 'node_modules', '__pycache__', 'work_dirs', 'build', 'dist'}


class UnknownTypeError(Exception):
    """A type name that cannot be found; the message states the reason."""


def find_type(registry: str, name: str, scopes: Sequence[str], filename: str | None) -> Any:
    """Return the class or function of a type name.

    Args:
        registry: Name of a root registry, such as 'MODELS'.
        name: 'MLP', 'mmpretrain.ResNet' or 'package.module.Class'.
        scopes: Scopes in which a name without a scope is looked up, in this order, then mmengine.
        filename: Config file; its folder is also searched for classes that are not registered.

    Raises:
        UnknownTypeError: If there is no such type.
    """
    prefix, dot, rest = name.partition('.')
    if dot and not is_scope(prefix):
        return _find_object(name)
    wanted = [(prefix, rest)] if dot else [(scope, name) for scope in scopes]
    for scope, plain in wanted:
        found = _search(_registry(registry, scope), plain, climbs=not dot)
        if found is not None:
            return found
    try:
        return _find_object(name) if dot else _fail(registry, name, wanted, filename)
    except UnknownTypeError:
        return _fail(registry, name, wanted, filename)


def _search(registry: Registry | None, name: str, climbs: bool) -> Any:
    while registry is not None:
        with _locating_errors():
            registry.import_from_location()
        if name in registry.module_dict:
            return registry.module_dict[name]
        registry = registry.parent if climbs else None
    return None


def _registry(registry: str, scope: str) -> Registry:
    """Return the registry of a scope, or the root one if the scope has none of its own."""
    root = _root(registry)
    if root.scope != scope:
        with _locating_errors():
            if _has_module(f'{scope}.registry'):
                importlib.import_module(f'{scope}.registry')
    child = root._search_child(scope)
    return root if child is None else child  # an empty registry is falsy


def _root(registry: str) -> Registry:
    # Importing these modules fills mmengine's own registries.
    for module in ('runner', 'hooks', 'optim', 'evaluator', 'visualization'):
        importlib.import_module(f'mmengine.{module}')
    if registry == 'STRATEGIES':
        importlib.import_module('mmengine._strategy')
    root: Registry = getattr(importlib.import_module('mmengine.registry'), registry)
    return root


def is_scope(name: str) -> bool:
    """Return whether a package has registries of its own."""
    if not name.isidentifier():
        return False
    roots = importlib.import_module('mmengine.registry')
    if name == roots.MODELS.scope or any(name in root.children for root in _roots()):
        return True
    with _locating_errors():
        return _has_module(f'{name}.registry')


def _has_module(name: str) -> bool:
    """Return whether a module exists; importing its parent packages may raise."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as err:
        if err.name is not None and f'{name}.'.startswith(f'{err.name}.'):
            return False
        raise
    except ValueError:  # '' or a module without a spec
        return False


def _roots() -> Iterator[Registry]:
    for value in vars(importlib.import_module('mmengine.registry')).values():
        if isinstance(value, Registry):
            yield value


def _find_object(name: str) -> Any:
    """Return the object 'package.module.Class'."""
    parts = name.split('.')
    for end in range(len(parts) - 1, 0, -1):
        module_name = '.'.join(parts[:end])
        with _locating_errors():
            if not _has_module(module_name):
                continue
            found: Any = importlib.import_module(module_name)
        for part in parts[end:]:
            found = getattr(found, part, None)
        if found is not None:
            return found
        near = did_you_mean(parts[-1], dir(importlib.import_module(module_name)))
        raise UnknownTypeError(
            f'{cut(module_name, 200)} has no {shorten(".".join(parts[end:]))}.{near}'
        )
    children = {child for root in _roots() for child in root.children}
    near = did_you_mean(parts[0], {*children, 'mmengine', 'mmpretrain'} - {parts[0]})
    raise UnknownTypeError(
        f'{shorten(name)} has the scope {shorten(parts[0])}, which is not an installed package.'
        f'{near}'
    )


def _fail(registry: str, name: str, wanted: Sequence[tuple[str, str]], filename: str | None) -> Any:
    """Raise an error with the most helpful hint for a name that is not registered."""
    scope, plain = wanted[0]
    start = f'{shorten(name)} is not in the registry {registry} of {scope}'
    other = _other_scope(registry, plain, [scope for scope, _ in wanted])
    if other:
        raise UnknownTypeError(f'{start}. Did you mean {shorten(f"{other}.{plain}", 200)}?')
    kinds = [root.name for root in _roots() if _is_in_tree(root, plain)]
    if kinds:
        raise UnknownTypeError(
            f'{start}: {shorten(plain)} is a {kinds[0]}, and cannot be used here.'
        )
    file = find_class(plain, filename)
    if file is not None:
        raise UnknownTypeError(f'{start}. {_registration(plain, file, registry)}')
    choices = _names(_registry(registry, scope), climbs='.' not in name)
    near = did_you_mean(plain, choices)
    if '.' in name:
        near = near.replace("'", f"'{scope}.", 1)
    raise UnknownTypeError(f'{start}.{near}')


def _other_scope(registry: str, name: str, tried: Sequence[str]) -> str | None:
    """Return another scope that has ``name``."""
    for scope in ('mmlesson', 'mmpretrain', *_root(registry).children):
        if scope not in tried and importlib.util.find_spec(scope):
            own = _registry(registry, scope)
            if own.scope == scope and _search(own, name, climbs=False) is not None:
                return scope
    return None


def _is_in_tree(registry: Registry, name: str) -> bool:
    own = name in registry.module_dict
    return own or any(_is_in_tree(child, name) for child in registry.children.values())


def _names(registry: Registry | None, climbs: bool) -> set[str]:
    names: set[str] = set()
    while registry is not None:
        names |= set(registry.module_dict)
        registry = registry.parent if climbs else None
    return names


def _registration(name: str, file: Path, registry: str) -> str:
    loaded = {getattr(module, '__file__', None) for module in list(sys.modules.values())}
    if str(file) in loaded:
        return f'{name} is defined in {shown(file)}: decorate it with {registry}.register_module().'
    parts = file.with_suffix('').parts
    roots = [Path(entry).resolve() for entry in [*sys.path, '.']]
    root = max((r for r in roots if r in file.parents), key=lambda r: len(r.parts), default=None)
    module = '.'.join(parts[len(root.parts) :] if root else parts[-1:])
    return (
        f'{name} is defined in {shown(file)}, which nothing imports: add '
        f"custom_imports = dict(imports=['{module}'])."
    )


@lru_cache(maxsize=64)
def find_class(name: str, filename: str | None) -> Path | None:
    """Return the file below the working or the config folder that defines ``name``, or None."""
    if not name.isidentifier():
        return None
    folders = [Path.cwd(), *([Path(filename).absolute().parent] if filename else [])]
    pattern = re.compile(rf'^(?:class|def) {name}\b', re.MULTILINE)
    for file in python_files(folders):
        try:
            if pattern.search(file.read_text(encoding='utf-8')):
                return file.resolve()
        except (OSError, UnicodeDecodeError):
            continue
    return None


def python_files(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield at most `_MOST_FILES` Python files in and below folders, without installed packages."""
    return islice(_walk(folders), _MOST_FILES)


def _walk(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
        yield from (entry for entry in entries if entry.suffix == '.py')
        below = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
        kept = [e for e in below if not e.name.startswith('.') and e.name not in _NO_SOURCES]
        yield from _walk(kept)


@contextmanager
def _locating_errors() -> Iterator[None]:
    """Turn an error inside an imported module into one line with that module's file and line."""
    try:
        with quiet_imports():
            yield
    except (UnknownTypeError, UserError):
        raise
    except Exception as err:  # importing a module can raise any error
        raise UnknownTypeError(f'a module cannot be imported: {where(err)}') from err


def where(err: BaseException) -> str:
    """Return 'file:line: kind: message' of the root cause of an error."""
    while err.__cause__ is not None:
        err = err.__cause__
    if isinstance(err, SyntaxError) and err.filename:
        return f'{shown(Path(err.filename))}:{err.lineno}: SyntaxError: {cut(err.msg, 300)}'
    frames = [f for f in traceback.extract_tb(err.__traceback__) if not _is_loader(f.filename)]
    # Prefer frames of the user's code to those of installed packages.
    frames = [f for f in frames if not _is_installed(f.filename)] or frames
    place = f'{shown(Path(frames[-1].filename))}:{frames[-1].lineno}: ' if frames else ''
    return f'{place}{type(err).__name__}: {cut(str(err), 400)}'


def _is_loader(file: str) -> bool:
    """Return whether a file is part of the loading machinery, not the cause of an error."""
    own = Path(__file__).parent
    return (
        'importlib' in file
        or 'mmengine/config' in Path(file).as_posix()
        or (own in Path(file).parents)
    )


def _is_installed(file: str) -> bool:
    return bool({'site-packages', 'dist-packages'} & set(Path(file).parts)) and '.mim' not in file
