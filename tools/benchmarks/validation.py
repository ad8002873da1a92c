"""Time a validation through the runner against a plain PyTorch loop, in pairs.

The plain loop applies the model to tensors that are prepared already, and computes the mean loss
and the accuracy of each batch. The runner reads, standardises and evaluates with the metrics of the
config. The images are random, in the size of MNIST.

Example:
    python tools/benchmarks/validation.py configs/mlp/mlp_mnist.py configs/cnn/cnn_mnist.py
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from typing import Any

from mmlesson.utils.cli import ToolParser


def register_random_images(size: int) -> None:
    """Register a dataset of random grey images of 28 x 28 pixels with random labels."""
    import numpy as np

    from mmlesson.datasets.array_dataset import ArrayDataset
    from mmlesson.registry import DATASETS

    @DATASETS.register_module(force=True)
    class RandomImages(ArrayDataset):
        classes = tuple('0123456789')
        scale = 1 / 255

        def _load(self) -> tuple[Any, Any, None]:
            rng = np.random.default_rng(0)
            images = rng.integers(0, 256, (size, 1, 28, 28), np.uint8)
            return images, rng.integers(0, 10, size), None


def plain_seconds(model: Any, inputs: Any, labels: Any, batch_size: int) -> float:
    """Return the seconds of the hand-written loop."""
    import torch
    import torch.nn.functional as F

    start, loss, correct = time.perf_counter(), 0.0, 0
    model.eval()
    with torch.no_grad():
        for images, true in zip(inputs.split(batch_size), labels.split(batch_size), strict=True):
            logits = model(images)
            loss += F.cross_entropy(logits, true).item() * len(true)
            correct += int((logits.argmax(1) == true).sum())
    return time.perf_counter() - start


def measure(path: str, size: int, pairs: int) -> list[tuple[float, float]]:
    """Return seconds of the runner and of the hand-written loop, in pairs."""
    import torch

    from mmlesson.config import LoadedConfig
    from mmlesson.engine.build import build_runner

    config = LoadedConfig.open(path).require_valid().config
    config.merge_from_dict({'device': 'cpu', 'log_level': 'ERROR'})
    config.work_dir = tempfile.mkdtemp()
    register_random_images(size)
    for split, ratio in (('train', (1.0, 0.0, 0.0)), ('val', (0.0, 1.0, 0.0))):
        config[f'{split}_dataloader'].dataset = {
            'type': 'RandomImages',
            'split': split,
            'split_ratio': ratio,
        }
    runner = build_runner(config)
    dataset, model = runner.val_dataloader.dataset, runner.bare_model
    half = torch.full((1,), 0.5)
    model.data_preprocessor.fit(half, half)
    batch = model.data_preprocessor(dataset.__getitems__(range(size)))
    seconds = []
    for _ in range(pairs + 1):
        start = time.perf_counter()
        runner.val_loop.run()
        ours = time.perf_counter() - start
        rest = (batch['inputs'], batch['labels'], runner.val_dataloader.batch_size)
        seconds.append((ours, plain_seconds(model, *rest)))
    return seconds[1:]  # the first pair builds caches


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='config files')
    parser.add_argument('--size', type=int, default=10_000, help='number of images')
    parser.add_argument('--pairs', type=int, default=7, help='number of pairs (default: 7)')
    return parser.parse_args()


def main() -> None:
    """Print the median times of each config."""
    args = parse_args()
    from mmlesson.errors import check_int

    check_int('validation', '--size', args.size)
    check_int('validation', '--pairs', args.pairs)
    for path in args.configs:
        pairs = measure(path, args.size, args.pairs)
        ours, plain = (1e3 * statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f'{path}: {ours:.0f} ms, by hand {plain:.0f} ms, ratio {ratio:.2f}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
