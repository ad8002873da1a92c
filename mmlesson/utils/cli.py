"""Command-line tools: help text, one-line errors and exit status."""

from __future__ import annotations

import argparse
import errno
import gc
import logging
import os
import re
import signal
import site
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from mmlesson.errors import UserError, cut, did_you_mean
from mmlesson.utils.completion import complete, is_completing
from mmlesson.utils.shipped import as_command


class ToolParser(argparse.ArgumentParser):
    """Argument parser that prints a tool's docstring unchanged, and errors in one line.

    Args:
        description: Docstring of the tool, which contains an example.

    Attributes:
        command: Command of ``mmlesson`` that runs the tool; None if Python runs its file.
    """

    command: ClassVar[str | None] = None

    def __init__(self, description: str | None) -> None:
        super().__init__(
            prog=f'mmlesson {self.command}' if self.command else None,
            description=as_command(description or '') if self.command else description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse a command line; for a shell that completes one, print the completions and exit."""
        if is_completing():
            complete(self)
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Exit with one line and status 2; for an unknown word, suggest the nearest one."""
        _, unknown, words = message.partition('unrecognized arguments: ')
        flag = words.split()[0].partition('=')[0] if unknown else ''
        hint = did_you_mean(flag, self._option_string_actions) if flag.startswith('-') else ''
        choice = re.fullmatch(
            r"(.*invalid choice: '(.*)') \(choose from (.*)\)", message, re.DOTALL
        )
        if choice and (near := did_you_mean(choice[2], re.findall(r"[^\s',]+", choice[3]))):
            message, hint = choice[1], near
        if len(message) > 300:
            message = f'{message[:297]}...'
        print(f'error: {message}.{hint} See --help.', file=sys.stderr)
        sys.exit(2)


PASSIVE_WAIT = ('OMP_WAIT_POLICY', 'PASSIVE')
"""Variable, which is read when torch is imported, that lets a thread sleep while it waits.

By default threads wait for each other in a loop that takes the core. With one busy neighbour on
two cores, training with two threads then takes 15 times as long.
"""

FEW_COLLECTIONS = (50_000, 20, 20)
"""Thresholds of Python's garbage collection.

Importing torch creates a million objects that stay until the end. Searching them for garbage as
often as Python does by default takes a fifth of the time until training starts.
"""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def run_command(main: Callable[[], int | None]) -> int:
    """Run a tool and return its exit status: a user's mistake is one line, a defect a traceback.

    A user's mistakes are `UserError`, and `OSError` with the name of a file: of all that calls the
    system, paths alone come from the user. The exceptions are files of this package or of Python,
    whose absence is a defect. A signal is one line too, with the status that shells give it.
    """
    os.environ.setdefault(*PASSIVE_WAIT)
    gc.set_threshold(*FEW_COLLECTIONS)
    logging.raiseExceptions = False  # a log line that a full disk refuses must not bury the error
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal may lack some characters of names
        with suppress(OSError):  # another file has taken its descriptor
            sys.stdout.reconfigure(errors='backslashreplace')
    try:
        with _one_line_signals():
            return main() or 0
    except BrokenPipeError:  # the reader of the pipe, such as head, has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as err:
        if err.errno in DISK_FULL:
            after = 'Checkpoints are intact; free disk space and start again with --resume.'
            file = err.filename or 'run folder'
            print(f'error: {err.strerror}: {file}. {after}', file=sys.stderr)
        elif _is_of_user(err.filename):
            after = 'Check the path, and whether you may read or write there.'
            name = os.fsdecode(err.filename)
            name = cut(name if name.isprintable() else repr(name), 500)
            print(f'error: {err.strerror}: {name}. {after}', file=sys.stderr)
        else:
            raise
        return 1
    except UserError as err:
        print(f'error: {err}', file=sys.stderr)
        return err.status
    except KeyboardInterrupt:
        print('Interrupted.', file=sys.stderr)
        # CPython kills itself at exit after a Ctrl-C within exec(text), which creates dataclasses;
        # another exec resets that flag.
        exec('')
        return 130


@contextmanager
def _one_line_signals() -> Iterator[None]:
    """Let SIGTERM print a line and end the process, and no Ctrl-C be lost.

    A handler of SIGTERM that raises would abort the process within an import of torch. Training
    replaces the handler by one that saves first.
    """
    process = os.getpid()

    def terminate(*_: object) -> None:
        if os.getpid() == process:
            os.write(2, b'Terminated.\n')
            os._exit(128 + signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a worker ends as it would without us
        os.kill(os.getpid(), signal.SIGTERM)

    is_main = threading.current_thread() is threading.main_thread()
    is_free = is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if sys.platform == 'win32' or not is_free:
        yield
        return
    before, sys.unraisablehook = sys.unraisablehook, _repeat_interrupt
    signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.unraisablehook = before


def _repeat_interrupt(unraisable: sys.UnraisableHookArgs) -> None:
    """Interrupt again where Ctrl-C met a callback out of which Python raises nothing."""
    if unraisable.exc_type is KeyboardInterrupt:
        thread = threading.get_ident()  # of main: a signal that another gets ends no sleep of it
        threading.Timer(0.02, signal.pthread_kill, (thread, signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(unraisable)


def _is_of_user(name: object) -> bool:
    """Return whether a file name is a path outside of this package and of Python."""
    if not isinstance(name, str | bytes | os.PathLike):
        return False
    path = Path(os.fsdecode(name)).absolute()
    ours = (Path(__file__).parents[1], *map(Path, site.getsitepackages()))
    return not any(path.is_relative_to(folder) for folder in ours)


def output_file(text: str) -> Path:
    """Return the file that an option names; '' and '.' name none. For ``type=`` of an argument."""
    file = Path(text)
    if not file.name or text.endswith('/'):
        raise argparse.ArgumentTypeError(f'it must name a file, got {text!r}')
    return file


def check_output_file(option: str, file: Path, endings: Sequence[str]) -> None:
    """Check that an output file can be written, before the work for it starts.

    Args:
        option: Command-line option that names the file, for messages.
        file: Output file.
        endings: Accepted file endings.

    Raises:
        UserError: If the ending is not accepted, the file exists, or its folder does not.
    """
    if file.suffix not in endings:
        raise UserError(f'{option} {file} must end in {" or ".join(endings)}.')
    if file.exists():
        raise UserError(f'{option} {file} exists already. Choose another name, or remove it.')
    if not file.absolute().parent.is_dir():
        raise UserError(
            f'{option} {file}: the folder {file.parent} does not exist. Create it first.'
        )


def check_show_dir(option: str, folder: Path) -> None:
    """Check that pages of predictions can be drawn into a folder, before the work for it starts.

    Args:
        option: Option that names the folder, for messages.
        folder: Output folder; it may not exist yet.

    Raises:
        UserError: If it is a file, or holds such pages already.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f'{option} must be a folder, got {folder}, which is a file.')
    if any(folder.glob('predictions_*.png')):
        raise UserError(f'{option} {folder} holds drawings already. Choose another folder.')
