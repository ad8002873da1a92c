"""Metrics on labelled data of the user: those of the runner for the same samples."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
import pandas as pd
import pytest
from paths import CONFIGS
from PIL import Image

from mmlesson.apis.inference.labelled_evaluation import measure_labelled
from mmlesson.datasets import Digits, Iris
from mmlesson.errors import RunError, UserError

DIGITS, TABLE = 'mlp/mlp_digits.py', 'mlp/mlp_table.py'


def words(lesson, checkpoint, data, **options):
    """Return the command line of test.py."""
    nothing = dict.fromkeys(('show_dir', 'cfg_options', 'out', 'work_dir'))
    plain = {'tta': False, 'amp': False, 'out_item': 'metrics', 'launcher': 'none', 'device': 'cpu'}
    paths = {'checkpoint': str(checkpoint), 'data': str(data)}
    return Namespace(config=str(CONFIGS / lesson), **{**nothing, **plain, **paths, **options})


@pytest.fixture
def trained(train, tmp_path):
    return train(DIGITS, train_cfg__max_epochs=1), tmp_path / 'run'


@pytest.fixture
def pictures(tmp_path):
    """Write the test split of the digits into a folder per class."""
    for place, sample in enumerate(Digits('test')):
        folder = tmp_path / 'pictures' / str(int(sample['labels']))
        folder.mkdir(parents=True, exist_ok=True)
        pixels = (sample['inputs'][0].numpy() * 255).round().astype(np.uint8)
        Image.fromarray(pixels).save(folder / f'{place}.png')
    return tmp_path / 'pictures'


def test_metrics_of_a_folder_are_those_of_the_runner_on_these_images(trained, pictures):
    summary, run = trained
    found = measure_labelled(words(DIGITS, run, pictures))
    assert found['samples'] == summary['splits']['test']['size']
    assert found['accuracy/top1'] == pytest.approx(summary['test']['accuracy/top1'])
    assert found['loss'] == pytest.approx(summary['test']['loss'])


def test_folder_without_some_of_the_classes_keeps_the_numbers_of_the_others(trained, pictures):
    for label in range(5):
        (pictures / str(label)).rename(pictures.parent / str(label))
    summary, run = trained
    found = measure_labelled(words(DIGITS, run, pictures))
    recall = summary['test_by_class']['recall'][5:]
    assert found['single-label/recall_classwise'][5:] == pytest.approx(recall)


def test_folder_may_have_a_single_class(trained, pictures):
    for label in range(1, 10):
        (pictures / str(label)).rename(pictures.parent / str(label))
    summary, run = trained
    found = measure_labelled(words(DIGITS, run, pictures))
    assert found['accuracy/top1'] == pytest.approx(summary['test_by_class']['recall'][0])


def test_folder_without_a_class_is_refused(trained, tmp_path):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(UserError, match='has no class folder'):
        measure_labelled(words(DIGITS, trained[1], tmp_path / 'empty'))


def test_class_that_the_model_does_not_know_is_refused(trained, pictures):
    (pictures / '7').rename(pictures / 'seven')
    with pytest.raises(UserError, match="has the class 'seven', but the classes of the model are"):
        measure_labelled(words(DIGITS, trained[1], pictures))


def test_image_that_cannot_be_read_is_an_error(trained, pictures):
    (pictures / '3' / 'broken.png').write_text('no image')
    with pytest.raises(RunError, match=r'1 of 358 inputs could not be read: .*broken\.png'):
        measure_labelled(words(DIGITS, trained[1], pictures))


def test_metrics_of_a_table_are_those_of_the_runner_on_these_rows(train, tmp_path):
    summary = train(TABLE, train_cfg__max_epochs=2)
    data = Iris('test')
    rows = pd.read_csv(data.path).iloc[data.splits['test'].indices]
    rows.sample(frac=1, axis=1, random_state=0).to_csv(tmp_path / 'rows.csv', index=False)
    found = measure_labelled(words(TABLE, tmp_path / 'run', tmp_path / 'rows.csv'))
    assert found['samples'] == 30
    assert found['accuracy/top1'] == pytest.approx(summary['test']['accuracy/top1'])
    assert found['loss'] == pytest.approx(summary['test']['loss'])


def test_row_of_another_class_is_an_error(train, tmp_path):
    train(TABLE, train_cfg__max_epochs=1)
    rows = pd.read_csv(Iris('test').path)[:3].replace({'setosa': 'rose'})
    rows.to_csv(tmp_path / 'rows.csv', index=False)
    with pytest.raises(RunError, match=r'3 rows have no label, or one that is no class .* row 2'):
        measure_labelled(words(TABLE, tmp_path / 'run', tmp_path / 'rows.csv'))


def test_array_has_no_labels(trained, tmp_path):
    np.save(tmp_path / 'x.npy', np.zeros((2, 1, 8, 8), np.float32))
    with pytest.raises(UserError, match=r'has no label\. Give a folder with a folder of images'):
        measure_labelled(words(DIGITS, trained[1], tmp_path / 'x.npy'))


@pytest.mark.parametrize(
    ('options', 'flag'),
    [
        ({'work_dir': 'x'}, '--work-dir'),
        ({'show_dir': 'x'}, '--show-dir'),
        ({'tta': True}, '--tta'),
        ({'out_item': 'pred'}, '--out-item pred'),
        ({'launcher': 'pytorch'}, '--launcher'),
    ],
)
def test_other_flags_are_refused(options, flag):
    with pytest.raises(UserError, match=f'{flag} cannot be combined with --data'):
        measure_labelled(words(DIGITS, 'run', 'data', **options))
