"""Issues of a config, and the error that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmlesson.errors import UserError


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
        start = f'{self.source}: ' if self.source else ''
        return f'{start}{self.path}: {self.message}'


class ConfigError(UserError):
    """Error that lists the mistakes in a config.

    Attributes:
        issues: All issues found.
    """

    def __init__(self, issues: Sequence[Issue], filename: str | None = None) -> None:
        self.issues = list(issues)
        lines = [str(issue) for issue in self.issues]
        if len(lines) > 1:
            lines = [f'{len(lines)} mistakes in {filename or "the config"}:', *lines]
        super().__init__('\n  '.join(lines))
