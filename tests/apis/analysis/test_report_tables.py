import json

import pytest

from mmlesson.apis.analysis.report_tables import (
    class_table,
    data_meta,
    environment_rows,
    fill,
    foreign,
    layer_table,
    metric_label,
    split_rows,
)
from mmlesson.runs.run import Run
from mmlesson.runs.summary import DEFAULTS

CNN = """
default_scope = 'mmlesson'
model = dict(
    type='Classifier',
    backbone=dict(type='CNN', channels=(4,), hidden_sizes=(), batch_norm=True),
    head=dict(type='ClassificationHead', num_classes=3),
)
"""


@pytest.fixture
def run(tmp_path):
    def create(config='', **summary):
        (tmp_path / '20260101_000000').mkdir(exist_ok=True)
        (tmp_path / '20260101_000000' / 'x.py').write_text(config or 'a = 1\n')
        (tmp_path / 'summary.json').write_text(
            json.dumps({**DEFAULTS, 'status': 'completed', **summary})
        )
        return Run(tmp_path)

    return create


def test_values_are_escaped():
    assert fill('{}: {:.1f}', '<b>', 1.25) == '&lt;b&gt;: 1.2'
    assert foreign('<b>', 'zh') == '<span lang="en">&lt;b&gt;</span>'
    assert foreign('<b>', 'en') == '<b>'


def test_label_of_a_metric():
    assert metric_label('val', 'loss', 'en') == 'val loss'
    assert metric_label('val', 'loss', 'zh') == '验证损失'


def test_classes_have_their_names(run):
    found = run(test_by_class={'precision': [90.0, 80.0], 'f1-score': [50.0, 'nan']})
    table = class_table(found, {'classes': ('cat', 'dog')}, 'en')
    assert table['head'] == [('class', 'precision', 'F1')]
    assert table['rows'] == [('cat', '90.0', '50.0'), ('dog', '80.0', 'nan')]


def test_classes_without_names_are_numbered(run):
    found = run(test_by_class={'recall': [90.0, 80.0]})
    assert [row[0] for row in class_table(found, {'classes': ('cat',)}, 'en')['rows']] == ['0', '1']


@pytest.mark.parametrize('values', [None, {'precision': [1.0], 'recall': [1.0, 2.0]}])
def test_no_table_of_classes_without_matching_columns(run, values):
    assert class_table(run(test_by_class=values), {}, 'en') is None


def test_run_without_checkpoint_has_no_description_of_its_data(run):
    assert data_meta(run()) == {}


def test_layers_have_names_shapes_and_parameters(run):
    rows = layer_table(run(CNN), {'input_shape': (1, 8, 8)}, 'en')
    shown = {name: (shape, count) for name, shape, count in rows}
    assert shown['conv 1'] == ('4 × 8 × 8', str(4 * 9))
    assert shown['pool 1'] == ('4 × 4 × 4', '0')
    assert shown['output layer'] == ('3', str(4 * 16 * 3 + 3))
    assert rows[-1] == ('total', '', str(4 * 9 + 2 * 4 + 4 * 16 * 3 + 3))


def test_layers_in_chinese(run):
    rows = layer_table(run(CNN), {'input_shape': [1, 8, 8]}, 'zh')
    assert [rows[0][0], rows[-2][0], rows[-1][0]] == ['卷积层 1', '输出层', '合计']


@pytest.mark.parametrize('shape', [None, 'abc', (0, 2), (1.5,), (10**6, 10**6)])
def test_layers_need_the_shape_of_a_sample(run, shape):
    found = layer_table(run(CNN), {'input_shape': shape}, 'en')
    assert found == 'They cannot be shown: no checkpoint has the shape of its samples.'


def test_layers_of_a_config_without_model_are_refused_by_name(run):
    assert 'has no model' in layer_table(run(), {'input_shape': (2,)}, 'en')
    assert '<span lang="en">' in layer_table(run(), {'input_shape': (2,)}, 'zh')


def test_run_of_another_version_is_reported_without_layers(run):
    old = run(CNN.replace('batch_norm', 'old_name'))
    assert 'unexpected keyword argument' in layer_table(old, {'input_shape': (1, 8, 8)}, 'en')


def test_shape_that_the_model_does_not_take_is_said(run):
    assert 'They cannot be shown: ' in layer_table(run(CNN), {'input_shape': (3, 8, 8)}, 'en')


def test_splits_and_environment():
    summary = {
        'splits': {'train': {'size': 3, 'sha256': 'x'}},
        'environment': {'command': 'python x', 'gpu': None, 'packages': {'torch': '2.4'}},
    }
    assert split_rows(summary, 'zh') == [('训练集', 3, 'x')]
    assert environment_rows(summary, 'en') == [('command', 'python x'), ('torch', '2.4')]
    assert environment_rows(summary, 'zh')[0] == ('命令', 'python x')
