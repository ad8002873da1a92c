"""Lenient type check of config values against annotations; unknown cases pass."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Union

# Types that can be checked by the value alone; other classes may be built from the value.
_SCALARS: dict[Any, tuple[type, ...]] = {
    int: (int,),
    float: (int, float),
    str: (str,),
    bool: (bool,),
    type(None): (type(None),),
}
_PLAIN = (int, float, str, bool, type(None), list, tuple, dict)


def matches(value: Any, annotation: Any) -> bool:
    """Return whether ``value`` can match ``annotation``; True if that cannot be decided.

    Config values are numbers, strings, lists and dicts. A dict matches any class.

    Example:
        >>> matches('3', int | None), matches((8, 8), Sequence[int]), matches(8, Sequence[int])
        (False, True, False)
    """
    if annotation is None:
        return value is None
    if not isinstance(value, _PLAIN):  # a class, a path, an array: created by code in the config
        return True
    if annotation in _SCALARS:
        return _matches_scalar(value, annotation)
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Union or origin is types.UnionType:
        return any(matches(value, choice) for choice in inner)
    if origin is Literal:
        return value in inner
    kind = origin or annotation
    if kind in (list, tuple, Sequence, Iterable):
        return _matches_sequence(value, inner, kind is Iterable)
    if kind in (dict, Mapping):
        return isinstance(value, Mapping)
    if getattr(kind, '__module__', '').partition('.')[0] == 'torch':
        return not isinstance(value, str | int | float | None)  # no tensor is written into a config
    return True


def _matches_scalar(value: Any, kind: Any) -> bool:
    if isinstance(value, bool) and kind is not bool:
        return kind is int  # upstream annotates some arguments as int that also take a bool
    if kind is int and isinstance(value, float):
        return value.is_integer()
    if kind is bool and isinstance(value, int):
        return value in (0, 1)
    return isinstance(value, _SCALARS[kind])


def _matches_sequence(value: Any, inner: Sequence[Any], is_any_iterable: bool) -> bool:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        return is_any_iterable or not isinstance(value, str | int | float | Mapping | None)
    # Tuple[int] is often meant as a tuple of ints of any length, so the length is not checked.
    kinds = [kind for kind in inner if kind is not Ellipsis]
    return not kinds or all(any(matches(item, kind) for kind in kinds) for item in value)


def contradicts(value: Any, annotation: Any) -> bool:
    """Return whether a value is a string that cannot match, or a number where only strings match.

    This weaker check is for code whose annotations are imprecise about lists and fractions.
    """
    if isinstance(value, str):
        return not matches(value, annotation)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and matches('', annotation) and not matches(value, annotation)


def describe(annotation: Any) -> str:
    """Return an annotation as text: 'int or None', 'list of int'."""
    if annotation is None or annotation is type(None):
        return 'None'
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Union or origin is types.UnionType:
        return ' or '.join(dict.fromkeys(describe(choice) for choice in inner))
    if origin is Literal:
        return ' or '.join(repr(choice) for choice in inner)
    if (origin or annotation) in (list, tuple, Sequence):
        kinds = ' or '.join(
            dict.fromkeys(describe(choice) for choice in inner if choice is not Ellipsis)
        )
        return f'list of {kinds}' if kinds else 'list'
    if (origin or annotation) in (dict, Mapping):
        return 'dict'
    return getattr(annotation, '__name__', str(annotation))
