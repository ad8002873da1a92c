"""Figures that are drawn when they are asked for."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson.apis.analysis.finished_run import read_figure_context
from mmlesson.runs.run import Run
from mmlesson.visualization.figures.catalogue import FIGURES, draw_figures
from mmlesson.visualization.figures.on_request import ALL_FIGURES, EXTRA_FIGURES


@pytest.fixture
def subject(train, tmp_path):
    train('mlp/mlp_digits.py', train_cfg__max_epochs=2)
    return read_figure_context(Run(tmp_path / 'run'))


def test_extra_figures_are_drawn_and_not_blank(subject):
    for name, result in draw_figures(subject, EXTRA_FIGURES, ALL_FIGURES):
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
    shown = [float(one.get_title().split('\n')[1].rstrip(' %')) for one in figure.axes[:40]]
    assert shown == pytest.approx(100 * np.array(sure), abs=0.51)


def test_tsne_without_scikit_learn_names_the_package(subject, monkeypatch):
    monkeypatch.setitem(sys.modules, 'sklearn.manifold', None)
    (found,) = draw_figures(subject, ['hidden_space_tsne'], ALL_FIGURES)
    assert found[1] == 'it needs scikit-learn: pip install scikit-learn'
