"""Signatures of classes and functions: the arguments that they accept."""

from __future__ import annotations

import ast
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

Parameter = inspect.Parameter


@dataclass(frozen=True)
class Signature:
    """Arguments that a class or function accepts.

    Args:
        parameters: Parameters by name.
        is_open: Whether it may accept other names too.
        annotations: Types by name, if they can be evaluated.
    """

    parameters: dict[str, Parameter]
    is_open: bool
    annotations: dict[str, Any]

    def required(self) -> list[str]:
        """Return the names without a default."""
        return [p.name for p in self.parameters.values() if p.default is Parameter.empty]


@cache
def signature_of(target: Callable[..., Any]) -> Signature:
    """Return the arguments of a function, or of a class and, through ``**kwargs``, its parents.

    A parent is considered only if ``**kwargs`` is passed to ``super().__init__`` and used nowhere
    else. A class that reads it may accept names that no signature lists, so it counts as open.
    """
    parameters: dict[str, Parameter] = {}
    annotations: dict[str, Any] = {}
    for function in _constructors(target):
        try:
            own = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):  # implemented in C
            return Signature(parameters, True, annotations)
        own = own[1:] if inspect.isclass(target) else own
        is_first = not parameters
        named = [p for p in own if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        for parameter in named:
            # A child may set its parent's arguments, so they are all optional here.
            parameters.setdefault(
                parameter.name, parameter if is_first else parameter.replace(default=None)
            )
        annotations = {**_annotations(function), **annotations}
        rest = next((p.name for p in own if p.kind is Parameter.VAR_KEYWORD), None)
        if rest is None:
            return Signature(parameters, False, annotations)
        if not _only_goes_to_parent(function, rest):
            return Signature(parameters, True, annotations)
    return Signature(parameters, False, annotations)


def _constructors(target: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Yield the ``__init__`` of a class and its parents, in method resolution order."""
    if not inspect.isclass(target):
        yield target
        return
    for owner in target.__mro__:
        function = owner.__dict__.get('__init__')
        # torch's Module takes *args and **kwargs, but rejects any.
        is_torch_module = owner.__module__ == 'torch.nn.modules.module'
        if function is not None and owner is not object and not is_torch_module:
            yield function


def _only_goes_to_parent(function: Callable[..., Any], name: str) -> bool:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    handed = [
        word.value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == '__init__'
        for word in call.keywords
        if word.arg is None
    ]
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name]
    return bool(uses) and all(any(use is argument for argument in handed) for use in uses)


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for name, text in getattr(function, '__annotations__', {}).items():
        holder = SimpleNamespace(__annotations__={name: text})
        try:
            hints |= typing.get_type_hints(holder, getattr(function, '__globals__', {}))
        except Exception:  # names that only a type checker imports, or any other expression
            continue
    return hints
