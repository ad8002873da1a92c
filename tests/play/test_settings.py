import pytest

from mmlesson.play.settings import (
    DataSettings,
    NetworkSettings,
    TrainingSettings,
    hidden_sizes_of,
    whole_number,
)


@pytest.mark.parametrize(
    ('kind', 'arguments', 'match'),
    [
        (DataSettings, {'dataset': 'Iris'}, 'dataset must be one of'),
        (DataSettings, {'noise': float('nan')}, r'noise must be a number in \[0, 1\]'),
        (DataSettings, {'num_samples': 42}, 'multiple of 4'),
        (DataSettings, {'train_percent': 80, 'val_percent': 20}, 'leave 5 percent'),
        (DataSettings, {'num_classes': 3}, 'must be 2 for XOR'),
        (NetworkSettings, {'hidden_sizes': (1,) * 7}, 'at most 6 layers'),
        (NetworkSettings, {'hidden_sizes': (100000,)}, r'in \[1, 256\]'),
        (NetworkSettings, {'activation': "Tanh'"}, 'activation must be one of'),
        (TrainingSettings, {'optimizer': 'LBFGS'}, 'optimizer must be one of'),
        (TrainingSettings, {'lr': 0}, 'lr must be a number'),
        (TrainingSettings, {'max_epochs': 10**9}, r'in \[1, 1000\]'),
        (TrainingSettings, {'seed': -1}, 'seed must be an int'),
    ],
)
def test_wrong_value_is_named(kind, arguments, match):
    with pytest.raises(ValueError, match=match):
        kind(**arguments)


def test_hidden_sizes_are_read_from_text():
    assert hidden_sizes_of(' 4, 2 ') == (4, 2)
    assert hidden_sizes_of('') == ()
    with pytest.raises(ValueError, match='whole numbers'):
        hidden_sizes_of('4; import os')


@pytest.mark.parametrize('value', [1.5, float('inf'), '3', True, None])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match='seed must be a whole number'):
        whole_number('seed', value)


def test_whole_float_becomes_an_int():
    assert whole_number('seed', 3.0) == 3
