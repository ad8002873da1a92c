from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest
import torch
from mmengine.logging import MMLogger
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder

from mmlesson.datasets import TableDataset, check_splits, describe_split
from mmlesson.datasets.table_reading import TableError
from mmlesson.errors import ArgumentError


@pytest.fixture(scope='module')
def frame():
    rng = np.random.default_rng(0)
    number = rng.normal(5, 3, 60).round(3)
    number[[3, 30, 50]] = np.nan
    texts = rng.choice(['red', 'green', 'blue'], 60)
    return pd.DataFrame({'size': number, 'colour': texts, 'kind': ['a', 'b', 'c'] * 20})


@pytest.fixture
def path(frame, tmp_path):
    frame.to_csv(tmp_path / 't.csv', index=False)
    return str(tmp_path / 't.csv')


@pytest.fixture
def warnings_of(caplog):
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield lambda: [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_inputs_are_those_of_scikit_learn_fitted_on_the_training_split(frame, path, split):
    data = TableDataset(split, path=path, label='kind', missing='mean')
    train, own = (frame.iloc[data.splits[name].indices] for name in ('train', split))
    means = SimpleImputer().fit(train[['size']])
    one_hot = OneHotEncoder(sparse_output=False).fit(train[['colour']])
    oracle = np.hstack([means.transform(own[['size']]), one_hot.transform(own[['colour']])])
    np.testing.assert_allclose(data._inputs, oracle, rtol=1e-6)
    assert data._labels.tolist() == own['kind'].map({'a': 0, 'b': 1, 'c': 2}).tolist()
    assert data.classes == ('a', 'b', 'c')
    assert data.table.names == ('size', 'colour=blue', 'colour=green', 'colour=red')


def test_values_of_other_splits_do_not_change_the_encoding(frame, path, tmp_path):
    before = TableDataset(path=path, label='kind', missing='mean')
    other = frame.copy()
    other.iloc[before.splits['test'].indices, 0] = 1e6
    other.iloc[before.splits['test'].indices, 1] = 'violet'
    other.to_csv(tmp_path / 'other.csv', index=False)
    after = TableDataset(path=str(tmp_path / 'other.csv'), label='kind', missing='mean')
    assert after.table == before.table
    assert torch.equal(after._inputs, before._inputs)


def test_splits_have_one_source_and_share_no_rows(path):
    options = {'path': path, 'label': 'kind', 'missing': 'mean'}
    splits = {name: TableDataset(name, **options) for name in ('train', 'val', 'test')}
    facts = {name: describe_split(data) for name, data in splits.items()}
    assert len({fact['source'] for fact in facts.values()}) == 1
    assert check_splits(facts) == []
    other = describe_split(TableDataset('test', split_seed=1, **options))
    with pytest.raises(ArgumentError, match='samples of the training data'):
        check_splits({**facts, 'test': other})


def test_missing_cells_are_refused_or_dropped(frame, path, warnings_of):
    with pytest.raises(TableError, match=r"3 in 'size' \(first in row 5\)"):
        TableDataset(path=path, label='kind')
    data = TableDataset(path=path, label='kind', missing='drop')
    assert sum(split.size for split in data.splits.values()) == 57
    assert any('3 rows have missing cells and are left out' in text for text in warnings_of())


def test_text_that_only_another_split_has_is_zeros_and_counted(tmp_path, warnings_of):
    file = tmp_path / 't.csv'
    train = 'a,y\n' + 'p,0\nq,1\n' * 4
    file.write_text(train)
    (tmp_path / 'test.csv').write_text('a,y\nr,1\nq,0\n')
    paths = {'test': str(tmp_path / 'test.csv'), 'train': str(file)}
    data = TableDataset('test', path=paths, label='y', split_ratio=(0.5, 0.5, 0))
    assert data._inputs.tolist() == [[0, 0], [0, 1]]
    assert any("1 rows of test have a text in 'a'" in text for text in warnings_of())


def test_split_without_a_file_is_taken_from_the_training_file(tmp_path):
    (tmp_path / 'a.csv').write_text('a,y\n' + '5,0\n6,1\n' * 8)
    (tmp_path / 'b.csv').write_text('a,y\n7,0\n8,1\n9,1\n')
    paths = {'train': str(tmp_path / 'a.csv'), 'test': str(tmp_path / 'b.csv')}
    options = {'path': paths, 'label': 'y', 'split_ratio': (0.6, 0.2, 0.2)}
    sizes = {name: split.size for name, split in TableDataset(**options).splits.items()}
    assert sizes == {'train': 12, 'val': 4, 'test': 3}
    assert TableDataset('test', **options)._inputs.flatten().tolist() == [7, 8, 9]
    folds = [TableDataset('val', fold=(k, 2), **options).splits for k in (0, 1)]
    assert [fold['val'].size for fold in folds] == [8, 8]
    assert all(fold['test'].sha256 == folds[0]['test'].sha256 for fold in folds)


def test_one_file_is_not_taken_for_two_splits(path, tmp_path):
    (tmp_path / 'link.csv').symlink_to(path)
    for other in (path, str(tmp_path / 'link.csv')):
        with pytest.raises(ArgumentError, match=r'for train and test, .* Leave test out'):
            TableDataset(path={'train': path, 'test': other}, label='kind', missing='mean')


@pytest.mark.parametrize('copies', [1, 2])
def test_many_rows_of_the_training_file_in_another_are_reported(tmp_path, warnings_of, copies):
    (tmp_path / 'a.csv').write_text('a,b,y\n' + ''.join(f'{n},x,{n % 2}\n' for n in range(12)))
    rows = [f'{n if n < copies else -n},x,{n % 2}\n' for n in range(12)]
    (tmp_path / 'b.csv').write_text('a,b,y\n' + ''.join(rows))
    paths = {'train': str(tmp_path / 'a.csv'), 'test': str(tmp_path / 'b.csv')}
    for split in ('train', 'val', 'test'):
        TableDataset(split, path=paths, label='y')
    found = [text for text in warnings_of() if 'in the training file' in text]
    assert len(found) == copies - 1
    assert all('2 of 12 rows of the file of test are' in text for text in found)


def test_classes_that_differ_in_capital_letters_are_reported(tmp_path, warnings_of):
    (tmp_path / 't.csv').write_text('a,y\n' + '5,yes\n6,no\n7,Yes\n' * 5)
    TableDataset(path=str(tmp_path / 't.csv'), label='y')
    (found,) = warnings_of()
    assert "only in capital letters, such as 'Yes' and 'yes'" in found


def test_constant_column_is_kept_and_reported(tmp_path, warnings_of):
    (tmp_path / 't.csv').write_text('a,b,y\n' + '5,7,0\n6,7,1\n' * 5)
    data = TableDataset(path=str(tmp_path / 't.csv'), label='y')
    assert data.statistics()[1][1] == 1
    assert any("constant columns: ['b']" in text for text in warnings_of())


def test_facts_of_a_small_table_are_those_of_the_data(path):
    facts = TableDataset.facts(type='TableDataset', path=path, label='kind', missing='mean')
    assert facts == {'num_classes': 3, 'input_shape': (4,), 'num_samples': 60}
    assert TableDataset.facts(path=path, label='kind') == {}  # it cannot be built
    assert TableDataset.facts(path='no.csv', label='kind') == {}


def test_facts_do_not_read_a_large_table(tmp_path):
    (tmp_path / 't.csv').write_text('a,y\n' + '5,0\n6,1\n' * 200_000)
    assert TableDataset.facts(path=str(tmp_path / 't.csv'), label='y') == {}


def test_training_split_must_have_rows(path):
    with pytest.raises(ArgumentError, match='split_ratio must give rows to train'):
        TableDataset('test', path=path, label='kind', missing='mean', split_ratio=(0, 0, 1))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'path': 3}, r'path must be a file, or \{'),
        ({'path': {'test': 'a.csv'}}, r'path must be a file, or \{'),
        ({'label': ''}, 'label must be a text'),
        ({'missing': 'zero'}, "missing must be one of 'error', 'mean', 'drop'"),
        ({'separator': ',,'}, 'separator must be one character or None'),
        ({'features': 'size'}, 'features must be a list of column names'),
        ({'features': ['size', 'kind']}, 'different columns without the label'),
        ({'features': ['sise']}, r"no column 'sise', but .*Did you mean 'size'"),
    ],
)
def test_wrong_argument_is_refused(path, options, message):
    with pytest.raises(ArgumentError, match=message):
        TableDataset(**{'path': path, 'label': 'kind', **options})
