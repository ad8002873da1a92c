"""`Session` and `Sessions`: the training processes of the visitors."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from typing import Any

from mmlesson.play.frames import Frame, Plane
from mmlesson.play.mistakes import PageError, SupersededError
from mmlesson.play.written_config import POINTS_FILE

MOST_SESSIONS = 8
IDLE_SECONDS = 600.0
"""Time after which the place of a visitor can be given to another."""

START_SECONDS = 120.0


def _context() -> Any:
    """Return the way to start processes: forked from a server that has imported torch."""
    if 'forkserver' not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context('spawn')
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['mmlesson.play.preload'])
    return context


def warm_up() -> None:
    """Start the server that processes are forked from, so that the first visitor waits less."""
    context = _context()
    if context.get_start_method() == 'forkserver':
        forkserver.ensure_running()


class Session:
    """One training in a process of its own; frames are received in a thread.

    Args:
        text: Config, whose file of points is in the folder of the session.
        points: Text of the file of points, or ''.

    Attributes:
        source: The config and the points.
        plane: The data, when they have been received.
        touched: Time of the last call.
    """

    def __init__(self, text: str, points: str = '') -> None:
        self.source = text, points
        self.folder = tempfile.mkdtemp(prefix='mmlesson-play-')
        self.plane: Plane | None = None
        self.touched = time.monotonic()
        self._frame: Frame | None = None
        self._count = 0  # received frames
        self._seen = 0  # of them, those that `follow` has passed
        self._is_closed = False
        self._changed = threading.Condition()
        if points:
            with open(f'{self.folder}/{POINTS_FILE}', 'w', encoding='utf-8') as file:
                file.write(points)
        from mmlesson.play.worker import train_for_page

        context = _context()
        self._connection, child = context.Pipe()
        text = text.replace(repr(POINTS_FILE), repr(f'{self.folder}/{POINTS_FILE}'))
        self._process = context.Process(
            target=train_for_page, args=(child, text, self.folder), daemon=True
        )
        self._process.start()
        child.close()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._take(self._connection.recv())
        if not (self.has_ended or self._is_closed):
            self._take(Frame('failed', reason='ended'))

    def _take(self, message: Frame | Plane) -> None:
        with self._changed:
            if isinstance(message, Plane):
                self.plane = message
            else:
                self._frame = message
                self._count += 1
            self._changed.notify_all()

    @property
    def frame(self) -> Frame:
        """The latest frame; waits for the first.

        Raises:
            PageError: If there is none after two minutes.
            SupersededError: If the session was closed before.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame or self._is_closed, START_SECONDS)
            if self._frame is None and self._is_closed:
                raise SupersededError
            if self._frame is None:
                raise PageError('no_answer')
            return self._frame

    def run(self, seconds_per_epoch: float = 0.0) -> None:
        """Train until `pause`; an epoch takes at least ``seconds_per_epoch``."""
        _ = self.frame  # of the untrained network
        self._seen = self._count
        self._send(('run', seconds_per_epoch))

    def step(self) -> Frame:
        """Train for one epoch; return its frame, or the present one if training has ended."""
        _ = self.frame
        with self._changed:
            count = self._count
        self._send('step')
        with self._changed:
            self._seen = count
            self._changed.wait_for(self._has_news, START_SECONDS)
        return self.frame

    def pause(self) -> None:
        """Pause after the present epoch."""
        self._send('pause')

    def follow(self) -> Iterator[Frame]:
        """Yield new frames, leaving out those that come too fast, until training pauses or ends."""
        while True:
            with self._changed:
                has_news = self._changed.wait_for(self._has_news, START_SECONDS)
                self._seen, frame = self._count, self._frame
            if frame is None or not has_news or self._is_closed:
                return
            self.touched = time.monotonic()
            yield frame
            if frame.state != 'running':
                return

    def _has_news(self) -> bool:
        return self._count != self._seen or self.has_ended or self._is_closed

    @property
    def has_ended(self) -> bool:
        """Whether training has finished or failed."""
        return self._frame is not None and self._frame.state in ('finished', 'failed')

    def _send(self, command: Any) -> None:
        self.touched = time.monotonic()
        with suppress(OSError):  # it has ended: the last frame tells why
            self._connection.send(command)

    def close(self) -> None:
        """End the process and remove its files; `follow` ends without another frame."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._send('stop')
        self._process.join(2)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Sessions:
    """The sessions of all visitors, a limited number.

    Args:
        most: Number of sessions at a time.
    """

    most: int = MOST_SESSIONS
    _by_visitor: dict[str, Session] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def get(self, visitor: str) -> Session | None:
        """Return the session of a visitor, or None."""
        return self._by_visitor.get(visitor)

    def start(self, visitor: str, text: str, points: str = '') -> Session:
        """Replace the session of a visitor by a new one.

        Args:
            visitor: Name of the visitor.
            text: Config, written by this package.
            points: File of the visitor's points, or ''.

        Raises:
            PageError: If all places are taken by others.
        """
        with self._lock:
            self.close(visitor)
            if len(self._by_visitor) >= self.most:
                self._drop_idle()
            session = self._by_visitor[visitor] = Session(text, points)
        return session

    def provide(
        self, visitor: str, text: str, points: str = '', *, restart_ended: bool = True
    ) -> Session:
        """Return the session of a visitor if it is of this config, or else start one.

        Args:
            visitor: Name of the visitor.
            text: Config, written by this package.
            points: File of the visitor's points, or ''.
            restart_ended: Whether to start again if its training has ended.

        Raises:
            PageError: If all places are taken by others.
        """
        with self._lock:  # two events of a click must not start two sessions
            session = self.get(visitor)
            if session is None or session.source != (text, points):
                return self.start(visitor, text, points)
            if restart_ended and session.has_ended:
                return self.start(visitor, text, points)
            return session

    def _drop_idle(self) -> None:
        visitor = min(self._by_visitor, key=lambda name: self._by_visitor[name].touched)
        if time.monotonic() - self._by_visitor[visitor].touched < IDLE_SECONDS:
            raise PageError('places', most=self.most)
        self.close(visitor)

    def close(self, visitor: str) -> None:
        """End the session of a visitor, if there is one."""
        with self._lock:
            session = self._by_visitor.pop(visitor, None)
        if session is not None:
            session.close()

    def close_all(self) -> None:
        """End all sessions."""
        for visitor in list(self._by_visitor):
            self.close(visitor)
