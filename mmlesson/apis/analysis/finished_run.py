"""A run as figures look at it once it is over: model and data built again from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.registry import init_default_scope

from mmlesson.apis.analysis.build import build_model
from mmlesson.config import load_config
from mmlesson.engine.runner import LessonRunner
from mmlesson.runs.checkpoint import LAST, load_weights, read_checkpoint, weights_sha256
from mmlesson.runs.outcome import UNFINISHED, read_outcome
from mmlesson.runs.run import find_run
from mmlesson.utils.quiet import quiet_mmengine
from mmlesson.visualization.figures.context import MAX_JUDGED, MAX_SAMPLES, FigureContext, Samples
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory


def read_figure_context(run: Path) -> FigureContext:
    """Return what can be drawn of a run: the model it ended with, its data and its records.

    Of a run that was killed it is the model of its last checkpoint.

    Args:
        run: Its work_dir.

    Raises:
        UserError: If config or checkpoint are missing or do not fit together.
    """
    file, best = find_run(run)
    config, summary = load_config(file), read_outcome(run)
    init_default_scope(config.get('default_scope', 'mmlesson'))
    model: Any = build_model(config)
    epoch = _load_final(model, run, best, summary)
    with quiet_mmengine():
        splits = {
            name: Samples.of(
                LessonRunner.build_dataloader(config[f'{name}_dataloader'], seed=0),
                MAX_SAMPLES if name == 'train' else MAX_JUDGED,
            )
            for name in ('train', 'val', 'test')
            if config.get(f'{name}_dataloader') and (name == 'train' or summary.get(name))
        }
    meta = read_checkpoint(best).get('meta') or {}
    return FigureContext(
        model=model,
        run=run,
        name=file.stem,
        splits=splits,
        classes=tuple(map(str, (meta.get('dataset_meta') or {}).get('classes') or ())),
        epoch=epoch,
        by_epoch=bool(summary['epochs']),
        best_epoch=(summary.get('best') or {}).get('epoch'),
        stop=summary.get('stop'),
        facts=summary.get('facts') or {},
        path=WeightTrajectory.load(run),
    )


def _load_final(model: Any, run: Path, best: Path, summary: dict[str, Any]) -> int:
    """Load the weights that the summary is of, or else the best; return their epoch."""
    last = run / LAST
    files = [run / last.read_text(encoding='utf-8').strip()] if last.is_file() else []
    epoch = 0
    for file in [*(file for file in files if file.is_file()), best]:
        checkpoint = read_checkpoint(file)
        load_weights(model, checkpoint, str(file), strict=True)
        meta = checkpoint.get('meta') or {}
        epoch = int(meta.get('epoch') or meta.get('iter') or 0)
        is_last = summary['status'] == UNFINISHED  # the first of them, which it would go on from
        if is_last or weights_sha256(model) == summary.get('weights_sha256'):
            break
    return epoch
