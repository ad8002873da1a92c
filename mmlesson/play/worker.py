"""Process that trains the network of one visitor."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import Hook

from mmlesson.config import LoadedConfig
from mmlesson.engine.build import build_runner, open_run
from mmlesson.engine.hooks.perceptron_hook import PerceptronHook
from mmlesson.errors import UserError
from mmlesson.play.frames import Frame, Plane, observe_network, observe_plane
from mmlesson.runs.summary import read_summary
from mmlesson.utils import rng_state
from mmlesson.visualization.figures.loss_surface import measure_surface
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory

PAUSE_BETWEEN_FRAMES = 0.04
"""Least seconds between two frames, so that drawing them does not slow down training."""

BETWEEN_SURFACES = 1.0
SURFACE_SHARE = 0.05
"""Least seconds between two loss surfaces of running training, and their share of its time."""


class ClosedError(Exception):
    """The page has no use for this training any more."""


class PlayHook(Hook):
    """Sends a `Frame` after an epoch, and pauses training until the page continues it.

    Neither changes the weights that training leads to.

    Args:
        connection: Connection to the page. It sends ('run', seconds per epoch), 'step', 'pause'
            and 'stop'.
    """

    priority = 'LOWEST'

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_running = False
        self._seconds = 0.0  # least duration of an epoch
        self._sent = self._began = 0.0
        self._plane: Plane | None = None
        self._path: WeightTrajectory | None = None
        self._surface_due = 0.0
        self.frame = Frame('paused')

    def before_train(self, runner: Any) -> None:
        """Send the data and the untrained network, and wait."""
        with rng_state.preserved():
            loaders = {
                'train': runner.train_dataloader,
                'val': runner.val_dataloader,
                'test': runner.test_dataloader,
            }
            self._plane = observe_plane(loaders)
        self._path = WeightTrajectory.of(runner.bare_model)
        self._record(runner)
        self._connection.send(self._plane)
        self._send(runner)
        self._obey(runner)

    def at_safe_point(self, runner: Any) -> None:
        """Send a frame, unless the last one is too recent, and wait if training is paused."""
        status = runner.status
        self.frame.epoch = runner.epoch
        for points, metrics in (
            (self.frame.train, status.train_metrics),
            (self.frame.val, status.val_metrics),
        ):
            loss, accuracy = metrics.get('loss'), metrics.get('accuracy/top1')
            points.append((float(loss or 0), float(accuracy or 0)))
        self._record(runner)
        if not self._is_running or time.monotonic() > self._sent + PAUSE_BETWEEN_FRAMES:
            self._send(runner)
        self._obey(runner)

    def send_end(self, runner: Any, summary: dict[str, Any]) -> None:
        """Send the last frame, of the final weights."""
        self.frame.state = 'finished'
        stop = summary['stop'] or {}
        self.frame.message, self.frame.reason = stop.get('message', ''), stop.get('reason', '')
        self.frame.weights_sha256 = summary['weights_sha256']
        self.frame.test = {
            name: value
            for name, value in (summary['test'] or {}).items()
            if isinstance(value, int | float)
        }
        self.frame.facts = summary['facts'].get('perceptron') or {}
        for hook in runner.hooks:
            if isinstance(hook, PerceptronHook):
                self.frame.updates = hook.updates
        self._send(runner)

    def _send(self, runner: Any) -> None:
        if self.frame.state != 'finished':
            self.frame.state = 'running' if self._is_running else 'paused'
        if self._plane is not None:
            self.frame.regions, self.frame.neurons = observe_network(
                runner.bare_model, self._plane.extent
            )
        self._draw_surface(runner.bare_model)
        self._connection.send(self.frame)
        self._sent = time.monotonic()

    def _record(self, runner: Any) -> None:
        if self._path is not None:
            self._path.add(runner.bare_model, runner.epoch)

    def _draw_surface(self, model: Any) -> None:
        """Renew the loss surface, while training runs only now and then."""
        began = time.monotonic()
        is_early = self.frame.state == 'running' and began < self._surface_due
        if self._plane is None or self._path is None or len(self._path) < 3 or is_early:
            return
        if not any(parameter.requires_grad for parameter in model.parameters()):
            return  # the perceptron's rule does not descend a surface
        points, labels = self._plane.splits['train']
        self.frame.surface = measure_surface(model, points, labels, self._path.points)
        took = time.monotonic() - began
        self._surface_due = began + max(BETWEEN_SURFACES, took / SURFACE_SHARE)

    def _obey(self, runner: Any) -> None:
        """Read commands; return when the next epoch is due."""
        due = self._began + self._seconds
        while True:
            left = None if not self._is_running else max(due - time.monotonic(), 0.0)
            if not self._connection.poll(left):
                break
            command = self._connection.recv()
            if command == 'stop':
                raise ClosedError
            if command == 'step':
                self._is_running = False
                break
            self._is_running = command != 'pause'
            if command != 'pause':
                self._seconds = float(command[1])
                due = 0.0
            else:
                self._send(runner)
        self._began = time.monotonic()


def train_for_page(connection: Connection, text: str, folder: str) -> None:
    """Train the network of a config as the page asks, and send its frames.

    Args:
        connection: Connection to the page.
        text: Config.
        folder: Folder for the run, which the page removes.
    """
    with suppress(AttributeError, OSError):
        os.setsid()  # Ctrl-C in the terminal is for the server
    with _silent(), suppress(ClosedError, EOFError, BrokenPipeError, ConnectionResetError):
        try:
            _train(connection, text, Path(folder))
        except UserError as err:
            connection.send(Frame('failed', message=str(err)))


def _train(connection: Connection, text: str, folder: Path) -> None:
    torch.set_num_threads(1)
    file = folder / 'play.py'
    file.write_text(text, encoding='utf-8')
    config = LoadedConfig.open(file).require_valid().config
    config.launcher = 'none'
    config.default_hooks.update(logger=None, visualization=None)
    config.log_level = 'ERROR'
    config.env_cfg = {'mp_cfg': {'mp_start_method': multiprocessing.get_start_method()}}
    with open_run(config, str(folder / 'run')):
        runner = build_runner(config)
        hook = PlayHook(connection)
        runner.register_hook(hook)
        runner.train()
        hook.send_end(runner, read_summary(Path(runner.work_dir)))


@contextmanager
def _silent() -> Iterator[None]:
    """Drop what training prints: the terminal is that of the server."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)
    yield
