"""Figures of a run, redrawn from its folder without training: model and data are built again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mmengine.registry import init_default_scope

from mmlesson.apis.analysis.build import build_model
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import ArgumentError, check_choice
from mmlesson.runs.checkpoint import load_weights, read_checkpoint, weights_sha256
from mmlesson.runs.data_meta import dataset_meta, names_in, step_of
from mmlesson.runs.run import Run
from mmlesson.runs.side_file import is_count
from mmlesson.runs.summary import UNFINISHED
from mmlesson.utils.quiet import quiet_mmengine
from mmlesson.visualization.figures.animations import kept_animations
from mmlesson.visualization.figures.catalogue import FIGURES, draw_figures
from mmlesson.visualization.figures.context import (
    MAX_EVAL_SAMPLES,
    MAX_SAMPLES,
    FigureContext,
    Samples,
)
from mmlesson.visualization.figures.on_request import ALL_FIGURES
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory


def redraw(run: Run, names: Sequence[str] | None, folder: Path) -> Iterator[tuple[str, bool]]:
    """Draw figures of a run, and its animations if no names are given.

    Args:
        run: The run.
        names: Figures of `ALL_FIGURES`; None for those of `FIGURES` and the animations.
        folder: Output folder.

    Yields:
        Which weights are drawn; then a line for each figure. With each line, whether it is of a
        file that was drawn.

    Raises:
        UserError: If a name is unknown, or the run cannot be read.
    """
    for name in names or ():
        check_choice('visualize_run', '--figures', name, ALL_FIGURES)
    context = read_figure_context(run)
    yield f'checkpoint: {context.source}', False
    for name, result in draw_figures(context, names or FIGURES, ALL_FIGURES):
        if isinstance(result, str):
            yield f'{name}: not drawn, {result}', False
            continue
        for file, drawing in result.items():
            formats = ('html', 'gif') if file.endswith('_film') else ('png', 'svg')
            try:
                paths = drawing.save(folder / file, formats)
            except ArgumentError as err:  # values that cannot be shown, such as a loss of NaN
                yield f'{name}: not drawn, {err}', False
                continue
            yield f'{name}: {paths[0]} and {paths[1].suffix}', True
    if names is None:
        for name, drawing in kept_animations(context):
            for path in drawing.save(folder / f'{name}_film', ('html', 'gif')):
                yield f'animation: {path}', True


def read_figure_context(run: Run) -> FigureContext:
    """Return the data for the figures of a run: its last model, its samples and its records.

    If the run was killed, the model has the weights of its last checkpoint.

    Raises:
        UserError: If config or checkpoint are missing, or they do not match.
    """
    config, summary, checkpoint = run.config.config, run.summary, run.checkpoint_to_apply
    init_default_scope(config.get('default_scope', 'mmlesson'))
    model: Any = build_model(config)
    weights = _load_final(model, run, checkpoint)
    with quiet_mmengine():
        splits = {
            name: Samples.of(
                LessonRunner.build_dataloader(config[f'{name}_dataloader'], seed=0),
                MAX_SAMPLES if name == 'train' else MAX_EVAL_SAMPLES,
            )
            for name in ('train', 'val', 'test')
            if config.get(f'{name}_dataloader') and (name == 'train' or summary.get(name))
        }
    best = summary.get('best') or {}
    return FigureContext(
        model=model,
        run=run.folder,
        name=run.name,
        splits=splits,
        **names_in(dataset_meta(read_checkpoint(checkpoint))),
        **weights,
        by_epoch=bool(summary['epochs']),
        best_epoch=best.get('epoch'),
        best_metric=best.get('metric') or '',
        stop=summary.get('stop'),
        facts=summary.get('facts') or {},
        path=WeightTrajectory.load(run.folder, model=model),
    )


def _load_final(model: Any, run: Run, otherwise: Path) -> dict[str, Any]:
    """Load the weights that the summary describes, or else the best.

    Returns:
        The fields of a `FigureContext` that say which weights the model has.
    """
    summary, final = run.summary, run.summary.get('final') or {}
    is_last = summary['status'] == UNFINISHED  # resuming would start from the first file found
    for file in filter(None, (run.final_checkpoint, run.last_checkpoint, otherwise)):
        checkpoint = read_checkpoint(file)
        load_weights(model, checkpoint, str(file), strict=True)
        found = {'epoch': step_of(checkpoint), 'source': str(file)}
        if is_last:
            return found
        if weights_sha256(model) == summary.get('weights_sha256'):
            pocket = {'update': final.get('update'), 'pocket_val': final.get('val')}
            return {**found, **(pocket if is_count(pocket['update']) else {})}
    place = f'{"epoch" if summary["epochs"] else "iteration"} {found["epoch"]}'
    source = f'{file}, {place}; the weights that the run ended with are in no file'
    return {**found, 'source': source}
