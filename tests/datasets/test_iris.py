import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris

import mmlesson.datasets.iris
from mmlesson.datasets import Iris


def test_file_equals_scikit_learns_copy():
    oracle = load_iris()
    path = Path(mmlesson.datasets.iris.__file__).parent / 'data' / 'iris.csv'
    header, *rows = csv.reader(path.read_text().splitlines())
    assert [name.replace('_', ' ') + ' (cm)' for name in header[:4]] == oracle.feature_names
    np.testing.assert_array_equal(np.array([row[:4] for row in rows], float), oracle.data)
    assert [row[4] for row in rows] == oracle.target_names[oracle.target].tolist()


def test_rows_of_a_split_are_those_of_scikit_learn():
    oracle, dataset = load_iris(), Iris('test')
    rows = dataset.splits['test'].indices
    np.testing.assert_array_equal(dataset._inputs, oracle.data[rows].astype(np.float32))
    np.testing.assert_array_equal(dataset._labels, oracle.target[rows])


def test_facts_are_those_of_the_file_that_is_given(tmp_path):
    file = tmp_path / 'two.csv'
    file.write_text('a,species\n' + '1.5,x\n2,y\n' * 5)
    facts = Iris.facts(path=str(file))
    assert facts == {'num_classes': 2, 'input_shape': (1,), 'num_samples': 10}
    assert sum(Iris.facts()['class_sizes']) == 150
