import pytest

from mmlesson.errors import UserError
from mmlesson.play.settings import (
    DataSettings,
    NetworkSettings,
    TrainingSettings,
    hidden_sizes_of,
)


@pytest.mark.parametrize(
    ('kind', 'arguments', 'match'),
    [
        (DataSettings, {'dataset': 'Iris'}, 'dataset must be one of'),
        (DataSettings, {'noise': float('nan')}, r'noise must be a number in \[0, 1\]'),
        (DataSettings, {'num_samples': 42}, 'multiple of 4'),
        (DataSettings, {'train_percent': 80, 'val_percent': 20}, 'leave 5 percent'),
        (DataSettings, {'num_classes': 3}, 'XOR has 2 classes'),
        (NetworkSettings, {'hidden_sizes': (1,) * 7}, 'at most 6 layers'),
        (NetworkSettings, {'hidden_sizes': (100000,)}, r'in \[1, 256\]'),
        (NetworkSettings, {'activation': "Tanh'"}, 'activation must be one of'),
        (TrainingSettings, {'optimizer': 'LBFGS'}, 'optimizer must be one of'),
        (TrainingSettings, {'lr': 0}, 'lr must be a number'),
        (TrainingSettings, {'max_epochs': 10**9}, r'in \[1, 1000\]'),
        (TrainingSettings, {'seed': -1}, r'seed must be a whole number in \[0, 2147483647\]'),
    ],
)
def test_wrong_value_is_named(kind, arguments, match):
    with pytest.raises(UserError, match=match):
        kind(**arguments)


def test_hidden_sizes_are_read_from_text():
    assert hidden_sizes_of(' 4, 2 ') == (4, 2)
    assert hidden_sizes_of('') == ()
    with pytest.raises(UserError, match='whole numbers'):
        hidden_sizes_of('4; import os')
