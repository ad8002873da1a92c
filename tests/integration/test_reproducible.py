"""The same seed gives the same run, and what it was made with is kept."""

from __future__ import annotations

import hashlib
import platform
import shlex
import sys

import pytest
import torch

from mmlesson.datasets import Digits


@pytest.mark.parametrize('lesson', ['cnn/cnn_digits.py', 'perceptron/perceptron_digits.py'])
def test_same_seed_gives_the_same_weights_and_another_seed_others(train, lesson):
    first, again, other = (
        train(lesson, name, train_cfg__max_epochs=2, randomness__seed=seed)
        for name, seed in (('first', 0), ('again', 0), ('other', 1))
    )
    for key in ('weights_sha256', 'val', 'test', 'train'):
        assert first[key] == again[key]
    assert first['weights_sha256'] != other['weights_sha256']


def test_machine_versions_command_code_and_data_are_recorded(train):
    summary = train('cnn/cnn_digits.py', train_cfg__max_epochs=1)
    environment = summary['environment']
    assert environment['python'] == platform.python_version()
    assert environment['packages']['torch'] == torch.__version__
    assert platform.machine() in environment['machine']
    assert environment['command'].endswith(shlex.join(sys.argv))
    assert environment['git'] is None or len(environment['git'].split(',')[0]) == 12
    data = Digits('train')
    indices = data.splits['train'].indices.astype('<i8')
    assert summary['splits']['train'] == {
        'size': 1078,
        'sha256': hashlib.sha256(indices.tobytes()).hexdigest(),
        'source': data.source_sha256,
    }
    assert set(summary['splits']) == {'train', 'val', 'test'}
    assert summary['seed'] == 0
    assert len(summary['config_sha256']) == 64
