"""Parser of ``KEY=VALUE`` options of a command line."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from mmlesson.errors import UserError, shorten


def parse_options(
    pairs: Sequence[str] | Mapping[str, Any] | None, option: str = '--cfg-options'
) -> dict[str, Any]:
    """Return ``--cfg-options`` as dotted keys and values.

    A value is read as Python if it is a literal (``0.1``, ``True``, ``None``, ``[1, 2]``,
    ``(8,)``, ``"text"``, ``dict(type='XOR')``), as a list if it contains commas (``1,2``), and as
    text otherwise.
    Options that are a mapping already are copied.

    Args:
        pairs: Texts ``KEY=VALUE``.
        option: Name of the option of the command line, for messages.

    Raises:
        UserError: If a pair has no '=' or no key.

    Example:
        >>> parse_options(['train_cfg.max_epochs=3', 'model.backbone.hidden_sizes=(8, 8)'])
        {'train_cfg.max_epochs': 3, 'model.backbone.hidden_sizes': (8, 8)}
    """
    if isinstance(pairs, Mapping):
        return dict(pairs)
    options = {}
    for pair in pairs or ():
        key, equals, text = pair.partition('=')
        if not equals or not key:
            raise UserError(f'{option} takes KEY=VALUE, got {shorten(pair)}.')
        options[key] = _read_value(text)
    return options


def _read_value(text: str) -> Any:
    text = {'true': 'True', 'false': 'False'}.get(text, text)
    try:
        value = ast.literal_eval(_DictCalls().visit(ast.parse(text.lstrip(), mode='eval')))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return [_read_value(part) for part in text.split(',')] if ',' in text else text
    is_bare = isinstance(value, tuple) and not text.lstrip().startswith('(')
    return list(value) if is_bare else value


class _DictCalls(ast.NodeTransformer):
    """Turns ``dict(key=value)``, as configs spell it, into ``{'key': value}``."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        keys = [keyword.arg for keyword in node.keywords]
        is_dict = isinstance(node.func, ast.Name) and node.func.id == 'dict'
        if not is_dict or node.args or None in keys:
            return node
        values = [keyword.value for keyword in node.keywords]
        return ast.Dict([ast.Constant(key) for key in keys], values)
