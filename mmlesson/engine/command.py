"""Configs and outputs of the commands ``train.py`` and ``test.py``."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mmlesson.config import LoadedConfig, parse_options
from mmlesson.engine import distributed
from mmlesson.engine.runner import LessonRunner
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.engine.screen import print_rows
from mmlesson.errors import UserError
from mmlesson.runs.conclusion import conclusion
from mmlesson.runs.run import Run
from mmlesson.runs.summary import final_text, read_summary
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.cli import check_output_file, check_show_dir
from mmlesson.utils.device import resolve_device

MOST_CLASSES = 12
"""Classes up to which the end of a run lists the test metrics of each."""


def apply_flags(config: Config, args: Namespace) -> None:
    """Write the options shared by train.py and test.py into the config."""
    config.launcher = args.launcher
    config.device = config.get('device', 'auto') if args.device is None else args.device
    resolve_device(config.device)  # a wrong device is reported before anything is built
    config.setdefault('default_scope', 'mmlesson')
    if getattr(args, 'verbose', False):
        config.verbose = True
    if args.amp and isinstance(config.get('optim_wrapper'), dict):
        config.optim_wrapper.type = 'mmlesson.MixedPrecisionOptimWrapper'


def training_config(args: Namespace) -> Config:
    """Return the config described by the command line of ``train.py``."""
    loaded = LoadedConfig.open(args.config)
    config = loaded.config
    apply_flags(config, args)
    if args.seed is not None:
        loaded.merge({'randomness.seed': args.seed})
    if args.auto_scale_lr:
        _scale_lr(config)
    if args.no_validate:
        config.update(val_dataloader=None, val_cfg=None, val_evaluator=None)
    loaded.merge(parse_options(args.cfg_options))  # last, so that the user's options win
    loaded.require_valid()
    if config.get('train_cfg') is None:
        raise UserError(f'{args.config} has no train_cfg: there is nothing to train.')
    if int(os.environ.get('RANK', 0)) == 0:
        for issue in loaded.warnings():
            print(f'note: {issue}', file=sys.stderr)
    if args.resume:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
        config.resume_after_stop = args.resume_after_stop
    return config


def _scale_lr(config: Config) -> None:
    """Enable scaling: the learning rate of a config belongs to its batch size, in one process."""
    loader = config.get('train_dataloader')
    size = loader.get('batch_size') if isinstance(loader, dict) else None
    base = {} if size is None else {'base_batch_size': size}
    own = config.get('auto_scale_lr')
    config.auto_scale_lr = {**base, **(own if isinstance(own, dict) else {}), 'enable': True}


def testing_config(args: Namespace) -> Config:
    """Return the config described by the command line of ``test.py``."""
    loaded = LoadedConfig.open(args.config)
    config = loaded.config
    apply_flags(config, args)
    loaded.merge(parse_options(args.cfg_options))  # last, so that the user's options win
    loaded.require_valid()
    if config.get('test_cfg') is None:
        raise UserError(f'{args.config} has no test_cfg: there is nothing to test.')
    checkpoint = Path(args.checkpoint)
    if checkpoint.is_dir():
        checkpoint = Run(checkpoint).checkpoint_to_apply
    if not checkpoint.is_file():  # reported before a folder is created for the log
        raise UserError(f'There is no checkpoint at {checkpoint}. Check the path.')
    config.load_from = str(checkpoint)
    config.work_dir = args.work_dir or str(checkpoint.parent / 'test')
    add_outputs(config, args)
    return config


def print_end(runner: RunnerLike) -> None:
    """Print the results of a run, on rank 0 and for `LessonRunner` only.

    On a terminal that is the conclusion of the lesson, otherwise a table.
    """
    if distributed.rank() != 0 or not isinstance(runner, LessonRunner):
        return
    work_dir = Path(runner.work_dir)
    columns = read_summary(work_dir).get('test_by_class') or {}
    by_class = _class_table(columns, (runner.status.splits.get('test') or {}).get('classes') or [])
    if by_class is not None:
        print()
        Console().print(by_class)
    if runner.is_quiet:  # last, to be on the screen
        print()
        print_rows(conclusion(work_dir, runner.cfg.get('expect') or ()))
    else:
        _print_table(work_dir)


def _print_table(work_dir: Path) -> None:
    summary = read_summary(work_dir)
    table = Table(title=f'{work_dir.name}: {summary["status"]}', title_justify='left')
    table.add_column('')
    table.add_column('value')
    best, stop = summary['best'], summary['stop']
    unit = 'epoch' if summary['epochs'] or not summary['iterations'] else 'iteration'
    count = summary[f'{unit}s']
    table.add_row(f'{unit}s', f'{count} ({summary["train_seconds"]:.1f} s of training)')
    if stop:
        table.add_row('stopped', stop['message'])
    if best:
        table.add_row(f'best {unit}', f'{best["epoch"]} ({best["metric"]} {best["value"]:.4g})')
    final = final_text(summary)
    if final:
        table.add_row('final weights', final)
    for name in ('val', 'test'):
        for metric, value in (summary[name] or {}).items():
            if isinstance(value, int | float):
                table.add_row(f'{name} {metric}', f'{value:.4g}')
    table.add_row('files', str(work_dir))
    Console().print(table)


def _class_table(columns: Mapping[str, Sequence[float]], classes: Sequence[str]) -> Table | None:
    """Return precision, recall and F1 of each class; None if unknown or of too many classes."""
    if {len(values) for values in columns.values()} != {len(classes)}:
        return None
    if len(classes) > MOST_CLASSES:
        return None
    table = Table(title='test, by class (percent)', title_justify='left')
    table.add_column('class')
    for name in columns:
        table.add_column(name, justify='right')
    for label, name in enumerate(classes):
        cells = [values[label] for values in columns.values()]
        shown = [f'{x:.1f}' if isinstance(x, int | float) else str(x) for x in cells]  # or 'nan'
        table.add_row(escape(name), *shown)
    return table


def add_outputs(config: Config, args: Namespace) -> None:
    """Configure the outputs requested on the command line of test.py.

    Raises:
        UserError: If an output file or folder cannot be written.
    """
    hooks = list(config.get('custom_hooks') or [])
    if args.amp and config.get('test_cfg') is not None:
        config.test_cfg.fp16 = True
    if args.out:
        check_output_file(
            '--out', Path(args.out), [{'metrics': '.json', 'pred': '.pkl'}[args.out_item]]
        )
    if args.out and args.out_item == 'pred':
        evaluators = config.test_evaluator
        evaluators = list(evaluators) if isinstance(evaluators, list) else [evaluators]
        config.test_evaluator = [
            *evaluators,
            {'type': 'DumpResults', 'out_file_path': str(args.out)},
        ]
    if args.show_dir:
        check_show_dir('--show-dir', Path(args.show_dir))
        hooks.append({'type': 'mmlesson.PredictionHook', 'out_dir': args.show_dir})
    if args.tta:
        hooks.append({'type': 'PrepareTTAHook', 'tta_cfg': {'type': 'mmlesson.FlipTTA'}})
    config.custom_hooks = hooks


def write_metrics(file: str | Path, metrics: dict[str, Any]) -> None:
    """Write ``{metric: value}`` as JSON; tensors, such as a confusion matrix, become lists."""
    plain = {
        name: value.tolist() if hasattr(value, 'tolist') else value
        for name, value in metrics.items()
    }
    write_text(Path(file), json.dumps(plain, indent=2) + '\n')
