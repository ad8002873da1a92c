"""Summary of a run for ``summary.json``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mmlesson.config import fingerprint
from mmlesson.engine.distributed.peer_failure import PeerError
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError
from mmlesson.evaluation.diagnosis import diagnose
from mmlesson.models.probabilities import is_cross_entropy
from mmlesson.runs.checkpoint import weights_sha256
from mmlesson.runs.environment import describe_environment
from mmlesson.runs.scalars import read_curve, read_points
from mmlesson.runs.summary import best_of


def summarize(
    runner: LessonRunnerLike, status: str, failure: Exception | None = None
) -> dict[str, Any]:
    """Return the contents of ``summary.json``.

    Args:
        runner: A `LessonRunner` that has ended, at any point.
        status: 'completed', 'early_stopped', 'interrupted' or 'failed'.
        failure: Exception that ended the run, if it failed.
    """
    loop = runner._train_loop  # accessing train_loop would build it and the training set
    seconds = getattr(loop, 'train_seconds', 0.0)
    samples = getattr(loop, 'samples_seen', 0)
    val = _of_final_weights(runner, 'val', runner.status.val_metrics)
    best = best_of(getattr(hook, 'best', None) for hook in runner.hooks)
    return {
        'config': str(runner.cfg.filename) if runner.cfg.filename else None,
        'config_sha256': fingerprint(runner.cfg),
        'seed': runner.seed,
        'device': str(runner.device),
        'world_size': runner.world_size,
        'status': status,
        'error': f'{type(failure).__name__}: {failure}' if failure else None,
        'epochs': getattr(loop, '_epoch', 0),
        'iterations': getattr(loop, '_iter', 0),
        'train_seconds': round(seconds, 4),
        'samples_per_second': round(samples / seconds, 1) if seconds else 0.0,
        'best': {'checkpoint': None, **best} if best else None,
        'stop': runner.status.stop,
        'train': _of_final_weights(runner, 'train', runner.status.train_metrics),
        'final': runner.status.final and {**runner.status.final, 'val': val},
        'val': val,
        **_test_results(runner.status.test_metrics),
        'splits': {
            name: {key: facts.get(key) for key in ('size', 'sha256', 'source')}
            for name, facts in runner.status.splits.items()
        },
        'diagnosis': _diagnose(runner),
        'facts': runner.status.facts,
        'environment': describe_environment(runner.device),
        # A GPU that waits for a lost process cannot return weights.
        'weights_sha256': None
        if isinstance(failure, PeerError)
        else weights_sha256(runner.bare_model),
    }


def _test_results(metrics: dict[str, Any] | None) -> dict[str, Any]:
    """Return the metrics of the test, and apart from them those that have a value per class.

    The latter are lists of mmpretrain's ``SingleLabelMetric(average=None)``, in percent.
    """
    if metrics is None:
        return {'test': None, 'test_by_class': None}
    columns = [
        name
        for name, value in metrics.items()
        if name.endswith('_classwise') and isinstance(value, list)
    ]
    by_class = {
        name.rpartition('/')[2].removesuffix('_classwise'): metrics[name] for name in columns
    }
    others = {name: value for name, value in metrics.items() if name not in columns}
    return {'test': others, 'test_by_class': by_class or None}


def _of_final_weights(
    runner: LessonRunnerLike, phase: str, latest: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the metrics of the weights that training ended with, or None if there are none.

    Args:
        runner: The runner.
        phase: 'train' or 'val'. Training metrics are those of the epoch that the weights are of.
        latest: Metrics of the last epoch.
    """
    status = runner.status
    if phase == 'val' and status.restored_update is not None:
        return status.restored_val
    if status.restored_epoch in (None, progress_of(runner)[0]):
        return latest or None
    try:
        found = dict(read_points(Path(runner.work_dir))[phase]).get(status.restored_epoch, {})
    except UserError:  # nothing was recorded
        return None
    return {name: value for name, value in found.items() if name in latest} or None


def _diagnose(runner: LessonRunnerLike) -> dict[str, Any] | None:
    """Diagnose the curves up to the epoch of the final weights, if the loss is cross-entropy."""
    head = getattr(runner.bare_model, 'head', None)
    loss = getattr(head, 'loss_module', None)
    classes = (runner.dataset_meta or {}).get('classes')
    if not is_cross_entropy(loss) or not classes:
        return None
    try:
        val = read_curve(Path(runner.work_dir), 'loss')
    except UserError:  # there was no validation
        return None
    count = sum(epoch <= (runner.status.restored_epoch or math.inf) for epoch in val.epochs)
    train = [math.nan if number is None else number for number in val.train_losses]
    return diagnose(train[:count], val.scores[:count], len(classes))
