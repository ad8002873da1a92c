import pytest

from mmlesson.config.cli_options import parse_options
from mmlesson.errors import UserError


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('0.1', 0.1),
        ('1e-3', 1e-3),
        ('3', 3),
        ('True', True),
        ('false', False),
        ('None', None),
        ('relu', 'relu'),
        ('"3"', '3'),
        ('(8,)', (8,)),
        ('[1, 2]', [1, 2]),
        ('1,2', [1, 2]),
        ('a,b', ['a', 'b']),
        ("{'type': 'SGD'}", {'type': 'SGD'}),
        ('x=y', 'x=y'),
        ('', ''),
    ],
)
def test_value_is_a_literal_a_list_or_text(text, value):
    assert parse_options([f'a.b={text}']) == {'a.b': value}


@pytest.mark.parametrize('pair', ['a', '=3', ''])
def test_pair_without_key_or_sign_is_refused(pair):
    with pytest.raises(UserError, match=f"takes KEY=VALUE, got '{pair}'"):
        parse_options([pair])


def test_later_pair_wins():
    assert parse_options(['a=1', 'a=2']) == {'a': 2}


def test_dict_as_configs_spell_it():
    text = "model.backbone=dict(type='mmpretrain.ResNet_CIFAR', depth=18, a=[dict(b=(1,))])"
    inner = {'type': 'mmpretrain.ResNet_CIFAR', 'depth': 18, 'a': [{'b': (1,)}]}
    assert parse_options([text]) == {'model.backbone': inner}


@pytest.mark.parametrize('text', ['dict(3)', 'dict(**{})', 'list(a=1)', 'dict(a=b)'])
def test_other_calls_stay_text(text):
    assert parse_options([f'key={text}']) == {'key': text}


def test_message_names_the_option():
    with pytest.raises(UserError, match=r"^--args takes KEY=VALUE, got 'x'"):
        parse_options(['x'], '--args')
