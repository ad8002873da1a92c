"""Names of new classes and packages, and the checks of them."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from mmlesson import registry
from mmlesson.errors import UserError, shorten

KINDS = {
    'backbone': ('MODELS', "model = dict(backbone=dict(_delete_=True, type='{name}', ...))"),
    'dataset': ('DATASETS', "train_dataloader = dict(dataset=dict(type='{name}'))"),
    'hook': ('HOOKS', "custom_hooks = [dict(type='{name}')]"),
    'metric': ('METRICS', "val_evaluator = [dict(type='{name}')]"),
    'loss': ('MODELS', "model = dict(head=dict(loss=dict(type='{name}')))"),
    'backend': ('VISBACKENDS', "visualizer = dict(vis_backends=[dict(type='{name}')])"),
}
"""Registry of each kind of module, and the line of a config that uses a module of it."""


def module_name(name: str) -> str:
    """Return the module of a class: 'my_net' for 'MyNet'.

    Args:
        name: Name of a class.
    """
    parted = re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', name)
    return parted.lower()


def check_class(kind: str, name: str) -> None:
    """Check the name of a new class.

    Args:
        kind: One of `KINDS`.
        name: Name of the class.

    Raises:
        UserError: If Python or the registry of the kind does not accept it.
    """
    _check_identifier('class', name)
    if not name[0].isupper():
        raise UserError(f'The name of a class begins with a capital letter, got {shorten(name)}.')
    known = getattr(registry, KINDS[kind][0])
    known.import_from_location()
    if name in known.module_dict:
        module = known.module_dict[name].__module__
        raise UserError(f'{name} is registered by {module} already. Choose another name.')
    check_module(module_name(name))


def check_module(name: str) -> None:
    """Check the name of a new module or package.

    Raises:
        UserError: If Python does not accept it, or an installed module has it.
    """
    _check_identifier('module', name)
    if name in sys.stdlib_module_names or name in ('test', 'tests', 'configs'):
        raise UserError(f'{shorten(name)} is a module of Python or a folder. Choose another name.')
    spec = find_spec(name)
    if spec is None:
        return
    folders = list(spec.submodule_search_locations or ())
    if spec.origin is None and folders == [str(Path.cwd() / name)]:
        return  # a plain folder here: that of the project, perhaps
    raise UserError(
        f'There is a module {shorten(name)} already, {spec.origin or folders[0]}. Choose another '
        'name.'
    )


def _check_identifier(what: str, name: str) -> None:
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
        raise UserError(
            f'The name of a {what} must be of letters, digits and _, begin with a letter, and be '
            f'no word of Python, got {shorten(name)}. An example is '
            f'{"MyNet" if what == "class" else "my_nets"}.'
        )
