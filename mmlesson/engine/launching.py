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

from mmlesson.config import load_config, parse_options
from mmlesson.engine.checkpoint import LAST, write_text
from mmlesson.engine.device import resolve_device
from mmlesson.engine.runner import LessonRunner
from mmlesson.engine.summary import FILE_NAME
from mmlesson.errors import UserError
from mmlesson.registry import RUNNERS


def is_taken(work_dir: Path) -> bool:
    """Tell whether a folder holds a run, which another one must not write over."""
    return (work_dir / FILE_NAME).exists() or (work_dir / LAST).exists()


def choose_work_dir(asked: str | None, config: Config, resume: bool) -> Path:
    """Return the folder of a run: never one that another run lives in, unless it is resumed.

    Without ``asked``, it is ``work_dirs/<config>``, and ``work_dirs/<config>_2`` when that is
    taken; resuming takes the newest of them.

    Raises:
        UserError: If the folder that was asked for holds a run.
    """
    wanted = asked or config.get('work_dir')
    if wanted:
        folder = Path(wanted)
        if is_taken(folder) and not resume:
            raise UserError(
                f'{folder} holds a run already. Go on with it by --resume, or choose another '
                '--work-dir.'
            )
        return folder
    first = Path('work_dirs') / Path(config.filename).stem
    folder, following, number = first, first, 1
    while is_taken(following):
        number += 1
        folder, following = following, first.with_name(f'{first.name}_{number}')
    return folder if resume else following


def apply_flags(config: Config, args: Namespace) -> None:
    """Put the flags that train.py and test.py share into the config."""
    config.launcher = args.launcher
    config.device = args.device or config.get('device', 'auto')
    resolve_device(config.device)  # a wrong one is told before anything is built
    config.setdefault('default_scope', 'mmlesson')
    if args.amp and config.get('optim_wrapper'):
        on_cpu = resolve_device(config.device).type == 'cpu'
        config.optim_wrapper.type = 'mmlesson.CPUAmpOptimWrapper' if on_cpu else 'AmpOptimWrapper'


def training_config(args: Namespace) -> Config:
    """Return the config that the command line of ``train.py`` describes."""
    config = load_config(args.config)
    apply_flags(config, args)
    if args.seed is not None:
        config.merge_from_dict({'randomness.seed': args.seed})
    if args.auto_scale_lr:
        config.merge_from_dict({'auto_scale_lr.enable': True})
    if args.no_validate:
        config.update(val_dataloader=None, val_cfg=None, val_evaluator=None)
    config.merge_from_dict(parse_options(args.cfg_options))  # the last word is the user's
    config.work_dir = str(choose_work_dir(args.work_dir, config, args.resume is not None))
    if args.resume:
        config.resume = True
        config.load_from = None if args.resume == 'auto' else args.resume
    return config


def testing_config(args: Namespace) -> Config:
    """Return the config that the command line of ``test.py`` describes."""
    config = load_config(args.config)
    apply_flags(config, args)
    config.merge_from_dict(parse_options(args.cfg_options))  # the last word is the user's
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


def print_summary(summary: dict[str, Any], work_dir: Path) -> None:
    """Print how a run ended: a short table."""
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


def write_metrics(file: Path, metrics: dict[str, Any]) -> None:
    """Write ``{metric: value}`` as JSON; tensors, such as a confusion matrix, become lists."""
    plain = {
        name: value.tolist() if hasattr(value, 'tolist') else value
        for name, value in metrics.items()
    }
    write_text(file, json.dumps(plain, indent=2) + '\n')
