import pickle

import pytest
import torch
from mmpretrain.structures import DataSample

from mmlesson.models.predictions import Predictions, predictions, stack_values

LOGITS = torch.tensor([[0.0, 1.0, 2.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
LABELS = torch.tensor([2, 1, 0])


@pytest.fixture
def batch():
    return predictions(LOGITS, LABELS, torch.tensor([0.5, 1.5, 2.5]))


def test_a_sample_has_the_form_of_mmpretrain(batch):
    sample = batch[1]
    assert torch.equal(sample['pred_score'], LOGITS[1].softmax(0))
    assert sample['pred_label'].tolist() == [0]
    assert sample['gt_label'].tolist() == [1]
    assert sample['loss'].shape == ()
    assert sample['loss'].item() == 1.5


def test_it_can_be_read_as_a_list(batch):
    assert len(batch) == 3
    assert isinstance(batch[-1], dict)
    assert batch[-1] is batch[2]
    assert [sample['loss'].item() for sample in batch] == [0.5, 1.5, 2.5]
    assert [sample['loss'].item() for sample in batch[1:]] == [1.5, 2.5]
    assert [*[], *batch][0] is batch[0]
    with pytest.raises(IndexError):
        batch[3]


def test_values_of_all_samples_are_columns(batch):
    assert torch.equal(batch.columns['gt_label'], LABELS.view(-1, 1))
    assert len(list(batch)) == 3
    assert batch.columns is not None  # reading changes nothing


@pytest.mark.parametrize(
    'change',
    [
        lambda sample: sample.update(extra=torch.ones(1)),
        lambda sample: sample.pop('loss'),
        lambda sample: sample.update(loss=torch.ones(())),
    ],
)
def test_a_changed_sample_keeps_its_change_and_ends_the_columns(batch, change):
    change(batch[0])
    expected = dict(batch[0])
    assert batch.columns is None
    assert next(iter(batch)).keys() == expected.keys()
    assert all(batch[0][name] is expected[name] for name in expected)


def test_without_labels_there_are_scores_and_classes():
    assert list(predictions(LOGITS, None)[0]) == ['pred_score', 'pred_label']


def test_it_can_be_pickled(batch):
    again = pickle.loads(pickle.dumps(batch))
    assert torch.equal(again.columns['pred_score'], batch.columns['pred_score'])


def test_values_are_stacked_from_columns_and_from_samples(batch):
    scores = LOGITS.softmax(1)
    assert torch.equal(stack_values(batch, 'pred_score'), scores)
    assert torch.equal(stack_values(list(batch), 'pred_score'), scores)
    of_mmpretrain = [DataSample().set_pred_score(score) for score in scores]
    assert torch.equal(stack_values(of_mmpretrain, 'pred_score'), scores)
    assert stack_values([{'loss': 0.5}, {'loss': 1.0}], 'loss').tolist() == [0.5, 1.0]
    batch[0]['loss'] = torch.tensor(7.0)
    assert stack_values(batch, 'loss').tolist() == [7.0, 1.5, 2.5]


def test_no_samples_have_columns():
    empty = Predictions({'pred_score': torch.empty(0, 3)})
    assert list(empty) == []
