"""Fitting of the preprocessor by the runner, for datasets that are not ours."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mmlesson.datasets import Digits, lesson_collate
from mmlesson.engine import distributed
from mmlesson.engine.fit_preprocessor import fit_preprocessor
from mmlesson.models import Classifier
from mmlesson.registry import DATASETS

EMA = [{'type': 'EMAHook', 'ema_type': 'ExponentialMovingAverage', 'momentum': 0.1}]


@DATASETS.register_module()
class ForeignDigits(Dataset):
    """The digits as a dataset that knows nothing of ours, in colour and from 0 to 255."""

    def __init__(self, split):
        self.images = [s['inputs'] * 255 for s in Digits(split)]
        self.labels = [int(sample['labels']) for sample in Digits(split)]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index].repeat(2, 1, 1)
        return {'inputs': image, 'labels': self.labels[index]}


def foreign(**model):
    options = {
        f'{split}_dataloader__dataset': {'_delete_': True, 'type': 'ForeignDigits', 'split': split}
        for split in ('train', 'val', 'test')
    }
    automatic = {'_delete_': True, 'type': 'LessonPreprocessor', 'channels': 'auto'}
    return {
        **options,
        'model__data_preprocessor': automatic,
        'model__backbone__in_channels': 2,
        'train_cfg__max_epochs': 2,
        **model,
    }


@pytest.mark.parametrize('hooks', [[], EMA], ids=['plain', 'EMA'])
def test_other_dataset_is_standardised_and_its_checkpoint_loads(train, build, hooks, tmp_path):
    options = foreign(custom_hooks=hooks)
    summary = train('cnn/cnn_digits.py', **options)
    assert summary['test']['accuracy/top1'] > 60
    values = torch.stack([sample['inputs'] for sample in Digits()]).numpy() * 255
    state = torch.load(tmp_path / 'run' / 'epoch_2.pth', weights_only=True)['state_dict']
    mean, std = (state[f'data_preprocessor.{key}'].numpy() for key in ('mean', 'std'))
    np.testing.assert_allclose(mean, [values.mean(dtype=np.float64)] * 2, rtol=1e-5)
    np.testing.assert_allclose(std, [values.std(dtype=np.float64)] * 2, rtol=1e-5)
    resumed = train('cnn/cnn_digits.py', resume=True, **options)
    assert resumed['weights_sha256'] == summary['weights_sha256']


def test_statistics_are_logged_in_one_line(caplog):
    model = Classifier(
        {'type': 'mmlesson.MLP', 'in_features': 64},
        data_preprocessor={'type': 'mmlesson.LessonPreprocessor', 'channels': 'auto'},
    )
    loader = DataLoader(Digits(image=False), batch_size=9, collate_fn=lesson_collate)
    with caplog.at_level(logging.INFO):
        fit_preprocessor(model, loader, logging.getLogger('test'))
    assert len(caplog.records) == 1
    text = caplog.records[0].getMessage()
    assert text.startswith('Standardised with the mean and deviation of the training data (mean 0')
    assert text.count('... of 64') == 2
    assert torch.equal(model.data_preprocessor.mean, Digits(image=False).statistics()[0])


def test_processes_wait_without_a_timeout_until_rank_0_has_read_the_data(monkeypatch):
    model = Classifier(
        {'type': 'mmlesson.MLP', 'in_features': 64},
        data_preprocessor={'type': 'mmlesson.LessonPreprocessor', 'channels': 'auto'},
    )
    calls = []
    monkeypatch.setattr(distributed, 'barrier', lambda: calls.append('barrier'))
    broadcast = distributed.broadcast
    monkeypatch.setattr(
        distributed, 'broadcast', lambda value: calls.append('broadcast') or broadcast(value)
    )
    loader = DataLoader(Digits(image=False), batch_size=9, collate_fn=lesson_collate)
    fit_preprocessor(model, loader)
    assert calls == ['barrier', 'broadcast']


def test_fitted_preprocessor_is_left_alone():
    given = {'type': 'mmlesson.LessonPreprocessor', 'mean': [2.0], 'std': [3.0]}
    model = Classifier({'type': 'mmlesson.CNN'}, data_preprocessor=given)
    fit_preprocessor(model, None)
    assert model.data_preprocessor.mean.tolist() == [2.0]
