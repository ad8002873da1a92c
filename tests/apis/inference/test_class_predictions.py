import numpy as np
import pandas as pd
import pytest

from mmlesson.apis.inference.class_predictions import ClassPredictions
from mmlesson.apis.inference.samples import Samples

SCORES = np.array([[0.25, 0.75], [0.5, 0.5], [0.125, 0.875]])


def predicted(labels=None, has_probabilities=True) -> ClassPredictions:
    samples = [Samples(('a', 'b'), np.zeros((2, 1)), labels), Samples(('c',), np.zeros((1, 1)))]
    return ClassPredictions(samples, SCORES, ['no'], has_probabilities)


def test_each_has_the_class_of_the_largest_score():
    first, second, third = predicted()
    assert (first['pred_label'], first['pred_class'], first['pred_score']) == (1, '1', 0.75)
    assert (second['pred_class'], second['pred_scores']) == ('no', [0.5, 0.5])
    assert third['source'] == 'c'


def test_scores_that_are_no_probabilities_are_left_out():
    first = predicted(has_probabilities=False)[0]
    assert (first['pred_score'], first['pred_scores']) == (None, None)


def test_rows_are_read_like_those_of_a_list():
    predictions = predicted()
    rows = list(predictions)
    assert predictions == rows
    assert repr(predictions) == repr(rows)
    assert predictions[-1] == rows[2]
    assert predictions[1:] == rows[1:]
    with pytest.raises(IndexError):
        predictions[3]


def test_columns_are_arrays():
    predictions = predicted()
    assert predictions.labels.tolist() == [1, 0, 1]
    assert predictions.scores is SCORES
    assert predictions.sources == ['a', 'b', 'c']


def test_rows_become_a_data_frame():
    frame = pd.DataFrame(predicted())
    assert frame['pred_score'].tolist() == [0.75, 0.5, 0.875]


def test_accuracy_is_of_the_samples_with_a_label():
    assert predicted([1, 1]).accuracy == 50
    assert predicted([1, None]).accuracy == 100
    assert predicted([None, None]).accuracy is None
    assert predicted().accuracy is None


def test_there_may_be_none():
    predictions = ClassPredictions([], np.zeros((0, 0)), ['no'], True)
    assert list(predictions) == []
    assert predictions.labels.tolist() == []
