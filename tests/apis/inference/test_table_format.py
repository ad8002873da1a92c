from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from forked import run_forked
from paths import CONFIGS, TOOLS

from mmlesson.apis import Inferencer
from mmlesson.apis.inference.table_format import TableFormat
from mmlesson.config import load_config
from mmlesson.datasets import Iris
from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.table_encoding import ColumnEncoding, TableEncoding
from mmlesson.engine.build import build_runner

COLUMNS = (ColumnEncoding('size'), ColumnEncoding('colour', ('blue', 'red')))


@pytest.fixture
def form():
    return TableFormat('TableDataset', TableEncoding('kind', COLUMNS), ('a', 'b'))


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / 't.csv').write_text(text)
        return tmp_path / 't.csv'

    return write


def samples(rows):
    return [row.sample.tolist() for row in rows]


def test_columns_are_found_by_name(form, write):
    rows, failed = form.read_rows(write('extra,colour,size\n9,red,1.5\n9,blue,2\n'))
    assert samples(rows) == [[1.5, 0, 1], [2, 1, 0]]
    assert [row.number for row in rows] == [2, 3]
    assert [row.label for row in rows] == [None, None]
    assert failed == {}
    assert list(form.notes) == ["columns that the model does not know are ignored: ['extra']"]


def test_rows_that_cannot_be_used_do_not_end_the_others(form, write):
    text = 'size,colour\n1,red\n,red\nx,blue\n\n2,\ninf,red\n3,blue\n'
    rows, failed = form.read_rows(write(text))
    assert [row.number for row in rows] == [2, 8]
    assert failed == {
        3: "'size' is missing.",
        4: "'size' is 'x', not a finite number.",
        6: "'colour' is missing.",
        7: "'size' is 'inf', not a finite number.",
    }


def test_number_beyond_float32_fails_without_a_warning(form, write):
    rows, failed = form.read_rows(write('size,colour\n1e39,red\n1,red\n'))
    assert samples(rows) == [[1, 0, 1]]
    assert failed == {2: "'size' is 1e+39, not a finite number."}


def test_data_frame_is_read_by_the_names_of_its_columns(form):
    frame = pd.DataFrame(
        {'colour': ['red', None, 'blue'], 'size': [1.5, 2, np.inf], 'kind': list('bab'), 7: 0},
        index=[5, 5, 5],
    )
    rows, failed = form.split_frame(frame)
    assert samples(rows) == [[1.5, 0, 1]]
    assert [(row.number, row.label) for row in rows] == [(0, 1)]
    assert failed == {1: "'colour' is missing.", 2: "'size' is inf, not a finite number."}
    assert list(form.notes) == ["columns that the model does not know are ignored: ['7']"]


def test_data_frame_without_column_or_with_two_of_one_name_is_refused(form):
    with pytest.raises(InputError, match="the table has no column 'colour', but 'size', 'color'"):
        form.split_frame(pd.DataFrame({'size': [1], 'color': ['red']}))
    with pytest.raises(InputError, match="the table has several columns '1'"):
        form.split_frame(pd.DataFrame([[1, 2]], columns=[1, '1']))


def test_missing_cells_become_the_means_of_training(write):
    columns = (ColumnEncoding('size', None, (7.0,)), ColumnEncoding('c', ('u', 'v'), (0.2, 0.8)))
    form = TableFormat('TableDataset', TableEncoding('kind', columns), ('a', 'b'))
    rows, failed = form.read_rows(write('size,c\n,u\n1,\n'))
    np.testing.assert_allclose(samples(rows), [[7, 1, 0], [1, 0.2, 0.8]], rtol=1e-6)
    assert failed == {}


def test_unknown_text_is_zeros_and_counted(form, write):
    rows, _ = form.read_rows(write('size,colour\n1,violet\n2,violet\n'))
    assert samples(rows) == [[1, 0, 0], [2, 0, 0]]
    assert any(note.startswith("2 rows have a text in 'colour'") for note in form.notes)


def test_categories_of_digits_are_texts(write):
    columns = (ColumnEncoding('code', ('01', '1', 'x')),)
    form = TableFormat('TableDataset', TableEncoding('kind', columns), ('a', 'b'))
    rows, _ = form.read_rows(write('code\n1\n01\n'))
    assert samples(rows) == [[0, 1, 0], [1, 0, 0]]


