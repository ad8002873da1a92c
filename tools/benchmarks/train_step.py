"""Time a training iteration through the runner against a plain PyTorch loop, in pairs.

The plain loop is a typical hand-written loop: same model, same tensors, same batch size, Adam with
torch's defaults, no logging. The runner logs, shows progress and collects metrics.

With --at, the runner is compared with itself: an iteration of a young run, and one after so many
iterations, with histories of that length (in processor seconds, validation and checkpoints
included).

With --busy, the runner is compared with itself: alone, and beside so many processes that take all
the time they get.

Example:
    python tools/benchmarks/train_step.py configs/mlp/mlp_digits.py configs/cnn/cnn_digits.py
    python tools/benchmarks/train_step.py configs/mlp/mlp_digits.py --at 500000
    python tools/benchmarks/train_step.py configs/mlp/mlp_digits.py --at 500000 --stock-logger
    python tools/benchmarks/train_step.py configs/mlp/mlp_digits.py --busy 2
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmlesson.utils.cli import ToolParser

YOUNG = 1000
"""Iterations of a young run."""


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
    with tempfile.TemporaryDirectory() as config.work_dir:
        runner = build_runner(config)
        runner.train()
    loop = runner.train_loop
    return loop.train_seconds / loop.iter, plain_seconds(runner, epochs)


def ageing_hook(iterations: int, epochs: int) -> Any:
    """Return a hook that makes a run old after its first epoch, and times the epochs after it."""
    import numpy as np
    from mmengine.hooks import Hook

    class AgeingHook(Hook):
        priority = 'HIGHEST'

        def __init__(self) -> None:
            self.times: list[float] = []

        def before_train_epoch(self, runner: Any) -> None:
            loop = runner.train_loop
            if not self.times:
                loop._max_epochs = iterations // len(loop.dataloader) + epochs
            elif len(self.times) == 1:
                self.age(runner, iterations // len(loop.dataloader) - 1)
            self.times.append(time.process_time())

        def age(self, runner: Any, epoch: int) -> None:
            loop = runner.train_loop
            for buffer in runner.message_hub.log_scalars.values():
                buffer._log_history = np.resize(buffer._log_history, iterations)
                buffer._count_history = np.resize(buffer._count_history, iterations)
            paths = [getattr(hook, '_path', None) for hook in runner.hooks]
            for path in filter(None, paths):  # of the weights
                for count in range(2, epoch + 1):
                    path.add(runner.bare_model, count * len(loop.dataloader))
            loop._epoch, loop._iter = epoch, epoch * len(loop.dataloader)

        def after_train(self, runner: Any) -> None:
            self.times.append(time.process_time())

    return AgeingHook()


def measure_at(path: str, iterations: int, epochs: int, stock_logger: bool) -> float:
    """Return processor seconds per iteration of a run that has that many iterations."""
    from mmlesson.config import LoadedConfig
    from mmlesson.engine.build import build_runner

    config = LoadedConfig.open(path).require_valid().config
    config.merge_from_dict({'test_after_train': False, 'device': 'cpu', 'log_level': 'ERROR'})
    if stock_logger:
        config.default_hooks.logger = {'type': 'LoggerHook', '_scope_': 'mmengine'}
    hook = ageing_hook(iterations, epochs)
    with tempfile.TemporaryDirectory() as config.work_dir:
        runner = build_runner(config)
        runner.register_hook(hook)
        runner.train()
    seconds = hook.times[-1] - hook.times[2]  # the second epoch has the work of growing old
    return float(seconds / (len(hook.times) - 3) / len(runner.train_dataloader))


def medians(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the median of each side of pairs of seconds, in microseconds, and of their ratios."""
    first, second = (1e6 * statistics.median(times) for times in zip(*pairs, strict=True))
    return first, second, statistics.median(a / b for a, b in pairs)


def compare_ages(args: argparse.Namespace) -> list[str]:
    """Return a line for each config: an iteration at 1,000 iterations and at ``args.at``."""
    rows = []
    for path in args.configs:
        rest = (args.epochs, args.stock_logger)
        pairs = [
            (measure_at(path, args.at, *rest), measure_at(path, YOUNG, *rest))
            for _ in range(args.pairs)
        ]
        old, young, ratio = medians(pairs)
        rows.append(
            f'{path}: {young:.0f} us at iteration {YOUNG}, {old:.0f} us at {args.at}, '
            f'ratio {ratio:.2f}'
        )
    return rows


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Run processes that take all the time they get, started from the same terminal."""
    import subprocess

    command = [sys.executable, '-c', 'while True: pass']
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def compare_busy(args: argparse.Namespace) -> list[str]:
    """Return a line for each config: an iteration alone, and beside ``args.busy`` processes."""
    rows = []
    for path in args.configs:
        measure(path, 2)  # not counted: first calls build caches
        pairs = []
        for _ in range(args.pairs):
            alone, _ = measure(path, args.epochs)
            with busy_processes(args.busy):
                pairs.append((measure(path, args.epochs)[0], alone))
        beside, alone, ratio = medians(pairs)
        rows.append(
            f'{path}: {alone:.0f} us alone, {beside:.0f} us beside {args.busy} busy processes, '
            f'ratio {ratio:.2f}'
        )
    return rows


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('configs', nargs='+', metavar='CONFIG', help='config files')
    parser.add_argument('--pairs', type=int, default=7, help='number of pairs (default: 7)')
    parser.add_argument('--epochs', type=int, default=10, help='epochs of each run (default: 10)')
    other = parser.add_mutually_exclusive_group()
    other.add_argument('--at', type=int, metavar='N', help='compare iteration N with 1,000')
    other.add_argument('--busy', type=int, metavar='N', help='compare with N busy processes beside')
    parser.add_argument(
        '--stock-logger', action='store_true', help="with --at: log by mmengine's LoggerHook"
    )
    args = parser.parse_args()
    if args.stock_logger and args.at is None:
        parser.error('--stock-logger needs --at')
    return args


def main() -> None:
    """Print the median times of each config."""
    args = parse_args()
    from mmlesson.errors import check_int

    check_int('train_step', '--pairs', args.pairs)
    check_int('train_step', '--epochs', args.epochs)
    if args.at is not None:
        check_int('train_step', '--at', args.at, minimum=YOUNG)
        print('\n'.join(compare_ages(args)))
        return
    if args.busy is not None:
        check_int('train_step', '--busy', args.busy)
        print('\n'.join(compare_busy(args)))
        return
    rows = []
    for path in args.configs:
        measure(path, 2)  # not counted: first calls build caches
        pairs = [measure(path, args.epochs) for _ in range(args.pairs)]
        ours, plain, ratio = medians(pairs)
        rows.append(f'{path}: {ours:.0f} us, by hand {plain:.0f} us, ratio {ratio:.2f}')
    print('\n'.join(rows))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
