"""Command of ``sweep.py``: train or collect the runs of a sweep, and report them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from mmlesson.apis.experiments import slurm_array
from mmlesson.apis.experiments.jobs import train_job
from mmlesson.apis.experiments.search import Search, parse_ranges
from mmlesson.apis.experiments.sweep import (
    SweepRun,
    check_run_count,
    collect_rows,
    parse_grid,
    parse_seeds,
    plan_runs,
    train_runs,
)
from mmlesson.apis.experiments.sweep_report import (
    CSV_NAME,
    Pair,
    check_folder,
    draw_cells,
    format_cells,
    format_failures,
    group_cells,
    write_csv,
)
from mmlesson.apis.experiments.workers import Workers
from mmlesson.config import parse_options
from mmlesson.errors import RunError, UserError, check_int
from mmlesson.runs.summary import FINISHED
from mmlesson.runs.work_dir import locked


def sweep(args: Namespace, command: Sequence[str]) -> int:
    """Run the command of ``sweep.py``; return the exit status.

    The exit status after Ctrl-C is 130, as in shells.

    Args:
        args: Parsed command line.
        command: Words of the command line, for the tasks of a job array.

    Raises:
        UserError: If the arguments do not fit together.
    """
    try:
        return _sweep(args, command)
    except KeyboardInterrupt:
        print('Interrupted. Run the same command again to resume.', file=sys.stderr)
        return 130


def _sweep(args: Namespace, command: Sequence[str]) -> int:
    check_int('sweep', '--jobs', args.jobs)
    work_dir = args.work_dir or Path('work_dirs') / f'{args.config.stem}_sweep'
    if args.search:
        return _search(args, work_dir)
    runs = _plan(args, work_dir)
    if args.only is not None:
        return _train_one(runs, args.only)
    with locked(work_dir):
        rows = collect_rows(runs)
        check_folder(work_dir, rows)
        if args.slurm:
            missing = [i for i, row in enumerate(rows) if row['status'] not in FINISHED]
            return _submit(missing, work_dir, args, command)
        if slurm_array.was_submitted(work_dir):
            return _report(list(zip(runs, rows, strict=True)), work_dir)
        return _train(runs, work_dir, args.jobs)


def _plan(args: Namespace, work_dir: Path) -> list[SweepRun]:
    cells = parse_grid(args.grid or ())
    seeds = list(dict.fromkeys(parse_seeds(args.seeds)))
    options = parse_options(args.cfg_options)
    return plan_runs(args.config, cells, seeds, args.folds, work_dir, options)


def _train(runs: Sequence[SweepRun], work_dir: Path, workers: int) -> int:
    with Workers(min(workers, len(runs))) as crew:
        done = {id(run): row for run, row in train_runs(runs, crew)}
    return _report([(run, done[id(run)]) for run in runs], work_dir)


def _train_one(runs: Sequence[SweepRun], index: int) -> int:
    if not 0 <= index < len(runs):
        raise UserError(f'--only must be from 0 to {len(runs) - 1}, got {index}.')
    summary = train_job(runs[index].job)
    if summary['status'] not in FINISHED:
        raise RunError(str(summary['error']))
    print(f'{summary["work_dir"]}: {summary["status"]}')
    return 0


def _submit(missing: Sequence[int], work_dir: Path, args: Namespace, command: Sequence[str]) -> int:
    if not missing:
        print('All runs have finished. Collect them without --slurm.')
        return 0
    words = _without(command, '--slurm')
    job = slurm_array.submit_array(missing, work_dir, args.slurm, words, args.jobs)
    print(f'Submitted job {job}: {len(missing)} runs. Collect them without --slurm.')
    return 0


def _without(words: Sequence[str], flag: str) -> list[str]:
    """Return a command line without a flag and its value, written with or without '='."""
    kept = [word for word in words if not word.startswith(f'{flag}=')]
    if flag in kept:
        place = kept.index(flag)
        del kept[place : place + 2]
    return kept


def _search(args: Namespace, work_dir: Path) -> int:
    if args.grid or args.slurm or args.only is not None:
        raise UserError('--search goes with none of --grid, --slurm and --only. Leave them out.')
    check_int('sweep', '--trials', args.trials)
    check_run_count(args.trials, '--trials')
    seeds = list(dict.fromkeys(parse_seeds(args.seeds)))
    options = parse_options(args.cfg_options)
    ranges = parse_ranges(args.search)
    with locked(work_dir):
        search = Search(args.config, ranges, seeds, args.folds, work_dir, options)
        search.train(args.trials, args.jobs)
        runs = search.runs()
        status = _report(list(zip(runs, collect_rows(runs), strict=True)), work_dir)
        print(search.describe_best())
    return status


def _report(pairs: Sequence[Pair], work_dir: Path) -> int:
    """Write the CSV file and the figure, print the table; fail if a run did not finish."""
    rows = [row for _, row in pairs]
    check_folder(work_dir, rows)
    write_csv(work_dir / CSV_NAME, rows)
    cells = group_cells(pairs)
    files = [work_dir / CSV_NAME, *draw_cells(cells, work_dir / 'sweep')]
    print(f'\n{format_cells(cells)}\n')
    print('files:', *files)
    failures = format_failures(rows)
    if slurm_array.is_waiting(work_dir):
        print('The job array has not ended yet.')
    elif failures and slurm_array.was_submitted(work_dir):
        print('The job array has ended; --slurm submits what did not finish again.')
    if failures:
        raise RunError(failures)
    return 0
