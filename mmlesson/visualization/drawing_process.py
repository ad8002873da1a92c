"""Drawing in a process of its own, beside training."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mmlesson.utils.cli import FEW_COLLECTIONS
from mmlesson.utils.threads import count_cores, single_threaded
from mmlesson.visualization.drawing import Drawing

MAX_PROCESSES = 2  # beside training; each takes 100 MB
NICENESS = 10  # a tenth of the time of training, where both compete for a core
NICEST = 19  # while there is nothing to draw, but matplotlib to import
_SERVE = 'import sys; sys.path = sys.path[not sys.path[0] :]; from {0} import serve; serve()'


@dataclass(frozen=True)
class Job:
    """A drawing and the files to write.

    Args:
        what: What is drawn, for messages.
        drawing: The drawing.
        path: Output file without extension.
        formats: See `Drawing.save`.
        step: Step of training that the drawing shows.
    """

    what: str
    drawing: Drawing
    path: Path
    formats: tuple[str, ...]
    step: int = 0

    def run(self) -> str | None:
        """Write the files; return the error if that fails."""
        try:
            self.drawing.save(self.path, self.formats)
        except Exception as err:  # a figure must not end training, whatever it raises
            return f'{type(err).__name__}: {err}'
        return None


class Drawer:
    """Runs jobs in this process, at once."""

    def __init__(self) -> None:
        self._done: list[tuple[Job, str | None]] = []

    def submit(self, job: Job) -> None:
        """Run a job."""
        self._done.append((job, job.run()))

    def hurry(self) -> None:
        """Draw with the priority of this process from now on, since training has ended."""

    def __len__(self) -> int:
        """Return the number of jobs that are not finished."""
        return 0

    def finish(self) -> Iterator[tuple[Job, str | None]]:
        """Wait for all jobs; yield each with its error, or None."""
        done, self._done = self._done, []
        yield from done

    def close(self) -> None:
        """Release what the drawer holds; jobs that are not finished are dropped."""


class DrawingProcess(Drawer):
    """Process that draws figures one after the other.

    Why it is here: matplotlib takes as long to import and to draw as a small lesson takes to train.
    A second process does both on another core. It imports no torch, and gets arrays by a pipe. It
    ends with this process, however that ends.
    """

    def __init__(self) -> None:
        self._pending: deque[Job] = deque()
        self._process = subprocess.Popen(
            [sys.executable, '-c', _SERVE.format(__name__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=single_threaded(os.environ)
            | {'PYTHONPATH': os.pathsep.join(folder or os.getcwd() for folder in sys.path)},
            start_new_session=True,  # Ctrl-C in the terminal is for training, which saves first
        )
        self._niceness = NICEST
        _set_session_niceness(self._process.pid, NICEST)

    def submit(self, job: Job) -> None:
        """Hand over a job, without waiting until it is drawn.

        Arrays that do not fit into the pipe are handed over when the job before them is drawn.
        """
        self._pending.append(job)
        self._raise_priority(NICENESS)
        with suppress(OSError):  # it has ended: `finish` runs what is left
            _send(job, self._process.stdin)

    def hurry(self) -> None:
        """Draw with the priority of this process from now on, since training has ended."""
        self._raise_priority(0)

    def _raise_priority(self, niceness: int) -> None:
        if niceness < self._niceness:
            self._niceness = niceness
            _set_session_niceness(self._process.pid, niceness)

    def __len__(self) -> int:
        return len(self._pending)

    def finish(self) -> Iterator[tuple[Job, str | None]]:
        """Wait for all jobs; yield each with its error, or None.

        Jobs that the process did not finish, because it was killed, are run in this process.
        """
        while self._pending:
            try:
                error = _receive(self._process.stdout)
            except (OSError, EOFError, pickle.UnpicklingError):
                error = self._pending[0].run()
            yield self._pending.popleft(), error

    def close(self) -> None:
        """End the process.

        It is asked to end, since closing the pipe is not enough: a worker of a DataLoader that was
        forked from this process, and is still alive, keeps the pipe open.
        """
        with suppress(OSError, ValueError):  # it has ended, or is closed already
            _send(None, self._process.stdin)
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # unsent data, for a process that has ended
                if pipe is not None:
                    pipe.close()
        self._process.wait()


def new_drawers(most: int) -> list[Drawer]:
    """Return drawing processes; or a drawer in this process if it has imported matplotlib.

    Args:
        most: Maximum number of processes; there is none beyond two, or the number of cores.
    """
    if 'matplotlib' in sys.modules:
        return [Drawer()]
    count = max(min(most, MAX_PROCESSES, count_cores()), 1)
    return [DrawingProcess() for _ in range(count)]


def _send(message: object, pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
        pipe.flush()


def _receive(pipe: IO[bytes] | None) -> str | None:
    if pipe is None:
        raise EOFError
    error: str | None = pickle.load(pipe)  # written by our own process
    return error


def _set_session_niceness(process: int, niceness: int) -> None:
    """Set the priority of a process that leads a session, where sessions have one.

    Linux divides the time of a core between sessions first, and then between the processes of a
    session. Only the priority of a session can be raised again without privileges.
    """
    for _ in range(5):
        try:
            Path(f'/proc/{process}/autogroup').write_text(str(niceness))
        except BlockingIOError:  # Linux allows ten changes in a second
            time.sleep(0.1)
        except OSError:  # another system, or the process has ended
            return
        else:
            return


def serve() -> None:
    """Run the jobs that arrive on stdin until None; answer each with its error or None."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for Windows, which has no sessions
    if hasattr(os, 'nice'):
        os.nice(NICENESS)  # two of these processes must not take two cores from training
    answers = os.fdopen(os.dup(1), 'wb')
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    parent = os.getppid()
    gc.set_threshold(*FEW_COLLECTIONS)
    import mmlesson.visualization.plots.films  # noqa: F401  # imports matplotlib before it is needed

    while os.getppid() == parent:
        try:
            job: Job | None = pickle.load(sys.stdin.buffer)
            if job is None:
                os._exit(0)  # a shutdown of matplotlib takes a quarter of a second
            _send(job.run(), answers)
        except (EOFError, OSError):
            return
