"""Time a validation through the runner, and predictions of an array, against plain PyTorch loops.

The plain loops apply the model to tensors that are prepared already: one computes the mean loss and
the accuracy of each batch, the other probabilities and classes. The runner reads, standardises and
evaluates with the metrics of the config; `Inferencer` takes an array of uint8, scales and
standardises it, and returns probabilities and classes. The images are random, in the size of MNIST.

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

    start, loss, correct = time.process_time(), 0.0, 0
    model.eval()
    with torch.no_grad():
        for images, true in zip(inputs.split(batch_size), labels.split(batch_size), strict=True):
            logits = model(images)
            loss += F.cross_entropy(logits, true).item() * len(true)
            correct += int((logits.argmax(1) == true).sum())
    return time.process_time() - start


def plain_predictions(model: Any, inputs: Any, batch_size: int) -> tuple[Any, Any]:
    """Return probabilities and classes of the hand-written loop, as arrays."""
    import torch

    scores = []
    with torch.no_grad():
        for images in inputs.split(batch_size):
            scores.append(torch.softmax(model(images), 1))
    joined = torch.cat(scores)
    return joined.numpy(), joined.argmax(1).numpy()


def build(path: str, size: int, folder: str) -> Any:
    """Return a runner whose validation has random images."""
    import torch

    from mmlesson.config import LoadedConfig
    from mmlesson.engine.build import build_runner

    config = LoadedConfig.open(path).require_valid().config
    config.merge_from_dict({'device': 'cpu', 'log_level': 'ERROR'})
    config.work_dir = folder
    register_random_images(size)
    for split, ratio in (('train', (1.0, 0.0, 0.0)), ('val', (0.0, 1.0, 0.0))):
        config[f'{split}_dataloader'].dataset = {
            'type': 'RandomImages',
            'split': split,
            'split_ratio': ratio,
        }
    runner = build_runner(config)
    half = torch.full((1,), 0.5)
    runner.bare_model.data_preprocessor.fit(half, half)
    return runner


def inferencer_of(runner: Any) -> Any:
    """Return an `Inferencer` of the runner's model."""
    from pathlib import Path

    from mmlesson.apis import Inferencer
    from mmlesson.runs.checkpoint import write_checkpoint

    file = Path(runner.work_dir) / 'weights.pth'
    meta = {'dataset_meta': runner.val_dataloader.dataset.metainfo}
    write_checkpoint(file, {'meta': meta, 'state_dict': runner.bare_model.state_dict()})
    return Inferencer(runner.cfg, file, device='cpu')


def measure(path: str, size: int, pairs: int, folder: str) -> dict[str, list[tuple[float, float]]]:
    """Return seconds of ours and of the hand-written loop, in pairs, of both works."""
    runner = build(path, size, folder)
    dataset, batch_size = runner.val_dataloader.dataset, runner.val_dataloader.batch_size
    inferencer, model = inferencer_of(runner), runner.bare_model
    images = dataset._inputs.numpy()
    batch = model.data_preprocessor(dataset.__getitems__(range(size)))
    rest = (batch['inputs'], batch['labels'], batch_size)
    seconds: dict[str, list[tuple[float, float]]] = {'validation': [], 'predictions': []}
    for _ in range(pairs + 1):
        start = time.process_time()
        runner.val_loop.run()
        ours = time.process_time() - start
        seconds['validation'].append((ours, plain_seconds(model, *rest)))
        start = time.process_time()
        found = inferencer(images, batch_size=batch_size)['predictions']
        found.labels, found.scores  # noqa: B018, computed when they are read
        middle = time.process_time()
        plain_predictions(model, batch['inputs'], batch_size)
        seconds['predictions'].append((middle - start, time.process_time() - middle))
    return {work: times[1:] for work, times in seconds.items()}  # the first pair builds caches


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
        with tempfile.TemporaryDirectory() as folder:
            works = measure(path, args.size, args.pairs, folder)
        for work, pairs in works.items():
            ours, plain = (1e3 * statistics.median(times) for times in zip(*pairs, strict=True))
            ratio = statistics.median(a / b for a, b in pairs)
            print(f'{path}, {work}: {ours:.0f} ms, by hand {plain:.0f} ms, ratio {ratio:.2f}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
