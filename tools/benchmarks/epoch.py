"""Time an epoch of a lesson on images of MNIST's size against a plain loop and mmpretrain.

The plain loop has all images on the device, standardised, as one tensor. mmpretrain trains the same
backbone with its own ``MNIST`` dataset, pipeline (``Resize``, ``PackInputs``) and preprocessor,
in the process that trains. The images are random, and in the files of MNIST.

Example:
    python tools/benchmarks/epoch.py configs/cnn/cnn_mnist.py
    python tools/benchmarks/epoch.py configs/mlp/mlp_mnist.py --images 6000 --rounds 5
    python tools/benchmarks/epoch.py configs/cnn/cnn_mnist.py --device cuda --batch-size 512
"""

from __future__ import annotations

import argparse
import statistics
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mmlesson.utils.cli import ToolParser

LEARNING_RATE = 0.001


def write_mnist(folder: Path, images: int) -> None:
    """Write random images into the files of MNIST."""
    import numpy as np

    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for prefix, count in (('train', images), ('t10k', 1000)):
        pixels = rng.integers(0, 256, (count, 28, 28), np.uint8)
        labels = rng.integers(0, 10, count).astype(np.uint8)
        for name, array in (('images-idx3', pixels), ('labels-idx1', labels)):
            head = bytes([0, 0, 8, array.ndim]) + struct.pack(f'>{array.ndim}I', *array.shape)
            (folder / f'{prefix}-{name}-ubyte').write_bytes(head + array.tobytes())


def clock(device: str) -> float:
    """Return processor seconds, or seconds when a GPU has finished its work."""
    if device == 'cpu':
        return time.process_time()
    import torch

    torch.cuda.synchronize()
    return time.perf_counter()


def epoch_clock(device: str) -> Any:
    """Return a hook that times the training of each epoch."""
    from mmengine.hooks import Hook

    class EpochClock(Hook):
        priority = 'HIGHEST'

        def __init__(self) -> None:
            self.seconds = 0.0

        def before_train_epoch(self, runner: Any) -> None:
            self.seconds = -clock(device)

        def after_train_epoch(self, runner: Any) -> None:
            self.seconds += clock(device)

    return EpochClock()


def settings(path: str, root: Path, device: str, batch_size: int | None) -> Any:
    """Return the config of the lesson, for one epoch on the random images."""
    from mmlesson.config import LoadedConfig

    config = LoadedConfig.open(path).require_valid().config
    changes = {'train_cfg.max_epochs': 1, 'device': device, 'log_level': 'ERROR'}
    config.merge_from_dict({**changes, 'default_hooks.visualization': None})
    config.merge_from_dict({'test_after_train': False, 'device_resident': True})
    for split in ('train', 'val', 'test'):
        config[f'{split}_dataloader'].dataset.root = str(root)
    if batch_size is not None:
        config.train_dataloader.batch_size = batch_size
    config.work_dir = tempfile.mkdtemp(dir=root)
    return config


def ours(config: Any) -> tuple[float, Any]:
    """Return the seconds of an epoch of the runner, and the runner."""
    from mmlesson.engine.build import build_runner

    runner, hook = build_runner(config), epoch_clock(config.device)
    runner.register_hook(hook)
    runner.train()
    return hook.seconds, runner


def by_hand(runner: Any, device: str) -> float:
    """Return the seconds of an epoch of the plain loop, with the model of a runner."""
    import torch
    import torch.nn.functional as F

    model, dataset = runner.bare_model.train(), runner.train_dataloader.dataset
    batch = model.data_preprocessor(dataset.__getitems__(range(len(dataset))))
    inputs, labels = batch['inputs'], batch['labels']
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    start = clock(device)
    order = torch.randperm(len(labels), device=device)
    for chosen in order.split(runner.train_dataloader.batch_size):
        loss = F.cross_entropy(model(inputs[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return clock(device) - start


def mmpretrain(config: Any, root: Path, images: int) -> float:
    """Return the seconds of an epoch of mmpretrain on as many images."""
    from mmengine.config import Config
    from mmengine.runner import Runner

    from mmlesson.registry import MODELS

    backbone = {**config.model.backbone, 'type': f'mmlesson.{config.model.backbone.type}'}
    width = MODELS.build(backbone).out_features
    own = Config(
        {
            'default_scope': 'mmpretrain',
            'work_dir': tempfile.mkdtemp(dir=root),
            'log_level': 'ERROR',
            'model': {
                'type': 'ImageClassifier',
                'backbone': backbone,
                'head': {'type': 'LinearClsHead', 'num_classes': 10, 'in_channels': width},
                'data_preprocessor': {'num_classes': 10, 'mean': [33.46], 'std': [78.87]},
            },
            'train_dataloader': {
                'batch_size': config.train_dataloader.batch_size,
                'num_workers': 0,
                'sampler': {'type': 'DefaultSampler', 'shuffle': True},
                'dataset': {
                    'type': 'MNIST',
                    'data_root': str(root / 'MNIST' / 'raw'),
                    'split': 'train',
                    'indices': images,
                    'pipeline': [{'type': 'Resize', 'scale': 28}, {'type': 'PackInputs'}],
                },
            },
            'optim_wrapper': {'optimizer': {'type': 'Adam', 'lr': LEARNING_RATE}},
            'train_cfg': {'by_epoch': True, 'max_epochs': 1},
        }
    )
    runner, hook = Runner.from_cfg(own), epoch_clock(config.device)
    runner.register_hook(hook)
    runner.train()
    return float(hook.seconds)


def measure(args: argparse.Namespace, path: str, root: Path) -> list[tuple[float, float, float]]:
    """Return the seconds of ours, the plain loop and mmpretrain, in each round."""
    import warnings

    warnings.simplefilter('ignore')  # of mmcv-lite and of torch, about mmpretrain's code
    from mmpretrain.utils import register_all_modules

    register_all_modules(init_default_scope=False)
    rounds = []
    for _ in range(args.rounds + 1):
        config = settings(path, root, args.device, args.batch_size)
        seconds, runner = ours(config)
        images = len(runner.train_dataloader.dataset)
        rounds.append((seconds, by_hand(runner, args.device), mmpretrain(config, root, images)))
    return rounds[1:]  # the first round builds caches


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='lessons on MNIST')
    parser.add_argument('--images', type=int, default=60_000, help='images (default: 60000)')
    parser.add_argument('--rounds', type=int, default=3, help='number of rounds (default: 3)')
    parser.add_argument('--batch-size', type=int, help="images per batch (default: the lesson's)")
    parser.add_argument('--device', default='cpu', help='cpu (default) or cuda')
    return parser.parse_args()


def main() -> None:
    """Print the median times of each config."""
    args = parse_args()
    from mmlesson.errors import check_choice, check_int

    check_int('epoch', '--images', args.images, minimum=1000)
    check_int('epoch', '--rounds', args.rounds)
    check_choice('epoch', '--device', args.device, ('cpu', 'cuda'))
    with tempfile.TemporaryDirectory() as folder:
        write_mnist(Path(folder, 'MNIST', 'raw'), args.images)
        for path in args.configs:
            rounds = measure(args, path, Path(folder))
            mine, hand, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
            print(
                f'{path}: {mine:.2f} s, by hand {hand:.2f} s, '
                f'ratio {statistics.median(a / b for a, b, _ in rounds):.2f}; mmpretrain '
                f'{theirs:.2f} s, ratio {statistics.median(a / c for a, _, c in rounds):.2f}'
            )


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
