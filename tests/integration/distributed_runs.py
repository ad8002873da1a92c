"""Trains lessons in as many processes as torchrun starts; the tests beside it compare the runs.

    python tools/dist_launch.py N tests/integration/distributed_runs.py RUNS.json

RUNS.json holds, by name, a lesson and the options that are merged into it. Each run lands in a
folder of its name, beside RUNS.json; `curves` reads it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).parent.parent.parent / 'configs'


def register_normalised_mlp() -> None:
    """Register a small network whose batch norm sees vectors."""
    from mmengine.model import BaseModule
    from torch import nn

    from mmlesson.registry import MODELS

    class NormalisedMLP(BaseModule):
        """Linear -> batch norm -> ReLU."""

        out_features = 8

        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(2, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU())

        def forward(self, inputs: Any) -> tuple[Any]:
            return (self.layers(inputs),)

    MODELS.register_module(module=NormalisedMLP, force=True)


def train(
    lesson: str,
    options: dict[str, Any],
    work_dir: Path,
    launcher: str,
    prepare: Callable[[Any], None] = lambda runner: None,
) -> None:
    """Train a lesson; ``prepare`` is given the runner before."""
    from mmlesson.config import load_config
    from mmlesson.engine.build import build_runner

    register_normalised_mlp()
    config = load_config(CONFIGS / lesson)
    config.merge_from_dict(
        {
            'device': 'cpu',
            'launcher': launcher,
            'work_dir': str(work_dir),
            'log_level': 'WARNING',
            'default_hooks.visualization': None,
        }
    )
    config.merge_from_dict(deepcopy(options))  # merging takes `_delete_` out
    runner = build_runner(config)
    prepare(runner)
    runner.train()


def curves(work_dir: Path) -> dict[str, Any]:
    """Return what a run recorded: training and validation by epoch, and its summary."""
    from mmlesson.runs.scalars import read_points

    points = read_points(work_dir)
    summary = json.loads((work_dir / 'summary.json').read_text())
    return {'train': points['train'], 'val': points['val'], 'summary': summary}


def main() -> None:
    from mmlesson.engine.distributed.process_group import process_group

    file = Path(sys.argv[1])
    with process_group('pytorch'):
        for name, (lesson, options) in json.loads(file.read_text()).items():
            train(lesson, options, file.parent / name, 'pytorch')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
