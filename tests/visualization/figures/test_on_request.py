"""Figures that are drawn when they are asked for."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from drawn import draw_only
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.runs.run import Run
from mmlesson.visualization.figures import on_request
from mmlesson.visualization.figures.catalogue import FIGURES, draw_figures
from mmlesson.visualization.figures.context import NotApplicableError
from mmlesson.visualization.figures.on_request import ALL_FIGURES, EXTRA_FIGURES


@pytest.fixture
def subject(train, tmp_path):
    train('mlp/mlp_digits.py', train_cfg__max_epochs=2)
    return read_figure_context(Run(tmp_path / 'run'))


def test_extra_figures_are_drawn_and_not_blank(subject, monkeypatch):
    names = set(EXTRA_FIGURES) - {'network', 'convolution', 'perceptron_updates'}
    monkeypatch.setattr(on_request, 'TSNE_SAMPLES', 99)  # the others would take seconds
    for name, result in draw_figures(subject, names, ALL_FIGURES):
        figure = result[name].draw()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        assert np.asarray(canvas.buffer_rgba())[..., :3].std() > 5
    assert not set(EXTRA_FIGURES) & set(FIGURES)


def test_successes_of_the_test_split_start_with_the_least_confident(subject):
    figure = ALL_FIGURES['successes'](subject)['successes'].draw()
    right = subject.predicted('test') == subject.splits['test'].labels
    assert f'40 of {right.sum()}' in figure.get_suptitle()
    sure = sorted(subject.confidences('test')[right])[:40]
    shown = [float(one.get_title().partition('(')[2].rstrip(' %)')) for one in figure.axes[:40]]
    assert shown == pytest.approx(100 * np.array(sure), abs=0.51)


def test_tsne_without_scikit_learn_names_the_package(subject, monkeypatch):
    monkeypatch.setitem(sys.modules, 'sklearn.manifold', None)
    (found,) = draw_figures(subject, ['hidden_space_tsne'], ALL_FIGURES)
    assert found[1] == 'it needs scikit-learn: pip install scikit-learn'


def test_network_holds_the_sample_and_the_probabilities_computed_by_hand(finished):
    one = finished('mlp/mlp_moons.py')
    weights, activations = on_request.network(one)['network'].args
    biases = [p.detach().numpy() for n, p in one.model.named_parameters() if n.endswith('bias')]
    hidden = np.tanh(weights[0] @ activations[0] + biases[0])
    logits = weights[1] @ hidden + biases[1]
    np.testing.assert_allclose(activations[1], hidden, rtol=1e-5)
    np.testing.assert_allclose(activations[2], np.exp(logits) / np.exp(logits).sum(), rtol=1e-5)
    texts = [text.get_text() for text in draw_only(on_request.network(one)).axes[0].texts]
    assert texts[-4:] == ['x1', 'x2', 'class 0', 'class 1']


@pytest.mark.parametrize(
    ('lesson', 'reason'),
    [('cnn/cnn_digits.py', 'fully connected'), ('mlp/mlp_digits.py', 'at most 16 units')],
)
def test_network_that_cannot_be_drawn_unit_by_unit_is_left_out(finished, lesson, reason):
    with pytest.raises(NotApplicableError, match=reason):
        on_request.network(finished(lesson))
