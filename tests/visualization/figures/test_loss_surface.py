from __future__ import annotations

import numpy as np
import pytest
from drawn import draw_only

from mmlesson.visualization.figures import loss_surface
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.context import NotApplicableError


def test_true_surface_of_two_parameters_is_the_loss_itself(finished):
    one = finished('perceptron/descent_full.py')
    (drawing,) = loss_surface.loss_surface(one).values()
    losses, extent, path = drawing.args
    assert drawing.kwargs['explained'] is None
    column, row = 11, 40
    step_x, step_y = (np.subtract(extent[1::2], extent[::2]) / losses.shape).tolist()
    w = np.array([extent[0] + (column + 0.5) * step_x, extent[2] + (row + 0.5) * step_y])
    samples = one.train
    inputs = samples.inputs[: loss_surface.SURFACE_SAMPLES].astype(float)
    sign = np.where(samples.labels[: loss_surface.SURFACE_SAMPLES] == 1, 1, -1)
    expected = np.log1p(np.exp(-sign * (inputs @ w))).mean()
    assert losses[row, column] == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(path, one.path.points)


def test_plane_of_a_larger_model_shows_its_share_of_the_path(finished):
    one = finished('mlp/mlp_moons.py')
    figure = draw_only(loss_surface.loss_surface(one))
    path = one.path.points
    variances = np.linalg.svd(path - path.mean(0), compute_uv=False) ** 2
    share = 100 * variances[:2].sum() / variances.sum()
    assert f"{share:.1f} % of the path's variance" in figure.get_suptitle().replace('\n', ' ')


def test_title_says_how_many_samples_the_loss_is_of(finished):
    context = finished('mlp/mlp_digits.py')
    figure = draw_only(FIGURES['loss_surface'](context))
    title = figure.get_suptitle().replace('\n', ' ')
    assert f'of 256 of {context.splits["train"].total:,} training samples' in title


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_restored_weights_are_marked_on_the_path(finished):
    stopping = {'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 1, 'min_delta': 9.0}
    context = finished('mlp/mlp_moons.py', custom_hooks=[stopping])
    figure = draw_only(FIGURES['loss_surface'](context))
    assert context.epoch == 1
    assert legend(figure)[-1] == f'final weights: epoch {context.epoch}'


def test_weights_at_the_end_of_the_path_are_no_other_mark(finished):
    figure = draw_only(FIGURES['loss_surface'](finished('mlp/mlp_moons.py')))
    assert legend(figure) == ['path of the optimizer', 'start', 'end of the path']


def test_perceptron_has_no_loss_surface(finished):
    with pytest.raises(NotApplicableError, match='does not descend'):
        loss_surface.loss_surface(finished('perceptron/perceptron_blobs.py'))


def test_axes_of_the_true_surface_are_the_weights(finished):
    axes = draw_only(loss_surface.loss_surface(finished('perceptron/descent_full.py'))).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('w1', 'w2')


def test_runs_share_the_surface_that_they_all_descend(finished):
    runs = {'sgd': finished('perceptron/descent_full.py')}
    runs['adam'] = finished('perceptron/descent_adam.py')
    figure, film = loss_surface.loss_paths(runs).values()
    losses, (left, right, bottom, top), paths, times = film.args
    for name, context in runs.items():
        np.testing.assert_allclose(paths[name], context.path.points)
        assert times[name][-1] == 1
        x, y = paths[name].T
        assert left < x.min() < x.max() < right
        assert bottom < y.min() < y.max() < top
    inputs = runs['sgd'].train.inputs[: loss_surface.SURFACE_SAMPLES].astype(float)
    sign = np.where(runs['sgd'].train.labels[: loss_surface.SURFACE_SAMPLES] == 1, 1, -1)
    corner = [left + (right - left) / 120, bottom + (top - bottom) / 120]
    expected = np.log1p(np.exp(-sign * (inputs @ corner))).mean()
    assert losses[0, 0] == pytest.approx(expected, rel=1e-4)
    assert figure.kwargs['x_label'] == 'w1'


def test_runs_of_other_losses_or_models_are_refused(finished):
    descent = finished('perceptron/descent_full.py')
    hinge = {'type': 'HingeLoss'}
    other = finished('perceptron/descent_full.py', model__head__loss=hinge)
    with pytest.raises(NotApplicableError, match='a and b have different loss surfaces'):
        loss_surface.loss_paths({'a': descent, 'b': other})
    with pytest.raises(NotApplicableError, match='different numbers of parameters'):
        loss_surface.loss_paths({'a': descent, 'b': finished('mlp/mlp_moons.py')})
