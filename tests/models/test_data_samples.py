"""mmpretrain's preprocessor in our classifier."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmlesson.errors import ArgumentError
from mmlesson.models import Classifier

THEIRS = {'type': 'mmpretrain.ClsDataPreprocessor', 'mean': [1.0], 'std': [2.0]}
MIX = {**THEIRS, 'num_classes': 3, 'batch_augments': {'augments': {'type': 'Mixup', 'alpha': 1.0}}}
BATCH = {'inputs': torch.rand(6, 1, 2, 2), 'labels': torch.tensor([0, 1, 2, 0, 1, 2])}


def classifier(preprocessor, head=None, **loss):
    head = head or {'type': 'mmlesson.ClassificationHead', 'num_classes': 3, **loss}
    backbone = {'type': 'mmlesson.MLP', 'in_features': 4, 'hidden_sizes': (5,)}
    return Classifier(backbone, head=head, data_preprocessor=preprocessor)


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('to_onehot', [True, False])
def test_labels_and_inputs_pass_through(training, to_onehot):
    model = classifier({**THEIRS, 'to_onehot': to_onehot, 'num_classes': 3})
    out = model.data_preprocessor(BATCH, training)
    assert out.keys() == {'inputs', 'labels'}
    torch.testing.assert_close(out['inputs'], (BATCH['inputs'] - 1) / 2)
    assert torch.equal(out['labels'], BATCH['labels'])
    assert model.data_preprocessor({'inputs': BATCH['inputs']}, training).keys() == {'inputs'}


def test_data_samples_of_their_collate_are_taken():
    from mmpretrain.structures import DataSample

    samples = [DataSample().set_gt_label(int(label)) for label in BATCH['labels']]
    model = classifier(THEIRS)
    theirs = {'inputs': BATCH['inputs'], 'data_samples': samples}
    rows = model.val_step(theirs)
    assert [int(row['gt_label']) for row in rows] == BATCH['labels'].tolist()


HEADS = {
    'ours': None,
    'theirs': {'type': 'mmpretrain.LinearClsHead', 'num_classes': 3, 'in_channels': 5},
}


@pytest.mark.parametrize('head', HEADS.values(), ids=HEADS)
def test_mixup_loss_is_the_cross_entropy_of_mixed_labels(head):
    model = classifier(MIX, head)
    np.random.seed(3), torch.manual_seed(3)
    np.random.choice(1)
    share, order = np.random.beta(1.0, 1.0), torch.randperm(6)
    np.random.seed(3), torch.manual_seed(3)
    data = model.data_preprocessor(BATCH, training=True)
    one_hot = F.one_hot(BATCH['labels'], 3).float()
    expected = share * one_hot + (1 - share) * one_hot[order]
    torch.testing.assert_close(data['labels'], expected)
    logits = model(data['inputs'])
    by_hand = -(expected * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(model(**data, mode='loss')['loss'], by_hand)


def test_no_labels_are_mixed_outside_of_training():
    out = classifier(MIX).data_preprocessor(BATCH, False)
    assert torch.equal(out['labels'], BATCH['labels'])


@pytest.mark.parametrize(
    ('options', 'loss', 'message'),
    [
        ({'num_classes': 4}, {}, 'data_preprocessor.num_classes must be that of Classification'),
        ({}, {'loss': {'type': 'mmlesson.HingeLoss'}}, 'HingeLoss takes one class per sample'),
    ],
)
def test_mixed_labels_that_do_not_fit_are_refused(options, loss, message):
    model = classifier({**MIX, **options}, **loss)
    with pytest.raises(ArgumentError, match=message):
        model(**model.data_preprocessor(BATCH, True), mode='loss')
