"""From the words of a command line to a runner, and from its end to a table."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

from mmlesson.config import load_config, merge_options, parse_options, require_valid
from mmlesson.engine import distributed
from mmlesson.engine.checkpoint import LAST, write_text
from mmlesson.engine.device import resolve_device
from mmlesson.engine.runner import LessonRunner
from mmlesson.engine.summary import read_summary
from mmlesson.engine.work_dir import choose_work_dir, folder_of_this_launch
from mmlesson.errors import UserError
from mmlesson.registry import RUNNERS


def apply_flags(config: Config, args: Namespace) -> None:
    """Put the flags that train.py and test.py share into the config."""
    config.launcher = args.launcher
    config.device = args.device or config.get('device', 'auto')
    resolve_device(config.device)  # a wrong one is told before anything is built
    config.setdefault('default_scope', 'mmlesson')
    if args.amp and config.get('optim_wrapper'):
        config.optim_wrapper.type = 'mmlesson.MixedPrecisionOptimWrapper'


def training_config(args: Namespace) -> Config:
    """Return the config that the command line of ``train.py`` describes."""
    config = load_config(args.config)
    apply_flags(config, args)
    if args.seed is not None:
        config.merge_from_dict({'randomness.seed': args.seed})
    if args.auto_scale_lr:
        # The learning rate of a config belongs to its batch size, in one process.
        base = {'base_batch_size': config.train_dataloader.batch_size}
        config.auto_scale_lr = {**base, **config.get('auto_scale_lr', {}), 'enable': True}
    if args.no_validate:
        config.update(val_dataloader=None, val_cfg=None, val_evaluator=None)
    options = parse_options(args.cfg_options)
    merge_options(config, options)  # the last word is the user's
    require_valid(config, options)
    if args.resume:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
    return config


def open_run(config: Config, asked: str | None) -> None:
    """Connect the processes, and put the folder of the run into the config.

    A launch that was restarted goes on with the run that it had begun.

    Args:
        config: As `training_config` gives it.
        asked: Folder that the command line asks for.
    """
    connect(config)
    distributed.wait_for_all()
    chosen = _choose(config, asked) if distributed.rank() == 0 else None
    config.work_dir, restarted = distributed.tell(chosen)
    if restarted:
        config.resume, config.load_from = True, None


def _choose(config: Config, asked: str | None) -> tuple[str, bool]:
    """Return the folder, and whether this launch has saved there before."""
    begun = folder_of_this_launch(asked, config)
    if begun is not None:
        return str(begun), (begun / LAST).exists()
    return str(choose_work_dir(asked, config, bool(config.get('resume')))), False


def connect(config: Config) -> None:
    """Connect the processes that a launcher started, on the config's device."""
    timeout = (config.get('env_cfg') or {}).get('dist_cfg', {}).get('timeout')
    distributed.connect(config.device, timeout)


def testing_config(args: Namespace) -> Config:
    """Return the config that the command line of ``test.py`` describes."""
    config = load_config(args.config)
    apply_flags(config, args)
    options = parse_options(args.cfg_options)
    merge_options(config, options)  # the last word is the user's
    require_valid(config, options)
    if not Path(args.checkpoint).is_file():  # told before a folder is made for the log
        raise UserError(f'There is no checkpoint at {args.checkpoint}. Check the path.')
    config.load_from = args.checkpoint
    config.work_dir = args.work_dir or str(Path(args.checkpoint).parent / 'test')
    add_outputs(config, args)
    return config


def build_runner(config: Config) -> LessonRunner:
    """Build the runner that a config describes, ours unless it names another."""
    init_default_scope(config.get('default_scope', 'mmlesson'))
    if 'runner_type' in config:
        runner: Any = RUNNERS.build(config)
    else:
        runner = LessonRunner.from_cfg(config)
    return runner


def print_end(runner: Any) -> None:
    """Print how a run ended, once: a short table; another runner than ours has told already."""
    if distributed.rank() != 0 or not isinstance(runner, LessonRunner):
        return
    work_dir = Path(runner.work_dir)
    summary = read_summary(work_dir)
    table = Table(title=f'{work_dir.name}: {summary["status"]}', title_justify='left')
    table.add_column('')
    table.add_column('value')
    best, stop = summary['best'], summary['stop']
    table.add_row('epochs', f'{summary["epochs"]} ({summary["train_seconds"]:.1f} s of training)')
    if stop:
        table.add_row('stopped', stop['message'])
    if best:
        table.add_row('best epoch', f'{best["epoch"]} ({best["metric"]} {best["value"]:.4g})')
    for name in ('val', 'test'):
        for metric, value in (summary[name] or {}).items():
            if isinstance(value, int | float):
                table.add_row(f'{name} {metric}', f'{value:.4g}')
    table.add_row('files', str(work_dir))
    Console().print(table)


def add_outputs(config: Config, args: Namespace) -> None:
    """Put what test.py was asked to write into the config.

    Raises:
        UserError: If a file or folder cannot take it.
    """
    hooks = list(config.get('custom_hooks') or [])
    if args.amp and config.get('test_cfg') is not None:
        config.test_cfg.fp16 = True
    if args.out:
        _check_out(Path(args.out), {'metrics': ('.json',), 'pred': ('.pkl',)}[args.out_item])
    if args.out and args.out_item == 'pred':
        evaluators = config.test_evaluator
        evaluators = list(evaluators) if isinstance(evaluators, list) else [evaluators]
        config.test_evaluator = [*evaluators, {'type': 'DumpResults', 'out_file_path': args.out}]
    if args.show_dir:
        hooks.append({'type': 'mmlesson.PredictionHook', 'out_dir': args.show_dir})
    if args.tta:
        hooks.append({'type': 'PrepareTTAHook', 'tta_cfg': {'type': 'mmlesson.FlipTTA'}})
    config.custom_hooks = hooks


def _check_out(file: Path, endings: tuple[str, ...]) -> None:
    if file.suffix not in endings:
        raise UserError(f'--out {file} must end in {" or ".join(endings)} for this --out-item.')
    if file.exists():
        raise UserError(f'--out {file} exists already. Choose another name, or remove it.')
    if not file.absolute().parent.is_dir():
        raise UserError(f'--out {file}: there is no folder {file.parent}. Make it first.')


def write_metrics(file: str, metrics: dict[str, Any]) -> None:
    """Write ``{metric: value}`` as JSON; tensors, such as a confusion matrix, become lists."""
    plain = {
        name: value.tolist() if hasattr(value, 'tolist') else value
        for name, value in metrics.items()
    }
    write_text(Path(file), json.dumps(plain, indent=2) + '\n')
