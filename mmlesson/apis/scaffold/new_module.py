"""New files: a module in the current folder, or a project in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from mmlesson.apis.scaffold.names import KINDS, check_class, check_module, module_name
from mmlesson.errors import UserError, check_choice
from mmlesson.utils.atomic_file import new_folder, write_text
from mmlesson.utils.html import render

CLASSES = {
    'backbone': 'ShortcutMLP',
    'dataset': 'Bars',
    'hook': 'WeightNormHook',
    'metric': 'WorstClass',
    'loss': 'FocalLoss',
    'backend': 'CsvBackend',
}
"""Classes of a new project, by kind."""


def new_module(kind: str, name: str, folder: Path) -> Path:
    """Write a module with one registered class, and return its file.

    Args:
        kind: One of `KINDS`.
        name: Name of the class; the file is named after it, see `module_name`.
        folder: Folder of the file.

    Raises:
        UserError: If the name is not accepted, or the file exists.
    """
    check_choice('new', 'kind', kind, KINDS)
    file = folder / f'{module_name(name)}.py'
    if file.exists():
        raise UserError(f'{file} exists already. Choose another name, or remove it.')
    check_class(kind, name)
    write_text(file, _text(f'{kind}.py.j2', name=name))
    return file


def new_project(folder: Path, package: str | None = None) -> list[Path]:
    """Write a package with a module of each kind, a config and tests, and return the files.

    Args:
        folder: Folder of the project, which is new or empty.
        package: Name of the package; None for that of the folder.

    Raises:
        UserError: If the folder is not empty, or the name is not accepted.
    """
    package = folder.resolve().name.replace('-', '_').lower() if package is None else package
    check_module(package)
    texts = _project_texts(package)
    with new_folder(folder) as made:
        for name, text in texts.items():
            write_text(made / name, text)
    return [folder / name for name in texts]


def _project_texts(package: str) -> dict[str, str]:
    """Return the texts of a project by the names of its files."""
    lines = {kind: line.format(name=CLASSES[kind]) for kind, (_, line) in KINDS.items()}
    values = {'project': package, 'classes': CLASSES, 'lines': lines}
    modules = {
        f'{package}/{kind}.py': _text(f'{kind}.py.j2', name=name) for kind, name in CLASSES.items()
    }
    others = {
        f'{package}/__init__.py': 'init.py.j2',
        'configs/bars.py': 'config.py.j2',
        f'tests/test_{package}.py': 'test_project.py.j2',
        'pyproject.toml': 'pyproject.toml.j2',
        '.github/workflows/test.yml': 'ci.yml.j2',
        'README.md': 'README.md.j2',
        '.gitignore': 'gitignore.j2',
    }
    return modules | {file: _text(template, **values) for file, template in others.items()}


def _text(template: str, **values: object) -> str:
    """Return the text of a template; the values are names, in which nothing is escaped."""
    return render('mmlesson.apis.scaffold', template, **values) + '\n'
