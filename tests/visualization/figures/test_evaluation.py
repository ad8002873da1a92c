from __future__ import annotations

import numpy as np
import pytest
from drawn import draw_only

from mmlesson.visualization.figures import evaluation
from mmlesson.visualization.figures.context import NotApplicableError, Samples


def test_confusion_is_counted_over_the_test_split(finished):
    one = finished('mlp/mlp_moons.py')
    matrix = evaluation._confusion(one)
    labels, given = one.splits['test'].labels, one.predicted('test')
    assert one.eval_split == 'test'
    for true in (0, 1):
        for guess in (0, 1):
            assert matrix[true, guess] == sum((labels == true) & (given == guess))


def test_confusion_of_a_part_of_a_split_is_labelled(finished):
    one = finished('mlp/mlp_moons.py')
    test = one.splits['test']
    one.splits['test'] = Samples(test.inputs[:10], test.labels[:10], test.total)
    figure = draw_only(evaluation.confusion_matrix(one))
    title = figure.get_suptitle().replace('\n', ' ')
    assert 'confusion matrix, test split, 10 of 80 samples' in title


def test_mistakes_of_a_perceptron_have_no_confidence(finished):
    context = finished('perceptron/perceptron_digits.py')
    figure = draw_only(evaluation.mistakes(context))
    assert 'confident' not in figure.get_suptitle()
    assert not any('%' in axes.get_title() for axes in figure.axes)


def test_reliability_is_of_the_test_split(finished):
    context = finished('mlp/mlp_moons.py')
    figure = draw_only(evaluation.reliability(context))
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert sum(heights) == len(context.splits['test'].labels)
    scores = context.logits('test')
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    expected, _ = np.histogram(shares.max(1), 15, (0, 1))
    assert heights == expected.tolist()


def test_reliability_of_a_perceptron_is_not_drawn(finished):
    with pytest.raises(NotApplicableError, match='no probabilities'):
        evaluation.reliability(finished('perceptron/perceptron_blobs.py'))


@pytest.mark.parametrize('name', ['class_bars', 'mistakes'])
def test_figure_of_mistakes_is_left_out_without_any(finished, name):
    one = finished('mlp/mlp_digits.py')
    test = one.splits['test']
    one.splits['test'] = Samples(test.inputs, one.predicted('test'), test.total)
    with pytest.raises(NotApplicableError, match='all predictions for the test split are correct'):
        getattr(evaluation, name)(one)


def test_probabilities_of_samples_sum_to_one_and_so_do_those_of_the_plane(finished):
    context = finished('mlp/softmax_blobs.py')
    drawing = evaluation.probabilities(context)['probabilities']
    shares, labels = drawing.args
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(drawing.kwargs['grid'].sum(-1), 1, atol=1e-5)
    assert labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    x, y = drawing.kwargs['inputs'][0]
    weight, bias = context.linear
    scores = np.exp(weight @ [x, y] + bias)
    np.testing.assert_allclose(shares[0], scores / scores.sum(), atol=1e-4)


def test_probabilities_of_images_are_bars_without_a_plane(finished):
    drawing = evaluation.probabilities(finished('mlp/mlp_digits.py'))['probabilities']
    assert 'grid' not in drawing.kwargs
    assert drawing.args[0].shape == (10, 10)


def test_least_sure_samples_are_chosen_within_each_class():
    sure, labels = np.array([0.9, 0.4, 0.5, 0.8, 0.7]), np.array([0, 1, 0, 1, 0])
    assert evaluation.least_sure(sure, labels, 2).tolist() == [2, 4, 1, 3]


def test_model_without_probabilities_has_no_figure_of_them(finished):
    with pytest.raises(NotApplicableError, match='no probabilities'):
        evaluation.probabilities(finished('perceptron/loss_hinge.py'))
