"""Command lines of the tools: help text, one-line errors and exit status."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from mmlesson.errors import UserError, did_you_mean


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
        """Exit with one line and status 2; for an unknown flag, name the nearest one."""
        _, unknown, words = message.partition('unrecognized arguments: ')
        flag = words.split()[0].partition('=')[0] if unknown else ''
        if len(message) > 300:
            message = f'{message[:297]}...'
        hint = did_you_mean(flag, self._option_string_actions) if flag.startswith('-') else ''
        print(f'error: {message}.{hint} See --help.', file=sys.stderr)
        sys.exit(2)


DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def run_command(main: Callable[[], int | None]) -> int:
    """Run a tool and return its exit status: a user's mistake is one line, a defect a traceback."""
    logging.raiseExceptions = False  # a log line that a full disk refuses must not bury the error
    try:
        return main() or 0
    except BrokenPipeError:  # the reader of a pipe, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as err:
        if err.errno in DISK_FULL:
            after = 'Checkpoints are intact; free disk space and start again with --resume.'
            file = err.filename or 'run folder'
            print(f'error: {err.strerror}: {file}. {after}', file=sys.stderr)
        elif err.filename is not None:
            print(f'error: {err.strerror}: {err.filename}', file=sys.stderr)
        else:  # no path of the user's
            raise
        return 1
    except UserError as err:
        print(f'error: {err}', file=sys.stderr)
        return err.status
    except KeyboardInterrupt:
        print('Interrupted.', file=sys.stderr)
        return 130


def check_output_file(option: str, file: Path, endings: Sequence[str]) -> None:
    """Refuse a file that cannot be written, before the work for it begins.

    Args:
        option: Option of the command line that names the file, for messages.
        file: The file.
        endings: File endings that are accepted.

    Raises:
        UserError: If it has another ending, exists already, or its folder does not exist.
    """
    if file.suffix not in endings:
        raise UserError(f'{option} {file} must end in {" or ".join(endings)}.')
    if file.exists():
        raise UserError(f'{option} {file} exists already. Choose another name, or remove it.')
    if not file.absolute().parent.is_dir():
        raise UserError(
            f'{option} {file}: the folder {file.parent} does not exist. Create it first.'
        )
