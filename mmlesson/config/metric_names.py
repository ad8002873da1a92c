"""Names of the metrics that an evaluator reports, from its config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mmlesson.config.component_tree import Component, ConfigTree

Arguments = Mapping[str, Any]


def reported_metrics(tree: ConfigTree, evaluator: str = 'val_evaluator') -> list[str] | None:
    """Return the names that an evaluator reports; None if one of its metrics is unknown."""
    names: list[str] = []
    for component in tree.below(evaluator):
        own = _names(component)
        if own is None:
            return None
        names += own
    return names


def _names(component: Component) -> list[str] | None:
    kind = (str(getattr(component.target, '__module__', '')).partition('.')[0], component.name)
    if kind not in _KNOWN:
        return None
    prefix = component.config.get('prefix') or getattr(component.target, 'default_prefix', None)
    names = _KNOWN[kind](component.config)
    return [f'{prefix}/{name}' if prefix else name for name in names]


def listed(value: Any) -> list[Any]:
    """Return a list unchanged, and any other value as a list with one item."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _with_thresholds(name: str, arguments: Arguments) -> list[str]:
    thresholds = listed(arguments.get('thrs', 0.0))
    if len(thresholds) == 1:
        return [name]
    return [f'{name}_no-thr' if t is None else f'{name}_thr-{t:.2f}' for t in thresholds]


def _accuracy(arguments: Arguments) -> list[str]:
    tops = listed(arguments.get('topk', 1))
    return [name for top in tops for name in _with_thresholds(f'top{top}', arguments)]


def _single_label(arguments: Arguments) -> list[str]:
    items = listed(arguments.get('items', ('precision', 'recall', 'f1-score')))
    names = [name for item in items for name in _with_thresholds(str(item), arguments)]
    return [name + _average(arguments) for name in names]


def _average(arguments: Arguments) -> str:
    average = arguments.get('average', 'macro')
    return {None: '_classwise', 'micro': '_micro'}.get(average, '')


def _average_precision(arguments: Arguments) -> list[str]:
    return ['AP_classwise' if arguments.get('average', 'macro') is None else 'mAP']


def _box_ap(arguments: Arguments) -> list[str]:
    start = 'segm_' if arguments.get('iou_type') == 'segm' else ''
    return [f'{start}{name}' for name in ('AP', 'AP50', 'AP75')]


_KNOWN: dict[tuple[str, str], Callable[[Arguments], list[str]]] = {
    ('mmlesson', 'CalibrationMetric'): lambda _: ['error'],
    ('mmlesson', 'LossMetric'): lambda _: ['loss'],
    ('mmlesson', 'ProbabilityMetric'): lambda _: ['error'],
    ('mmlesson', 'LocalizationMetric'): lambda _: ['accuracy', 'class_accuracy', 'iou'],
    ('mmlesson', 'MeanIoU'): lambda _: ['mIoU', 'aAcc'],
    ('mmlesson', 'PCK'): lambda _: ['PCK', 'distance'],
    ('mmlesson', 'BoxAP'): _box_ap,
    ('mmpretrain', 'Accuracy'): _accuracy,
    ('mmpretrain', 'SingleLabelMetric'): _single_label,
    ('mmpretrain', 'AveragePrecision'): _average_precision,
    ('mmpretrain', 'ConfusionMatrix'): lambda _: ['result'],
    ('mmengine', 'DumpResults'): lambda _: [],
}
