"""Checks of monitored metrics against those that the validation reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.config.metric_names import listed, reported_metrics
from mmlesson.errors import ArgumentError, did_you_mean

_SEES_TRAINING = ('mmlesson', 'EarlyStoppingHook')


def check_monitors(tree: ConfigTree) -> Iterator[Issue]:
    """Yield metrics that are watched and never reported, and rules against their direction."""
    reported = reported_metrics(tree)
    for node, key in _monitored(tree):
        metrics = [one for one in listed(node.config.get(key)) if isinstance(one, str)]
        rules = node.config.get('rule')
        for place, metric in enumerate(metrics):
            path = f'{node.path}.{key}'
            if reported is not None and not _may_be_reported(tree, node, metric, reported):
                yield Issue(path, _not_reported(node, key, metric, reported))
            rule = rules[place] if isinstance(rules, list | tuple) else rules
            yield from _check_rule(node, key, metric, rule)


def _monitored(tree: ConfigTree) -> Iterator[tuple[Component, str]]:
    """Yield the nodes that watch a validation metric, with the key that names it."""
    hooks = [n for path, n in tree.components.items() if 'hooks.' in path and n.place.registry]
    for node in hooks:
        if node.name in ('CheckpointHook', 'LessonCheckpointHook'):
            yield node, 'save_best'
        elif node.name == 'EarlyStoppingHook':
            yield node, 'monitor'
    for node in tree.below('param_scheduler'):
        if node.name.startswith('ReduceOnPlateau') and 'monitor' in node.config:
            yield node, 'monitor'


def _may_be_reported(tree: ConfigTree, node: Component, metric: str, reported: list[str]) -> bool:
    model = tree.components.get('model')
    has_own_losses = model is None or model.package not in ('mmlesson', 'mmpretrain')
    return (
        metric in reported
        or metric == 'auto'
        or (metric.startswith('train/') and (node.package, node.name) == _SEES_TRAINING)
        or ('loss' in metric and has_own_losses)  # a model may add losses to what it predicts
        # Without a validation a checkpoint hook waits in vain, and that is no mistake.
        or (not tree.tree.get('val_evaluator') and node.name != 'EarlyStoppingHook')
    )


def _not_reported(node: Component, key: str, metric: str, reported: list[str]) -> str:
    names = ', '.join(repr(name) for name in reported) or 'nothing'
    near = did_you_mean(metric, reported)
    return f'{node.name}.{key} {metric!r} is not reported; the validation reports: {names}.{near}'


def _check_rule(node: Component, key: str, metric: str, rule: Any) -> Iterator[Issue]:
    from mmlesson.utils.metric_direction import direction  # needs torch

    if metric == 'auto':
        return
    try:
        expected = direction(metric)
    except ArgumentError as err:
        if rule is None and node.package == 'mmlesson':
            yield Issue(f'{node.path}.{key}', str(err))
        return
    if rule in ('greater', 'less') and rule != expected:
        message = (
            f'of {metric!r} {expected} is better, so the rule must be {expected!r}, got {rule!r}.'
        )
        yield Issue(f'{node.path}.rule', message)
