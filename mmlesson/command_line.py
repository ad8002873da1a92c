"""The command line of a tool: help that begins with an example, mistakes told in one line."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from mmlesson.errors import did_you_mean


class ToolParser(argparse.ArgumentParser):
    """Python's parser, which shows a tool's docstring as it stands and does not repeat the usage.

    Args:
        description: The tool's docstring, with an example in it.
    """

    def __init__(self, description: str | None) -> None:
        super().__init__(
            description=description, formatter_class=argparse.RawDescriptionHelpFormatter
        )

    def error(self, message: str) -> NoReturn:
        """End with one line and status 2; an unknown flag is told the nearest one."""
        _, unknown, words = message.partition('unrecognized arguments: ')
        flag = words.split()[0].partition('=')[0] if unknown else ''
        hint = did_you_mean(flag, self._option_string_actions) if flag.startswith('-') else ''
        print(f'error: {message}.{hint} See --help.', file=sys.stderr)
        sys.exit(2)
