"""Errors that a user can correct, and checks of arguments that raise them.

Every message follows one pattern: which thing, what was expected, what came, what to do next.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Collection, Iterable
from math import inf
from numbers import Integral, Real
from pathlib import Path
from typing import Any


class UserError(Exception):
    """A mistake that the user can correct; tools print it as one line."""

    status = 2  # exit status: wrong usage

    def __str__(self) -> str:
        """Return the message.

        torch's DataLoader raises an error of a worker again with the worker's traceback as its
        message; the message is then the last part of it.
        """
        text = super().__str__()
        if not text.startswith(f'Caught {type(self).__name__} in '):
            return text
        name = f'{type(self).__module__}.{type(self).__qualname__}: '
        return text.rpartition(name)[2].strip() or text


class RunError(UserError):
    """A correct request failed for a reason outside of the code, such as a full disk."""

    status = 1


class ArgumentError(UserError, ValueError):
    """An argument, usually out of a config, has a value that its owner does not accept."""


def shorten(value: Any, length: int = 80) -> str:
    """Return the ``repr`` of a value for a message, cut to at most ``length`` characters."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits; a list in itself
        return f'a very large {type(value).__name__}'
    return cut(text, length)


def cut(text: str, length: int) -> str:
    """Return a text, cut to at most ``length`` characters."""
    return text if len(text) <= length else f'{text[: length - 3]}...'


def locate(err: BaseException) -> str:
    """Return one line on an exception of other code: type, message, and where it was raised."""
    frames = traceback.extract_tb(err.__traceback__)
    place = f', {Path(frames[-1].filename).name}:{frames[-1].lineno}' if frames else ''
    lines = str(err).splitlines()
    message = f': {lines[0].rstrip(".")}' if lines else ''
    return f'{type(err).__name__}{message}{place}'


def did_you_mean(name: object, choices: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the choice nearest to ``name``, or an empty string."""
    by_lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(str(name)[:100].lower(), by_lower, n=1)
    return f" Did you mean '{by_lower[near[0]]}'?" if near else ''


def check_choice(owner: str, name: str, value: Any, choices: Collection[Any]) -> None:
    """Raise `ArgumentError` unless ``value`` is one of ``choices``."""
    if value not in list(choices):  # a list: the value may not be hashable
        hint = did_you_mean(value, filter(None, map(str, choices)))
        raise _refusal(owner, name, f'one of {", ".join(map(repr, choices))}', value, hint)


def check_int(owner: str, name: str, value: Any, minimum: int = 1) -> None:
    """Raise `ArgumentError` unless ``value`` is a whole number of at least ``minimum``."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise _refusal(owner, name, f'an int >= {minimum}', value)


def check_number(
    owner: str, name: str, value: Any, minimum: float = -inf, maximum: float = inf
) -> None:
    """Raise `ArgumentError` unless ``value`` is a number in [minimum, maximum]; NaN never is."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not minimum <= value <= maximum:
        bounds = f'in [{minimum}, {maximum}]' if minimum > -inf else f'<= {maximum}'
        raise _refusal(owner, name, f'a number {bounds}', value)


def _refusal(owner: str, name: str, wanted: str, value: Any, hint: str = '') -> ArgumentError:
    place = name if name.startswith('--') else f'{owner}.{name}'  # an option names itself
    return ArgumentError(f'{place} must be {wanted}, got {shorten(value)}.{hint}')
