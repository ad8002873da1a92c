"""Sweep: one config over seeds, a grid of options and folds; each run is one row."""

from __future__ import annotations

import itertools
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.apis.experiments.jobs import (
    Job,
    job_config,
    known_outcome,
    note_oddities,
    written_summary,
)
from mmlesson.apis.experiments.workers import Workers
from mmlesson.config import load_config, parse_options
from mmlesson.errors import UserError, shorten
from mmlesson.runs.summary import FINISHED

Row = dict[str, Any]
"""Table row of a run: its options, 'fold', 'seed', 'status', 'error', metrics, 'work_dir'."""

LONGEST_NAME = 100  # characters of a folder name
MAX_RUNS = 10_000
"""Runs of one sweep; more are refused as a mistake."""

MAX_SEED = 2**32 - 1
RESERVED = {'randomness.seed': '--seeds', 'work_dir': '--work-dir'}


@dataclass(frozen=True)
class SweepRun:
    """One run of a sweep.

    Args:
        cell: Options, shared with the other seeds and folds.
        fold: Index of the validation fold, or None.
        job: Job that trains the run.
    """

    cell: Mapping[str, Any]
    fold: int | None
    job: Job


def parse_grid(words: Sequence[str]) -> list[dict[str, Any]]:
    """Return the cells of the grid of ``KEY=VALUE,VALUE`` words, each a dict of options.

    Values are parsed as in ``--cfg-options``; commas within brackets do not separate values.

    Raises:
        UserError: If a word does not have this form, or a key or a value is given twice.

    Example:
        >>> parse_grid(['lr=0.1,0.01', 'sizes=(8,),(8, 8)'])[1]
        {'lr': 0.1, 'sizes': (8, 8)}
    """
    axes: dict[str, list[Any]] = {}
    for word in words:
        key, equals, text = word.partition('=')
        if not (key and equals and text):
            raise UserError(f"--grid takes KEY=VALUE,VALUE, got '{word}'.")
        if key in axes:
            raise UserError(f"--grid names '{key}' twice. Give all its values at once.")
        if key in RESERVED:
            raise UserError(f"--grid cannot vary '{key}'. Use {RESERVED[key]}.")
        values = [parse_options([f'{key}={part}'])[key] for part in _split(text)]
        if any(value in values[:place] for place, value in enumerate(values)):
            raise UserError(f"--grid names a value of '{key}' twice: {text}.")
        axes[key] = values
    check_run_count(math.prod(map(len, axes.values())), '--grid')
    return [dict(zip(axes, point, strict=True)) for point in itertools.product(*axes.values())]


def check_run_count(count: int, options: str) -> None:
    """Raise `UserError` if options ask for more than `MAX_RUNS` runs."""
    if count > MAX_RUNS:
        raise UserError(
            f'{options} would make {count:,} runs. A sweep has at most {MAX_RUNS:,}: choose fewer.'
        )


def _split(text: str) -> list[str]:
    """Split a text at the commas outside of brackets and quotes."""
    return re.findall(r"""(?:[^,(\[{'"]|\([^)]*\)|\[[^\]]*\]|\{[^}]*\}|'[^']*'|"[^"]*")+""", text)


