"""Source files of a config, bases first; errors name file and line."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError, cut, did_you_mean, shorten
from mmlesson.utils.shipped import find_config, shipped_configs, shipped_folder

_ENDINGS = ('.py', '.yaml', '.yml', '.json')


@dataclass(frozen=True)
class ConfigFile:
    """A config file in a chain of bases.

    Args:
        path: Path of the file.
        tree: Syntax tree; None for YAML and JSON.
    """

    path: Path
    tree: ast.Module | None

    @property
    def is_lazy(self) -> bool:
        """Whether bases are imported in ``with read_base():``."""
        return self.tree is not None and any(isinstance(n, ast.With) for n in self.tree.body)


def resolve_config_path(name: str | Path) -> Path:
    """Return the file of a base; 'mmpretrain::resnet/x.py' is shipped by that package.

    Raises:
        UserError: If the package is not installed.
    """
    package, colons, inner = str(name).partition('::')
    if not colons:
        return Path(name)
    if package == 'mmlesson':
        return shipped_folder('configs') / inner
    folder = package_folder(package)
    if folder is None:
        raise UserError(
            f'{cut(str(name), 150)}: package {shorten(package)} is not installed. Install it, or '
            'give a file.'
        )
    return Path(folder, '.mim', 'configs', inner)


def package_folder(package: str) -> str | None:
    """Return the folder of a package, or None if it is not installed."""
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    return next(iter(spec.submodule_search_locations or ()), None) if spec else None


def locate_config(name: str | Path) -> Path:
    """Return the file of a config that a user has named, see `find_config`.

    Raises:
        UserError: If there is no such file, with the nearest name.
    """
    file = resolve_config_path(name) if '::' in str(name) else find_config(name)
    if not file.is_file():
        raise UserError(f'There is no config at {file}.{_nearest_config(file)}')
    return file


def _nearest_config(file: Path) -> str:
    from difflib import get_close_matches

    folder = file.parent if file.parent.is_dir() else Path('configs')
    nearby = [*folder.glob('*.py'), *folder.glob('[!._]*/*.py')]  # not all below: it may be '/'
    names = {found.name: found for found in nearby}
    near = get_close_matches(file.name, names, n=1, cutoff=0.75)  # '.py' alone is alike
    if near and file.suffix:
        return f' Did you mean {names[near[0]]}?'
    shipped = {key: name for name in shipped_configs() for key in (name, Path(name).name)}
    near = get_close_matches(file.as_posix().removesuffix('.py'), shipped, n=1)
    return f' Did you mean {shipped[near[0]]}?' if near else ''


def source_files(path: str | Path) -> list[ConfigFile]:
    """Return the file ``path`` and all of its bases, each once, bases first.

    Raises:
        UserError: If a file is missing, is not valid Python, or includes itself; the message has
            file and line, which mmengine 0.10.7 (config/config.py:628) loses.
    """
    return list({file.path: file for file in _walk(_absolute(Path(path)), ())}.values())


def base_names(file: ConfigFile) -> list[tuple[str, int]]:
    """Return the bases of a file, as written, with their lines; relative imports as paths."""
    if file.tree is None:
        return [(name, 1) for name in _as_list(load_data(file.path).get('_base_', []))]
    names: list[tuple[str, int]] = []
    for node in file.tree.body:
        if isinstance(node, ast.Assign) and _is_name(node.targets[0], '_base_'):
            names += [(name, node.lineno) for name in _evaluate(node, file.path)]
        elif isinstance(node, ast.With):
            imports = [inner for inner in node.body if isinstance(inner, ast.ImportFrom)]
            names += [(_module_file(inner), inner.lineno) for inner in imports]
    return names


def _walk(path: Path, above: tuple[Path, ...]) -> Iterator[ConfigFile]:
    file = ConfigFile(path, _parse(path))
    for name, line in base_names(file):
        base = _absolute(path.parent / resolve_config_path(name))
        if base == path or base in above:
            raise UserError(
                f'{shown(path)}:{line}: _base_ {shorten(name)} includes this file again: the '
                'files build on each other in a cycle. Remove one of the two.'
            )
        if not base.is_file():
            near = did_you_mean(base.name, [sibling.name for sibling in base.parent.glob('*.py')])
            raise UserError(
                f'{shown(path)}:{line}: _base_ {shorten(name, 200)} does not exist: '
                f'{cut(str(base), 300)}.{near}'
            )
        yield from _walk(base, (*above, path))
    yield file


def _parse(path: Path) -> ast.Module | None:
    if path.suffix not in _ENDINGS:
        raise UserError(
            f'{shown(path)} is no config: its name must end in {" or ".join(_ENDINGS)}.'
        )
    if path.suffix != '.py':
        return None
    try:
        return ast.parse(_read_text(path))
    except RecursionError as err:
        raise UserError(f'{shown(path)}: too many brackets are nested in each other.') from err
    except ValueError as err:  # null bytes
        raise UserError(f'{shown(path)}: invalid Python ({cut(str(err), 300)}).') from err
    except SyntaxError as err:
        line = cut((err.text or '').strip(), 200)
        text = f'invalid Python ({cut(err.msg, 300)}){f": {line}" if line else ""}'
        raise UserError(f'{shown(path)}:{err.lineno}: {text}') from err


def _read_text(path: Path) -> str:
    """Return the text of a config, as mmengine reads it: UTF-8 without a byte order mark."""
    try:
        text = path.read_text(encoding='utf-8')
    except UnicodeDecodeError as err:
        raise UserError(
            f'{shown(path)} is not saved as UTF-8: byte {err.start} is '
            f'{err.object[err.start]:#x}. Save it in your editor with the encoding UTF-8.'
        ) from err
    if text.startswith('\ufeff'):
        raise UserError(
            f'{shown(path)} begins with a byte order mark. Save it in your editor with the '
            'encoding UTF-8, without BOM.'
        )
    return text


def shown(path: Path) -> str:
    """Return a path for messages: relative to the working directory if it is below it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _absolute(path: Path) -> Path:
    """Return the path without '..'; links are kept, since bases are relative to the link."""
    return Path(path.absolute().parent.resolve(), path.name)


