"""Dry run: build all parts of a run, train on a few batches, and keep no files."""

from __future__ import annotations

import statistics
import time
from argparse import Namespace
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from torch import Tensor

from mmlesson.apis.analysis.build import build_silent_runner, scratch_folder
from mmlesson.apis.analysis.limit_batches import first_batches, is_by_epoch
from mmlesson.engine.command import training_config
from mmlesson.engine.runner import LessonRunner
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError
from mmlesson.models.module_trace import ModuleCall, last_tensor, record_calls
from mmlesson.utils.text_table import format_table

WARM_UP, TIMED = 1, 5  # steps


def dry_run(args: Namespace) -> str:
    """Build the run of a ``train.py`` command line, train a few steps, and return a report.

    The run trains on a few batches and validates on one, without test, figures or early stopping.
    Its files are written to a temporary folder, which is removed.

    Args:
        args: Parsed command line.

    Raises:
        UserError: If the config is not valid, or several processes are requested.
    """
    if args.launcher != 'none':
        raise UserError('--dry-run takes one process. Remove --launcher.')
    with scratch_folder() as folder:
        args.work_dir = str(folder / 'run')
        config = training_config(args)
        planned = dict(config.train_cfg)
        runner = build_silent_runner(config, folder / 'run')
        loaders = _build_loaders(runner)
        runner._train_dataloader = first_batches(loaders['train'], WARM_UP + TIMED)
        runner._train_loop = {**planned, **_shorten(config)}
        if 'val' in loaders and runner._val_loop is not None:
            runner._val_dataloader = first_batches(loaders['val'], 1)
        watch = _Watch()
        runner.register_hook(watch)
        runner.train()
        return '\n'.join(
            [
                *_report_data(loaders, watch),
                '',
                *_report_model(runner, watch),
                '',
                *_report_memory(runner),
                *_report_time(planned, loaders, watch),
                'No files were kept: no folder, no log, no checkpoint.',
            ]
        )


def _shorten(config: Config) -> dict[str, Any]:
    if is_by_epoch(config):
        length = {'max_epochs': 1, 'val_interval': 1}
    else:
        length = {'max_iters': WARM_UP + TIMED, 'val_interval': WARM_UP + TIMED}
    return {**length, 'val_begin': 1, 'dynamic_intervals': None}


def _build_loaders(runner: LessonRunner) -> dict[str, Any]:
    configs = {name: getattr(runner, f'_{name}_dataloader') for name in ('train', 'val', 'test')}
    return {
        name: runner.build_dataloader(config, seed=runner.seed)
        for name, config in configs.items()
        if config
    }


class _Watch(Hook):
    """Records the end time and the batch of each step."""

    priority = 'LOWEST'

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.batches: dict[str, Any] = {}
        self.loss: float | None = None
        self.val_seconds: float | None = None
        self.val_metrics: dict[str, float] = {}

    def after_train_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Record a training step, after waiting for the GPU."""
        if runner.device.type == 'cuda':
            torch.cuda.synchronize(runner.device)
        self.ends.append(time.perf_counter())
        if self.loss is None and 'loss' in (outputs or {}):
            self.loss = float(torch.as_tensor(outputs['loss']).detach())
        self.batches.setdefault('train', data_batch)

    def before_val_epoch(self, runner: LessonRunnerLike) -> None:
        """Record the start time."""
        self._val_start = time.perf_counter()

    def after_val_iter(
        self, runner: LessonRunnerLike, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Record the validation step."""
        self.val_seconds = time.perf_counter() - self._val_start
        self.batches.setdefault('val', data_batch)

    @property
    def steps(self) -> list[float]:
        """Seconds of each step after the first, including the loading of its batch."""
        pairs = zip(self.ends, self.ends[1:], strict=False)
        return [later - earlier for earlier, later in pairs]


def _report_data(loaders: Mapping[str, Any], watch: _Watch) -> list[str]:
    rows = []
    for name, loader in loaders.items():
        batches = _length(loader)
        batch = watch.batches.get(name) or {}
        shapes = ', '.join(f'{key} {_shape(value)}' for key, value in batch.items())
        rows.append([name, _length(loader.dataset), batches, shapes or '(not run)'])
    table = format_table(['split', 'samples', 'batches', 'first batch'], rows, left=1)
    return [table]


