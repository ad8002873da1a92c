"""Grids, seeds and names of the cells of a sweep."""

from __future__ import annotations

import pytest

from mmlesson.apis.experiments.sweep import (
    LONGEST_NAME,
    cell_name,
    parse_grid,
    parse_seeds,
    short_keys,
)
from mmlesson.errors import UserError


@pytest.mark.parametrize(
    ('text', 'seeds'), [('5', [5]), ('0-3', [0, 1, 2, 3]), ('0,3,7-8', [0, 3, 7, 8])]
)
def test_seeds_are_parsed(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize('text', ['', 'a', '1-', '-1', '0,,2'])
def test_wrong_seeds_are_refused(text):
    with pytest.raises(UserError, match='--seeds must look like'):
        parse_seeds(text)


def test_backward_seeds_are_refused():
    with pytest.raises(UserError, match='Put the smaller number first'):
        parse_seeds('4-0')


def test_grid_is_the_product_of_its_axes():
    assert parse_grid(['a=1,2', 'b=x,y']) == [
        {'a': 1, 'b': 'x'},
        {'a': 1, 'b': 'y'},
        {'a': 2, 'b': 'x'},
        {'a': 2, 'b': 'y'},
    ]
    assert parse_grid([]) == [{}]


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['a'], 'takes KEY=VALUE,VALUE'),
        (['a=1', 'a=2'], "names 'a' twice"),
        (['a=1,1'], "a value of 'a' twice"),
        (['work_dir=x'], 'Use --work-dir'),
    ],
)
def test_wrong_grid_is_refused(words, message):
    with pytest.raises(UserError, match=message):
        parse_grid(words)


def test_cell_name_is_a_short_folder_name():
    name = cell_name({'optimizer.lr': 0.1, 'sizes': (8, 4), 'pool': 'a/b c'})
    assert name == 'lr=0.1,sizes=8x4,pool=a_b_c'
    assert len(cell_name({'key': 'x' * 500})) == LONGEST_NAME


def test_ambiguous_keys_are_not_shortened():
    assert short_keys(['a.lr', 'b.lr', 'c.n']) == {'a.lr': 'a.lr', 'b.lr': 'b.lr', 'c.n': 'n'}
