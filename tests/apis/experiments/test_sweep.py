"""Grids, seeds and names of the cells of a sweep."""

from __future__ import annotations

import pytest
from paths import CONFIGS

from mmlesson.apis.experiments.sweep import (
    LONGEST_NAME,
    cell_name,
    parse_grid,
    parse_seeds,
    plan_runs,
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


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('0-99999999999', 'must be at most 4294967295'),
        ('0-4294967295', r'would make 4,294,967,296 runs. A sweep has at most 10,000'),
        ('9' * 5000, r'must look like 0-4 or 0,3,7, got .*\.\.\.\.$'),
        ('²', 'must look like'),
    ],
)
def test_absurd_seeds_are_refused_in_one_line(text, message):
    with pytest.raises(UserError, match=message) as caught:
        parse_seeds(text)
    assert len(str(caught.value)) < 200


def test_grid_of_absurd_size_is_refused_before_it_is_spanned():
    axis = ','.join(map(str, range(1000)))
    with pytest.raises(UserError, match=r'--grid would make 1,000,000,000 runs'):
        parse_grid([f'a={axis}', f'b={axis}', f'c={axis}'])


@pytest.mark.parametrize(
    ('folds', 'message'), [(100_000, 'would make 100,000 runs'), (2000, 'at most 1797')]
)
def test_absurd_folds_are_refused_before_any_is_planned(folds, message, tmp_path):
    with pytest.raises(UserError, match=message):
        plan_runs(CONFIGS / 'mlp/mlp_digits.py', [{}], [0], folds, tmp_path)