def _evaluate(node: ast.Assign, path: Path) -> list[str]:
    """Return the value of ``_base_``, computed as mmengine does."""
    try:
        code = compile(ast.Expression(node.value), str(path), 'eval')
        return [str(name) for name in _as_list(eval(code))]
    except Exception as err:  # evaluating a config can raise any error
        what = f'{type(err).__name__}: {err}'
        raise UserError(f'{shown(path)}:{node.lineno}: _base_ cannot be read: {what}') from err


def _module_file(node: ast.ImportFrom) -> str:
    """Return the file of ``from ..a.b import *`` within ``read_base()``, as mmengine finds it."""
    parts = (node.module or '').split('.')
    if node.level:
        return '/'.join(['..'] * (node.level - 1) + parts) + '.py'
    return '/'.join([package_folder(parts[0]) or parts[0], *parts[1:]]) + '.py'


def load_data(path: Path) -> dict[str, Any]:
    """Return the content of a YAML or JSON config, without its bases."""
    from mmengine.fileio import load

    try:
        return dict(load(str(path)) or {})
    except Exception as err:  # of the YAML and JSON readers, which have classes of their own
        reason = str(err).partition('\n')[0]
        raise UserError(f'{shown(path)} cannot be read: {type(err).__name__}: {reason}') from err


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def names_used(file: ConfigFile) -> set[str]:
    """Return the names that a file reads or deletes: its own variables and ``_base_.name``."""
    if file.tree is None:
        return set()
    nodes = list(ast.walk(file.tree))
    used = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    attributes = [n for n in nodes if isinstance(n, ast.Attribute)]
    used |= {n.attr for n in attributes if _is_name(n.value, '_base_')}
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return used | {name for text in texts for name in re.findall(r'_base_\.(\w+)', text)}


def assigned_names(file: ConfigFile) -> set[str]:
    """Return the plain names that a file assigns, at the top level."""
    return set(_variables(file))


def late_variables(files: Sequence[ConfigFile]) -> dict[str, str]:
    """Return unused variables that a file sets after a base has used its own value.

    Such a line has no effect: the value has already been used.

    Args:
        files: Source files, bases first, see `source_files`.

    Returns:
        File name of that base, by variable name.
    """
    late: dict[str, str] = {}
    for index, file in enumerate(files):
        own = _variables(file)
        unused = own.keys() - set().union(*map(names_used, files[index:]))
        for base in files[:index]:
            other, used = _variables(base), names_used(base)
            changed = [name for name in unused & used if other.get(name, own[name]) != own[name]]
            late |= dict.fromkeys(changed, shown(base.path))
    return late


def _variables(file: ConfigFile) -> dict[str, str]:
    """Return the values that a file assigns to plain names, as dumped syntax trees."""
    assigns = [n for n in (file.tree.body if file.tree else ()) if isinstance(n, ast.Assign)]
    names = [(t, node.value) for node in assigns for t in node.targets]
    return {t.id: ast.dump(value) for t, value in names if isinstance(t, ast.Name)}
