"""Issues of a config, and the error that lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmlesson.errors import UserError


@dataclass(frozen=True)
class Issue:
    """One mistake in a config.

    Args:
        path: Dotted key, list positions as numbers.
        message: What was expected, what came, what to do next.
        source: 'file:line' or 'command line', if it is known.
    """

    path: str
    message: str
    source: str | None = None

    def __str__(self) -> str:
        start = f'{self.source}: ' if self.source else ''
        return f'{start}{self.path}: {self.message}'


class ConfigError(UserError):
    """A config with mistakes.

    Attributes:
        findings: All of them.
    """

    def __init__(self, findings: Sequence[Issue], filename: str | None = None) -> None:
        self.findings = list(findings)
        lines = [str(finding) for finding in self.findings]
        if len(lines) > 1:
            lines = [f'{len(lines)} mistakes in {filename or "the config"}:', *lines]
        super().__init__('\n  '.join(lines))
