"""Issues of a config, and the error that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mmlesson.config.schema import KNOWN_KEYS, RENAMED
from mmlesson.errors import UserError, cut

MAX_LISTED = 25
"""Issues in one message; of more, the number is given."""


@dataclass(frozen=True)
class Issue:
    """A mistake in a config.

    Args:
        path: Dotted key, with list indices as numbers.
        message: Expected value, actual value, and how to fix it.
        source: 'file:line' or 'command line', if known.
    """

    path: str
    message: str
    source: str | None = None

    def __str__(self) -> str:
        start = f'{cut(self.source, 200)}: ' if self.source else ''
        return f'{start}{cut(self.path, 150)}: {cut(self.message, 600)}'


def check_key(key: str) -> Iterator[Issue]:
    """Yield an issue if a top-level key looks like a known one, or has another name now."""
    if key in KNOWN_KEYS:
        return
    near = RENAMED.get(key) or next(
        iter(get_close_matches(key.lower(), KNOWN_KEYS, n=1, cutoff=0.75)), None
    )
    if near:
        yield Issue(key, f'is an unknown key. Did you mean {near!r}?')


class ConfigError(UserError):
    """Error that lists the mistakes in a config.

    Attributes:
        issues: All issues found.
    """

    def __init__(self, issues: Sequence[Issue], filename: str | None = None) -> None:
        self.issues = list(issues)
        lines = [str(issue) for issue in self.issues[:MAX_LISTED]]
        rest = len(self.issues) - len(lines)
        if len(lines) > 1:
            lines = [f'{len(self.issues)} mistakes in {filename or "the config"}:', *lines]
        if rest:
            lines.append(f'and {rest} more.')
        super().__init__('\n  '.join(lines))
