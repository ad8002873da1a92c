"""Fixtures of tests that draw finished runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.runs.run import Run


@pytest.fixture
def finished(train: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Return a function that trains a lesson for two epochs and reads it back."""
    numbers = itertools.count()

    def give(lesson: str, **options: Any) -> Any:
        asked = {'type': 'VisualizationHook', 'figures': ['layer_norms']}
        length = {} if 'train_cfg' in options else {'train_cfg__max_epochs': 2}
        name = f'run_{next(numbers)}'
        train(lesson, name, default_hooks__visualization=asked, **length, **options)
        return read_figure_context(Run(tmp_path / name))

    return give
