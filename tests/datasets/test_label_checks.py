from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset

from mmlesson.datasets import Digits, Moons
from mmlesson.datasets.label_checks import check_dataset_labels
from mmlesson.datasets.named_samples import name_failing_samples
from mmlesson.errors import ArgumentError

pytestmark = pytest.mark.usefixtures('frozen_objects')

MODEL = SimpleNamespace(head=SimpleNamespace(num_classes=3))


class Listed(BaseDataset):
    """Samples that have nothing but the labels."""

    def __init__(self, *labels):
        self._labels = labels
        super().__init__()

    def load_data_list(self):
        return [{'img_path': f'{at}.png', 'gt_label': one} for at, one in enumerate(self._labels)]


@pytest.mark.parametrize('label', [-1, 3, 1.5, 2.0, 'cat', np.int64(-1), [0, 3], [1.0]])
def test_label_that_is_no_class_is_named_with_its_sample(label):
    with pytest.raises(ArgumentError, match=r'Listed: sample 2 .*2.png. must') as at:
        check_dataset_labels(name_failing_samples(Listed(0, 1, label, 2)), MODEL)
    assert f'in [0, 3), got {label!r}' in str(at.value)


@pytest.mark.parametrize('labels', [(0, 1, 2), (np.int64(2),), ([0, 2], []), (np.array([1]),)])
def test_class_indices_are_labels(labels):
    check_dataset_labels(Listed(*labels), MODEL)


@pytest.mark.parametrize(
    'wrap',
    [
        lambda part: ConcatDataset([Listed(0), part]),
        lambda part: RepeatDataset(part, times=1000),
    ],
    ids=['concatenated', 'repeated'],
)
def test_wrapped_dataset_is_named_itself(wrap):
    with pytest.raises(ArgumentError, match=r'Listed: sample 1 .*got 9'):
        check_dataset_labels(wrap(Listed(0, 9)), MODEL)


def test_data_without_labels_are_not_checked():
    check_dataset_labels(Listed(None, -1), MODEL)
    check_dataset_labels([1, 2], MODEL)


def test_model_without_a_number_of_classes_takes_any_label():
    check_dataset_labels(Listed(-1), SimpleNamespace(head=None))


def test_arrays_that_have_checked_their_labels_are_not_read_again(monkeypatch):
    monkeypatch.setattr(Moons, 'get_data_info', lambda *_: pytest.fail('read again'))
    check_dataset_labels(Moons('train'), MODEL)


def test_arrays_of_more_classes_than_the_model_has_are_refused():
    with pytest.raises(ArgumentError, match=r'Digits: sample \d+ must have an integer label in'):
        check_dataset_labels(Digits('train'), MODEL)
