"""Names of the metrics that an evaluator reports, asked of the metrics themselves."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from mmlesson.config.argument_checks import arguments_of
from mmlesson.config.component_tree import Component, ConfigTree

_NUM_CLASSES = 1000  # a top-k accuracy needs at least k scores
# Other metrics may write files, log, or need another kind of sample.
_ASKED = {
    'mmlesson': ('LossMetric', 'ProbabilityMetric'),
    'mmpretrain': ('Accuracy', 'AveragePrecision', 'ConfusionMatrix', 'SingleLabelMetric'),
}


def reported_metrics(tree: ConfigTree, evaluator: str = 'val_evaluator') -> list[str] | None:
    """Return the names that an evaluator reports; None if those of one metric are unknown."""
    names: list[str] = []
    for component in tree.below(evaluator):
        own = _names(component)
        if own is None:
            return None
        names += own
    return names


def _names(component: Component) -> list[str] | None:
    """Return the names that a metric reports for one classified sample.

    The names depend on the arguments (``topk``, ``thrs``, ``average``), and only the code of the
    metric knows how. Asking it keeps this true for every version of mmpretrain.
    """
    if (component.package, component.name) == ('mmengine', 'DumpResults'):
        return []  # it writes a file, and reports nothing
    if component.name not in _ASKED.get(component.package, ()):
        return None
    arguments = {key: component.config[key] for key in arguments_of(component)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            metric = component.target(**arguments)
            metric.process(None, [_sample()])
            names = list(metric.compute_metrics(metric.results))
    except Exception:  # wrong arguments, which another check reports
        return None
    return [f'{metric.prefix}/{name}' if metric.prefix else name for name in names]


def _sample() -> Mapping[str, Any]:
    """Return one sample as a classifier predicts it."""
    import torch

    scores = torch.full((_NUM_CLASSES,), 1 / _NUM_CLASSES)
    label = torch.tensor([0])
    one_hot = torch.zeros(_NUM_CLASSES)
    one_hot[0] = 1
    return {'pred_score': scores, 'pred_label': label, 'gt_label': label, 'gt_score': one_hot}


def listed(value: Any) -> list[Any]:
    """Return a list as it is, and anything else as a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]
