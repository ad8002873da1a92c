from torch import nn

from mmlesson.visualization.figures.layer_names import is_normalisation, layer_names


def test_layers_of_a_network_are_counted_by_kind():
    model = nn.Sequential(
        *(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(8, 4), nn.Tanh(), nn.Dropout(), nn.Linear(4, 2)),
    )
    assert list(layer_names(model).values()) == [
        *('conv 1', 'norm 1', 'ReLU 1', 'pool 1'),
        *('conv 2', 'norm 2', 'ReLU 2', 'pool 2'),
        *('flatten 2', 'linear 1', 'Tanh 1', 'dropout 1', 'output layer'),
    ]


def test_names_are_those_of_the_modules_and_none_repeats():
    model = nn.ModuleDict({'a': nn.Conv2d(1, 1, 1), 'b': nn.ReLU(), 'c': nn.ReLU()})
    assert layer_names(model) == {'a': 'conv 1', 'b': 'ReLU 1', 'c': 'ReLU 1 (2)'}


def test_normalisation_is_told_from_other_layers():
    model = nn.ModuleDict({'a': nn.Conv2d(1, 1, 1), 'b': nn.BatchNorm2d(1)})
    assert not is_normalisation(model, 'a')
    assert is_normalisation(model, 'b')
    assert not is_normalisation(model, 'unknown')