def test_labels_are_classes_of_the_model(form, write):
    rows, _ = form.read_rows(write('size,colour,kind\n1,red,b\n2,red,\n3,red,z\n4,red,a\n'))
    assert [row.label for row in rows] == [1, None, None, 0]
    assert list(form.notes) == ['1 rows have a label that is no class of the model']


@pytest.mark.parametrize(
    ('classes', 'note'),
    [(('0', '1'), 'classes must be texts or whole numbers'), (('a', 'b'), 'no class of the model')],
)
def test_labels_that_are_no_classes_do_not_end_the_prediction(write, classes, note):
    form = TableFormat('TableDataset', TableEncoding('kind', COLUMNS), classes)
    rows, _ = form.read_rows(write('size,colour,kind\n1,red,0.5\n'))
    assert [row.label for row in rows] == [None]
    assert any(note in text for text in form.notes)


def test_labels_are_texts_where_those_of_training_were(write):
    form = TableFormat('TableDataset', TableEncoding('kind', COLUMNS[:1]), ('1.0', '2.0', 'x'))
    rows, _ = form.read_rows(write('size,kind\n1,1.0\n2,2.0\n'))
    assert [row.label for row in rows] == [0, 1]


def test_missing_column_is_named(form, write):
    with pytest.raises(InputError, match="has no column 'colour', but 'size', 'color'"):
        form.read_rows(write('size,color\n1,red\n'))


def test_file_that_is_no_table_is_refused(form, tmp_path):
    with pytest.raises(InputError, match='it is no table'):
        form.read(tmp_path / 'a.png')


def test_array_of_encoded_rows_is_taken_as_it_is(form):
    assert [sample.tolist() for sample in form.split(np.eye(3))] == np.eye(3).tolist()
    with pytest.raises(InputError, match=r"one column for each of \['size', 'colour=blue'"):
        form.split(np.eye(2))
    with pytest.raises(InputError, match='got NaN or infinity'):
        form.split(np.array([1.0, np.nan, 0]))


# -- with a trained model -----------------------------------------------------------------------


@pytest.fixture(scope='module')
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('iris') / 'run'
    config = load_config(CONFIGS / 'mlp/mlp_table.py')
    hooks = {'default_hooks.visualization': None, 'train_cfg.max_epochs': 3}
    config.merge_from_dict({'work_dir': str(folder), 'device': 'cpu', **hooks})
    build_runner(config).train()
    return folder


def test_a_table_gives_the_predictions_of_the_dataset(run, tmp_path):
    test = Iris('test')
    table = pd.read_csv(test.path).iloc[test.splits['test'].indices, ::-1]
    table.to_csv(tmp_path / 'new.csv', index=False)
    inferencer = Inferencer(run, device='cpu')
    found = inferencer(str(tmp_path / 'new.csv'))
    expected = inferencer(test._inputs)
    scores = [
        [one['pred_scores'] for one in results['predictions']] for results in (found, expected)
    ]
    assert scores[0] == scores[1]
    of_frame = inferencer(table)
    assert [one['pred_scores'] for one in of_frame['predictions']] == scores[0]
    assert of_frame['accuracy'] == found['accuracy'] is not None
    right = [one['pred_label'] for one in found['predictions']] == test._labels.numpy()
    assert found['accuracy'] == 100 * right.mean()
    assert found['failed'] == found['notes'] == []


def test_predict_prints_the_accuracy_and_the_rows_that_failed(run, tmp_path):
    header = 'petal_width,petal_length,sepal_width,sepal_length,species\n'
    (tmp_path / 't.csv').write_text(f'{header}0.2,1.4,3.5,5.1,setosa\nx,1.4,3.5,5.1,setosa\n')
    words = [TOOLS / 'deployment/predict.py', run, 't.csv', '--device', 'cpu']
    done = run_forked(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert 'accuracy on the rows with a label: ' in done.stdout
    assert "t.csv row 3: 'petal_width' is 'x', not a finite number." in done.stderr
