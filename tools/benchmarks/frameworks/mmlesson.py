"""The lesson itself: logging, progress, accuracy, validation, checkpoints; figures off."""

from __future__ import annotations

import tempfile

from mmlesson.config import LoadedConfig
from mmlesson.engine.build import build_runner

from .clock_hook import ClockHook
from .task import Task


def train(task: Task) -> None:
    """Train."""
    config = LoadedConfig.open(task.lesson).require_valid().config
    config.merge_from_dict(
        {
            'train_cfg.max_epochs': task.epochs,
            'test_after_train': False,
            'default_hooks.visualization': None,
            'device': 'cpu',
        }
    )
    config.work_dir = tempfile.mkdtemp(dir=task.folder)
    runner = build_runner(config)
    runner.register_hook(ClockHook(task))
    runner.train()
