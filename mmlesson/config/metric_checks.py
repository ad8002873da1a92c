"""Checks of monitored metrics against those that the validation reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.config.metric_names import listed, reported_metrics
from mmlesson.errors import ArgumentError, cut, did_you_mean, shorten
from mmlesson.tasks import CLASSIFICATION, TASKS, Task

_OUR_MODELS = (('mmlesson', 'Classifier'), ('mmlesson', 'TaskModel'))
_SEES_TRAINING = ('mmlesson', 'EarlyStoppingHook')


def check_monitors(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for monitored metrics that are not reported, and for wrong rules."""
    reported = reported_metrics(tree)
    for component, key in _monitored(tree):
        metrics = [name for name in listed(component.config.get(key)) if isinstance(name, str)]
        rules = component.config.get('rule')
        for index, metric in enumerate(metrics):
            path = f'{component.path}.{key}'
            if reported is not None and not _may_be_reported(tree, component, metric, reported):
                yield Issue(path, _not_reported(component, key, metric, reported))
            rule = rules[index] if isinstance(rules, list | tuple) else rules
            yield from _check_rule(component, key, metric, rule)


def check_task_metrics(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for metrics of another task than that of our model's head."""
    model, head = tree.components.get('model'), tree.components.get('model.head')
    if model is None or (model.package, model.name) not in _OUR_MODELS:
        return
    task = getattr(head.target, 'task', None) if head is not None else None
    task = task if isinstance(task, Task) else CLASSIFICATION
    own = {str(metric['type']) for metric in task.metrics}
    others = {str(metric['type']) for other in TASKS for metric in other.metrics} - own
    for evaluator in ('val_evaluator', 'test_evaluator'):
        for component in tree.below(evaluator):
            name = f'{component.package}.{component.name}'.removeprefix('mmlesson.')
            if name in others:
                message = f'{name} does not evaluate {task.name}. Use {", ".join(sorted(own))}.'
                yield Issue(f'{component.path}.type', message)


def _monitored(tree: ConfigTree) -> Iterator[tuple[Component, str]]:
    """Yield components that monitor a validation metric, with the key that names it."""
    hooks = [n for path, n in tree.components.items() if 'hooks.' in path and n.slot.registry]
    for component in hooks:
        if component.name in ('CheckpointHook', 'LessonCheckpointHook'):
            yield component, 'save_best'
        elif component.name == 'EarlyStoppingHook':
            yield component, 'monitor'
    for component in tree.below('param_scheduler'):
        if component.name.startswith('ReduceOnPlateau') and 'monitor' in component.config:
            yield component, 'monitor'


def _may_be_reported(
    tree: ConfigTree, component: Component, metric: str, reported: list[str]
) -> bool:
    model = tree.components.get('model')
    has_own_losses = model is None or model.package not in ('mmlesson', 'mmpretrain')
    return (
        metric in reported
        or metric == 'auto'
        or (metric.startswith('train/') and (component.package, component.name) == _SEES_TRAINING)
        or ('loss' in metric and has_own_losses)  # a model may report losses of its own
        # Without validation, a checkpoint hook has nothing to monitor, which is valid.
        or (not tree.tree.get('val_evaluator') and component.name != 'EarlyStoppingHook')
    )


def _not_reported(component: Component, key: str, metric: str, reported: list[str]) -> str:
    names = ', '.join(repr(name) for name in reported) or 'nothing'
    near = did_you_mean(metric, reported)
    return (
        f'{component.name}.{key} {shorten(metric)} is not reported; the validation reports: '
        f'{cut(names, 400)}.{near}'
    )


def _check_rule(component: Component, key: str, metric: str, rule: Any) -> Iterator[Issue]:
    from mmlesson.utils.metric_direction import direction  # needs torch

    if metric == 'auto':
        return
    try:
        expected = direction(metric)
    except ArgumentError as err:
        if rule is None and component.package == 'mmlesson':
            yield Issue(f'{component.path}.{key}', str(err))
        return
    if rule in ('greater', 'less') and rule != expected:
        message = (
            f'of {shorten(metric)} {expected} is better, so the rule must be {expected!r}, '
            f'got {rule!r}.'
        )
        yield Issue(f'{component.path}.rule', message)
