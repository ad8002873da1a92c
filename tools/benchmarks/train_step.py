"""Time a training iteration through the runner against a plain PyTorch loop, in pairs.

The plain loop is a typical hand-written loop: same model, same tensors, same batch size, Adam with
torch's defaults, no logging. The runner logs, shows progress and collects metrics.

Example:
    python tools/benchmarks/train_step.py configs/mlp/mlp_digits.py configs/cnn/cnn_digits.py
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from typing import Any

from mmlesson.utils.cli import ToolParser


def plain_seconds(runner: Any, epochs: int) -> float:
    """Return seconds per iteration of the hand-written loop."""
    import torch
    import torch.nn.functional as F

    model = runner.bare_model.train()
    dataset = runner.train_dataloader.dataset
    batch = dataset.__getitems__(list(range(len(dataset))))
    batch = model.data_preprocessor(batch, True)
    inputs, labels = batch['inputs'], batch['labels']
    size = runner.train_dataloader.batch_size
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    start, steps = time.perf_counter(), 0
    for _ in range(epochs):
        for chosen in torch.randperm(len(labels)).split(size):
            loss = F.cross_entropy(model(inputs[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
    return (time.perf_counter() - start) / steps


def measure(path: str, epochs: int) -> tuple[float, float]:
    """Return seconds per iteration of the runner and of the hand-written loop."""
    from mmlesson.config import LoadedConfig
    from mmlesson.engine.build import build_runner

    config = LoadedConfig.open(path).require_valid().config
    config.merge_from_dict({'train_cfg.max_epochs': epochs, 'test_after_train': False})
    config.work_dir = tempfile.mkdtemp()
    runner = build_runner(config)
    runner.train()
    loop = runner.train_loop
    return loop.train_seconds / loop.iter, plain_seconds(runner, epochs)


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='config files')
    parser.add_argument('--pairs', type=int, default=7, help='number of pairs (default: 7)')
    parser.add_argument('--epochs', type=int, default=10, help='epochs of each run (default: 10)')
    return parser.parse_args()


def main() -> None:
    """Print the median times of each config."""
    args = parse_args()
    from mmlesson.errors import check_int

    check_int('train_step', '--pairs', args.pairs)
    check_int('train_step', '--epochs', args.epochs)
    rows = []
    for path in args.configs:
        measure(path, 2)  # not counted: first calls build caches
        pairs = [measure(path, args.epochs) for _ in range(args.pairs)]
        ours = statistics.median(pair[0] for pair in pairs)
        plain = statistics.median(pair[1] for pair in pairs)
        ratio = statistics.median(a / b for a, b in pairs)
        rows.append(f'{path}: {1e6 * ours:.0f} us, by hand {1e6 * plain:.0f} us, ratio {ratio:.2f}')
    print('\n'.join(rows))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
