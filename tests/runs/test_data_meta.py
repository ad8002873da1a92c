"""Description of the training data in a checkpoint, which may be from a stranger."""

from __future__ import annotations

import pytest

from mmlesson.datasets import DigitCanvas
from mmlesson.runs.data_meta import dataset_meta, meta_of, names_in, step_of

NOTHING = {'classes': (), 'keypoints': (), 'input_shape': None}


def test_description_is_that_of_the_checkpoint():
    found = {'dataset': 'Digits', 'classes': ['0', 1], 'input_shape': [1, 8, 8]}
    expected = {'dataset': 'Digits', 'classes': ('0', '1'), 'input_shape': (1, 8, 8)}
    assert dataset_meta({'meta': {'dataset_meta': found}}) == {**NOTHING, **expected}


@pytest.mark.parametrize('meta', [None, 3, [1], 'x', {}, {'dataset_meta': [1]}])
def test_checkpoint_without_a_description_has_an_empty_one(meta):
    assert dataset_meta({'meta': meta}) == NOTHING
    assert dataset_meta({}) == NOTHING
    assert isinstance(dict(meta_of({'meta': meta})), dict)


@pytest.mark.parametrize('entry', ['classes', 'keypoints'])
@pytest.mark.parametrize('names', [3, 'abc', {'a': 1}, None])
def test_names_of_another_type_are_none(entry, names):
    assert dataset_meta({'meta': {'dataset_meta': {entry: names}}}) == NOTHING


def test_names_are_those_of_the_description_of_a_dataset():
    metainfo = DigitCanvas('val', num_samples=1).metainfo
    digits = tuple('0123456789')
    points = ('top', 'bottom', 'left', 'right', 'centre')
    assert names_in(metainfo) == {'classes': digits, 'keypoints': points}
    assert names_in(None) == {'classes': (), 'keypoints': ()}


@pytest.mark.parametrize(
    'shape', ['188', 3, [], [1, -8, 8], [1, 0, 8], [1.0, 8], [True, 8], [10**6] * 3, [2] * 1000]
)
def test_shape_that_no_sample_can_have_is_unknown(shape):
    assert dataset_meta({'meta': {'dataset_meta': {'input_shape': shape}}}) == NOTHING


@pytest.mark.parametrize(
    ('meta', 'step'),
    [({'epoch': 3, 'iter': 90}, 3), ({'iter': 90}, 90), ({'epoch': 'x'}, 0), ([3], 0)],
)
def test_step_is_the_epoch_or_the_iteration(meta, step):
    assert step_of({'meta': meta}) == step
