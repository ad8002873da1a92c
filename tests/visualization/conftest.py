"""Fixtures of tests that draw finished runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.runs.run import Run
from mmlesson.visualization.drawing import Drawing

KNOWN: dict[str, Path] = {}
"""Runs by lesson and options: many tests draw the same ones, and none writes to their folders."""


@pytest.fixture
def finished(
    train: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    """Return a function that trains a lesson for two epochs, once, and reads it back."""

    def give(lesson: str, **options: Any) -> Any:
        key = repr((lesson, options))
        if key not in KNOWN:
            folder = tmp_path_factory.mktemp('finished') / 'run'
            asked = {'type': 'VisualizationHook', 'figures': ['layer_norms']}
            length = {} if 'train_cfg' in options else {'train_cfg__max_epochs': 2}
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Drawing, 'save', lambda *_: [])  # what is recorded is needed
                train(lesson, str(folder), default_hooks__visualization=asked, **length, **options)
            KNOWN[key] = folder
        return read_figure_context(Run(KNOWN[key]))

    return give
