"""Comparison of runs as a table and a figure; seeds of one config are averaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlesson.apis.analysis.build import build_model
from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.errors import UserError
from mmlesson.runs.run import Run
from mmlesson.runs.scalars import Curve
from mmlesson.runs.summary import final_text
from mmlesson.utils.metric_direction import direction
from mmlesson.utils.text_table import format_table
from mmlesson.visualization.figures.loss_surface import loss_paths

SURFACE_FORMATS = (('png', 'svg'), ('html', 'gif'))  # of the figure and of the film


@dataclass
class RunGroup:
    """Runs of one config that differ in their seeds.

    Args:
        name: Name of the config; includes the folder if several groups have the same name.
        parameters: Number of parameters of the model.
        curves: Curve of the metric for each run.
        summaries: Summary of each run.
    """

    name: str
    parameters: int
    curves: list[Curve]
    summaries: list[dict[str, Any]]


def group_runs(runs: Sequence[Run], metric: str) -> list[RunGroup]:
    """Read runs and group those whose configs differ only in the seed.

    Args:
        runs: The runs.
        metric: Name of a validation metric, or 'train/...'.

    Raises:
        UserError: If a folder contains no run, or a run does not have the metric.
    """
    groups: dict[str, RunGroup] = {}
    for run in runs:
        loaded = run.config
        loaded.config.merge_from_dict({'randomness.seed': 0})
        key = loaded.fingerprint
        if key not in groups:
            name = run.name
            if any(group.name == name for group in groups.values()):
                name = f'{name} ({run.folder.name})'
            count = sum(p.numel() for p in build_model(loaded.config).parameters())
            groups[key] = RunGroup(name, count, [], [])
        groups[key].curves.append(run.curve(metric))
        groups[key].summaries.append(run.summary)
    return list(groups.values())


def compare_runs(
    runs: Sequence[Run], metrics: Sequence[str], rule: str | None, out: Path
) -> Iterator[str]:
    """Compare runs by each metric; yield the tables and the paths of the figures.

    Args:
        runs: The runs.
        metrics: Names of validation metrics, or 'train/...'.
        rule: Whether 'greater' or 'less' is better; derived from each metric's name if None.
        out: File of the figure (PNG and SVG); with several metrics, each name contains its metric.

    Raises:
        UserError: If a run does not have a metric.
    """
    from mmlesson.visualization import draw_run_comparison, save_figure

    for metric, file in zip(metrics, figure_files(out, metrics)[::2], strict=True):
        groups = group_runs(runs, metric)
        yield format_comparison(groups, metric, rule)
        figure = draw_run_comparison(
            {group.name: [(c.epochs, c.scores) for c in group.curves] for group in groups},
            value_label=metric + (' (%)' if 'accuracy' in metric else ''),
            title=metric,
        )
        yield ' and '.join(map(str, save_figure(figure, file)))


def figure_files(out: Path, metrics: Sequence[str]) -> list[Path]:
    """Return the files of `compare_runs`: for each metric a PNG and an SVG."""
    stem = out.name.removesuffix('.png').removesuffix('.svg')
    names = [f'{stem}_{metric.replace("/", "_")}' for metric in metrics]
    names = [stem] if len(metrics) == 1 else names
    return [out.with_name(f'{name}.{kind}') for name in names for kind in ('png', 'svg')]


def draw_surface(runs: Sequence[Run], out: Path) -> Iterator[str]:
    """Draw the paths of runs on the loss surface that they share; yield the files.

    Args:
        runs: Runs of the same data, model and loss that differ in their training.
        out: File of the figure (PNG and SVG); the film is beside it (HTML and GIF).

    Raises:
        UserError: If a run has left no path of its weights, or their loss surfaces differ.
    """
    names = _distinct_names(runs)
    contexts = {name: read_figure_context(run) for name, run in zip(names, runs, strict=True)}
    drawings = loss_paths(contexts)
    for file, kinds, name in zip(
        surface_files(out)[::2], SURFACE_FORMATS, ('loss_paths', 'loss_paths_film'), strict=True
    ):
        yield ' and '.join(map(str, drawings[name].save(file.with_suffix(''), kinds)))


def _distinct_names(runs: Sequence[Run]) -> list[str]:
    """Return the names of runs' configs, or, if some are equal, those or the paths of the folders.

    Raises:
        UserError: If a run is given twice.
    """
    folders = [run.folder.resolve() for run in runs]
    paths = list(map(str, folders))
    for names in ([run.name for run in runs], [folder.name for folder in folders], paths):
        if len(set(names)) == len(runs):
            return names
    twice = next(path for path in paths if paths.count(path) > 1)
    raise UserError(f'--surface compares different runs; {twice} is given twice.')


def surface_files(out: Path) -> list[Path]:
    """Return the files of `draw_surface`."""
    stem = out.name.removesuffix('.png').removesuffix('.svg')
    return [
        out.with_name(f'{name}.{kind}')
        for name, kinds in zip((stem, f'{stem}_film'), SURFACE_FORMATS, strict=True)
        for kind in kinds
    ]


def format_comparison(groups: Sequence[RunGroup], metric: str, rule: str | None = None) -> str:
    """Return a table: for each group the best value and its epoch, epochs, seconds, parameters.

    Seconds are those of training: of all of it, and per epoch (iteration, where there are none).
    The test metrics are of the weights that training ended with; their checkpoint is named.

    Args:
        groups: Groups as returned by `group_runs`.
        metric: Metric that the groups were read for.
        rule: Whether 'greater' or 'less' is better; derived from the metric's name if None.

    Raises:
        UserError: If the direction cannot be derived from the name.
    """
    rule = rule or direction(metric)
    head = ['config', 'runs', f'best {metric}', 'at epoch', 'epochs', 'train s', 's / epoch']
    head += ['parameters', 'final weights']
    tests = sorted(
        {name for group in groups for summary in group.summaries for name in _test(summary)}
    )
    rows = [_row(group, rule, tests) for group in groups]
    return format_table([*head, *[f'test {name}' for name in tests]], rows)


def _row(group: RunGroup, rule: str, tests: Sequence[str]) -> list[str]:
    bests = [curve.best(rule) for curve in group.curves]
    epochs = [
        _best_epoch(curve, best, summary)
        for curve, best, summary in zip(group.curves, bests, group.summaries, strict=True)
    ]
    return [
        group.name,
        str(len(group.curves)),
        spread(bests),
        spread(epochs),
        spread([_steps(summary) for summary in group.summaries]),
        spread([summary['train_seconds'] for summary in group.summaries]),
        spread([summary['train_seconds'] / max(_steps(summary), 1) for summary in group.summaries]),
        f'{group.parameters:,}',
        _final_weights(group.summaries),
        *[
            spread([_test(summary)[n] for summary in group.summaries if n in _test(summary)])
            for n in tests
        ],
    ]


def _best_epoch(curve: Curve, best: float, summary: dict[str, Any]) -> int:
    """Return the epoch of the best value; of several, that of the summary, or else the first."""
    epochs = [at for at, score in zip(curve.epochs, curve.scores, strict=True) if score == best]
    noted = summary.get('best') or {}
    is_noted = noted.get('metric') == curve.metric and noted.get('epoch') in epochs
    return int(noted['epoch']) if is_noted else epochs[0]


def _final_weights(summaries: Sequence[dict[str, Any]]) -> str:
    """Return the checkpoint and epoch that runs ended with; where they differ, the range."""
    texts = {final_text(summary) or '-' for summary in summaries}
    if len(texts) == 1:
        return texts.pop()
    finals = [summary['final'] for summary in summaries if summary.get('final')]
    names = sorted({str(final['checkpoint']) for final in finals})
    epochs = [final['epoch'] for final in finals if final['epoch'] is not None]
    span = f' ({min(epochs)} to {max(epochs)})' if epochs else ''
    return ', '.join(names) + span


def _steps(summary: dict[str, Any]) -> int:
    steps: int = summary['epochs'] or summary['iterations']
    return steps


def _test(summary: dict[str, Any]) -> dict[str, float]:
    numbers = (summary.get('test') or {}).items()
    return {name: value for name, value in numbers if isinstance(value, int | float)}


def spread(values: Sequence[float]) -> str:
    """Return the mean, with the sample standard deviation (n - 1) if there are several values."""
    if not values:
        return '-'
    with np.errstate(all='ignore'):  # a run that diverged has NaN and infinity
        mean, deviation = np.mean(values), np.std(values, ddof=min(len(values) - 1, 1))
    return f'{mean:.4g}' if len(values) == 1 else f'{mean:.4g} ± {deviation:.2g}'