def plan_runs(
    config: Path,
    cells: Sequence[Mapping[str, Any]],
    seeds: Sequence[int],
    folds: int,
    work_dir: Path,
    options: Mapping[str, Any] | None = None,
) -> list[SweepRun]:
    """Return every run of a sweep, always in the same order: by cell, then fold, then seed.

    Args:
        config: Config file.
        cells: Options of each cell; one empty dict if there is no grid.
        seeds: Seeds of each cell.
        folds: Number of stratified folds; 0 for the config's own splits.
        work_dir: Folder for the runs.
        options: Dotted keys and values that all runs share.

    Raises:
        UserError: If an option does not fit the config, its data cannot be folded, or there would
            be more than `MAX_RUNS` runs.
    """
    check_run_count(len(cells) * max(folds or 1, 1) * len(seeds), '--seeds, --grid and --folds')
    foldable = _foldable(load_config(config), folds) if folds else []
    runs = []
    for cell in cells:
        for fold in range(folds) if folds else [None]:
            chosen = {f'{name}.dataset.fold': (fold, folds) for name in foldable}
            merged = {**(options or {}), **cell, **chosen}
            folder = work_dir / cell_name(cell) / ('' if fold is None else f'fold_{fold}')
            runs += [SweepRun(cell, fold, Job(config, folder, seed, merged)) for seed in seeds]
    for run in runs[:: len(runs) // len(cells)]:
        note_oddities(run.job)  # reports an option that does not fit before training
    return runs


def cell_name(cell: Mapping[str, Any]) -> str:
    """Return a folder name made of a cell's options, e.g. 'lr=0.1,batch_size=16'."""
    shorts = short_keys(list(cell))
    text = ','.join(f'{shorts[key]}={_short(value)}' for key, value in cell.items())
    return re.sub(r'[^\w.=,+-]+', '_', text)[:LONGEST_NAME]


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return 'x'.join(map(_short, value)) or 'empty'
    return str(value)


def short_keys(keys: Sequence[str]) -> dict[str, str]:
    """Return the last part of each dotted key, or the complete key if that would be ambiguous."""
    lasts = [key.rpartition('.')[2] for key in keys]
    return {
        key: last if lasts.count(last) == 1 else key for key, last in zip(keys, lasts, strict=True)
    }


def _foldable(config: Any, folds: int) -> list[str]:
    """Return the names of the dataloaders whose datasets take a fold.

    Raises:
        UserError: If a dataset does not support folds, or there is no validation.
    """
    from inspect import signature

    from mmengine.registry import init_default_scope

    from mmlesson.datasets import ArrayDataset
    from mmlesson.registry import DATASETS

    if folds < 2:
        raise UserError(f'--folds must be at least 2, got {folds}.')
    init_default_scope(config.get('default_scope', 'mmlesson'))
    needed = ('train_dataloader', 'val_dataloader')
    names = [n for n in (*needed, 'test_dataloader') if n in needed or config.get(n)]
    for name in names:
        kind = ((config.get(name) or {}).get('dataset') or {}).get('type')
        found: Any = DATASETS.get(kind) if isinstance(kind, str) else kind
        is_ours = isinstance(found, type) and issubclass(found, ArrayDataset)
        if not is_ours or 'fold' not in signature(found).parameters:
            raise UserError(
                f'--folds needs datasets that take `fold`, as those of mmlesson do; the dataset '
                f'of {name} is {kind!r}. Make it an ArrayDataset, or sweep without --folds.'
            )
        samples = found.facts(**config[name]['dataset']).get('num_samples', folds)
        if folds > samples:
            raise UserError(
                f'--folds must be at most {samples}, the samples of {kind}, got {folds}.'
            )
    return names


def train_runs(runs: Sequence[SweepRun], crew: Workers) -> Iterator[tuple[SweepRun, Row]]:
    """Train the missing runs; print a line for each, and yield it with its row."""
    by_job = {id(run.job): run for run in runs}
    start = time.perf_counter()
    for done, (job, summary) in enumerate(crew.run([run.job for run in runs]), start=1):
        run = by_job[id(job)]
        row = row_of(run, summary)
        place = ' '.join(filter(None, [cell_name(run.cell), _fold_word(run), f'seed {job.seed}']))
        state = row['error'] or row['status']
        seconds = time.perf_counter() - start
        print(f'{done}/{len(runs)} {place}: {state} ({seconds:.0f} s)', flush=True)
        yield run, row


def _fold_word(run: SweepRun) -> str:
    return '' if run.fold is None else f'fold {run.fold}'


def collect_rows(runs: Sequence[SweepRun]) -> list[Row]:
    """Return the row of each run, read from its folder; the status is 'missing' without one."""
    rows = []
    for run in runs:
        work_dir = Path(job_config(run.job).work_dir)
        missing = {'status': 'missing', 'error': None, 'work_dir': str(work_dir)}
        rows.append(row_of(run, known_outcome(work_dir) or written_summary(work_dir) or missing))
    return rows


def row_of(run: SweepRun, summary: Mapping[str, Any]) -> Row:
    """Return the table row of a run; a run that did not finish has no metrics."""
    finished = summary['status'] in FINISHED
    return {
        **run.cell,
        **({} if run.fold is None else {'fold': run.fold}),
        'seed': run.job.seed,
        'status': summary['status'],
        'error': None if finished else summary.get('error'),
        **(_metrics(summary) if finished else {}),
        'epochs': summary.get('epochs'),
        'train_seconds': summary.get('train_seconds'),
        'weights_sha256': summary.get('weights_sha256'),
        'work_dir': summary.get('work_dir') or job_config(run.job).work_dir,
    }


def _metrics(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return the best ('val best <metric>') or last validation metrics, and the test metrics."""
    best = summary.get('best')
    if best:
        val = {f'val best {best["metric"]}': best['value']}
    else:
        val = {f'val {name}': value for name, value in (summary.get('val') or {}).items()}
    test = {f'test {name}': value for name, value in (summary.get('test') or {}).items()}
    return {name: value for name, value in (val | test).items() if isinstance(value, int | float)}


def is_metric(column: str) -> bool:
    """Return whether a column of a row is a metric."""
    return column.startswith(('val ', 'test '))


def parse_seeds(text: str) -> list[int]:
    """Parse seeds such as '0-4', '0,3,7' or '5'.

    Raises:
        UserError: If the text does not have such a form, or names more than `MAX_RUNS` seeds.
    """
    seeds: list[int] = []
    for part in text.split(','):
        match = re.fullmatch('([0-9]{1,20})(?:-([0-9]{1,20}))?', part)
        if match is None:
            raise UserError(f'--seeds must look like 0-4 or 0,3,7, got {shorten(text)}.')
        first, last = int(match[1]), int(match[2] or match[1])
        if max(first, last) > MAX_SEED:
            raise UserError(f'--seeds must be at most {MAX_SEED}, got {shorten(part)}.')
        check_run_count(len(seeds) + last + 1 - first, '--seeds')
        seeds += range(first, last + 1)
    if not seeds:
        raise UserError(f"--seeds '{text}' names no seed. Put the smaller number first.")
    return seeds
