"""Issues of a config, and the error that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