def _length(sized: Any) -> str:
    try:
        return f'{len(sized):,}'
    except TypeError:  # an endless sampler
        return 'endless'


def _shape(value: Any) -> str:
    if isinstance(value, Tensor):
        return f'{str(value.dtype).removeprefix("torch.")} {tuple(value.shape)}'
    return f'{len(value)} x {_shape(value[0])}' if isinstance(value, list) else type(value).__name__


def _report_model(runner: LessonRunnerLike, watch: _Watch) -> list[str]:
    model = runner.bare_model
    rows = [
        [
            call.name or 'model',
            type(call.module).__name__,
            str(tuple(_output(call).shape)),
            f'{sum(p.numel() for p in call.module.parameters(recurse=False)):,}',
        ]
        for call in _layers(model, watch.batches['train'])
    ]
    total = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    lines = [format_table(['layer', 'type', 'output', 'parameters'], rows, left=2)]
    lines.append(f'parameters: {total:,}, of which {trained:,} are trainable')
    if watch.loss is not None:
        lines.append(f'loss of the first batch: {watch.loss:.4g}')
    return lines


def _layers(model: Any, batch: Any) -> list[ModuleCall]:
    """Return the calls of layers: modules that call no others, or have their own parameters."""
    data = model.data_preprocessor(batch, False)
    model.eval()
    with torch.no_grad():
        calls = record_calls(model, partial(model, **data, mode='tensor'))
    own = [call for call in calls if not call.called or any(call.module.parameters(recurse=False))]
    return [call for call in own if last_tensor(call.output) is not None]


def _output(call: ModuleCall) -> Tensor:
    output: Any = last_tensor(call.output)
    return output


def _report_memory(runner: LessonRunnerLike) -> list[str]:
    weights = sum(p.numel() * p.element_size() for p in runner.bare_model.parameters())
    wrapper: Any = getattr(runner.optim_wrapper, 'optimizer', None)
    states = wrapper.state.values() if wrapper is not None else ()
    state = sum(_size(value) for entry in states for value in entry.values())
    line = f'memory: weights {_human(weights)}, gradients the same, optimizer {_human(state)}'
    if runner.device.type == 'cuda':
        peak = torch.cuda.max_memory_allocated(runner.device)
        line += f'; peak on the GPU {_human(peak)}'
    return [f'{line}; peak of the process {_process_peak()}']


def _size(value: Any) -> int:
    return value.numel() * value.element_size() if isinstance(value, Tensor) else 0


def _process_peak() -> str:
    try:
        import resource
        import sys
    except ImportError:  # Windows
        return 'unknown'
    unit = 1 if sys.platform == 'darwin' else 1024
    return _human(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def _human(size: float) -> str:
    for unit in ('B', 'KiB', 'MiB'):
        if size < 1024:
            return f'{size:.4g} {unit}'
        size /= 1024
    return f'{size:.4g} GiB'


def _report_time(
    planned: Mapping[str, Any], loaders: Mapping[str, Any], watch: _Watch
) -> list[str]:
    if not watch.steps:
        return ['time: unknown, because the only batch is the warm-up']
    step = statistics.median(watch.steps)
    based = f'{1000 * step:.3g} ms per step, the median of {len(watch.steps)} after a warm-up step'
    if 'max_iters' in planned:
        total = step * planned['max_iters']
        return [f'time: {total:.2g} s for {planned["max_iters"]:,} iterations ({based})']
    steps, val = len(loaders['train']), 0.0
    parts = [f'{steps} steps']
    if watch.val_seconds is not None:
        val = watch.val_seconds * len(loaders['val'])
        parts.append(f'{val:.2g} s of validation, from one batch')
    epoch = step * steps + val
    total = step * steps * planned['max_epochs']
    total += val * planned['max_epochs'] / planned.get('val_interval', 1)
    return [
        f'time: {epoch:.2g} s per epoch ({", ".join(parts)}; {based}); '
        f'{total:.2g} s for {planned["max_epochs"]} epochs'
    ]
