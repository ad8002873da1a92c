"""Lists of modules."""

from __future__ import annotations

import pytest

from mmlesson.apis.analysis.module_list import KINDS, REGISTRIES, describe_modules
from mmlesson.errors import ArgumentError
from mmlesson.models import HingeLoss
from mmlesson.visualization.figures.names import FIGURE_NAMES
from mmlesson.visualization.figures.on_request import ALL_FIGURES


@pytest.mark.parametrize('kind', KINDS)
def test_each_module_has_one_line(kind):
    described = describe_modules(kind)
    assert described
    assert not any('\n' in line for line in described.values())
    modules = REGISTRIES[kind].module_dict if kind in REGISTRIES else {}
    foreign = {n for n, one in modules.items() if not one.__module__.startswith('mmlesson.')}
    assert all(line for name, line in described.items() if name not in foreign)
    assert list(described) == sorted(described)


def test_losses_are_not_listed_among_the_models():
    losses, models = describe_modules('losses'), describe_modules('models')
    assert losses['HingeLoss'] == HingeLoss.__doc__.splitlines()[0]
    assert {'CrossEntropyLoss', 'PerceptronLoss', 'SquaredErrorLoss'} < set(losses)
    assert {'MLP', 'CNN', 'Perceptron', 'Classifier'} < set(models)
    assert not set(losses) & set(models)


def test_figures_are_those_that_a_run_can_draw():
    lines = describe_modules('figures')
    assert set(lines) == set(ALL_FIGURES)
    shown = {name for name, line in lines.items() if not line.endswith('Drawn only if named.')}
    assert shown == set(FIGURE_NAMES)


def test_unknown_kind_is_refused():
    with pytest.raises(ArgumentError, match=r"kind must be one of .* Did you mean 'hooks'"):
        describe_modules('hook')
