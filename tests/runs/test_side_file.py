"""Reading of side files: what is damaged is named once."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from mmlesson.errors import UserError
from mmlesson.runs import side_file


@pytest.mark.parametrize(
    ('value', 'number', 'count'),
    [
        (3, True, True),
        (0, True, True),
        (-1, True, False),
        (2.5, True, False),
        (math.nan, True, False),
        (math.inf, True, False),
        (10**400, False, False),
        (True, False, False),
        ('3', False, False),
        (None, False, False),
    ],
)
def test_numbers_and_counts_are_told_apart(value, number, count):
    assert side_file.is_number(value) is number
    assert side_file.is_count(value) is count


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (b'[1]', 'an object was expected, got list'),
        (b'[' * 100_000, 'nested too deeply'),
        (b'\xff', 'decode'),
        (b'{', 'Expecting'),
    ],
)
def test_json_that_is_no_object_is_one_kind_of_error(data, message):
    with pytest.raises(ValueError, match=message):
        side_file.parse_json(data)
    assert side_file.parse_json(b'{"a": [1]}') == {'a': [1]}


def test_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match=r'nothing cannot be read: No such file'):
        side_file.read_bytes(tmp_path / 'nothing')
    assert not side_file.is_file(tmp_path / 'nothing')
    assert not side_file.is_file(tmp_path / ('x' * 5000))


def test_arrays_are_read_and_objects_refused(tmp_path):
    np.savez(tmp_path / 'a.npz', x=np.arange(3))
    np.testing.assert_array_equal(side_file.read_arrays(tmp_path / 'a.npz')['x'], [0, 1, 2])
    np.savez(tmp_path / 'b.npz', x=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match='damaged, or no file of arrays'):
        side_file.read_arrays(tmp_path / 'b.npz')
    (tmp_path / 'c.npz').write_text(json.dumps({}))
    with pytest.raises(ValueError, match='no archive'):
        side_file.read_arrays(tmp_path / 'c.npz')


def test_checks_of_objects_ask_for_parts():
    fits = side_file.an_object(a=side_file.is_count, b=side_file.or_none(side_file.is_text))
    assert fits({'a': 1, 'b': None, 'c': 2})
    assert not any(map(fits, [{'a': 1}, {'a': 'x', 'b': None}, [], None]))
    assert side_file.objects_of(a=side_file.anything)({'x': {'a': None}})
    assert not side_file.objects_of(a=side_file.anything)({'x': {}})
