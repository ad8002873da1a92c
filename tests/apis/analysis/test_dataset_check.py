"""The data of a config, read and counted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from paths import CONFIGS
from PIL import Image
from sklearn.datasets import load_digits

from mmlesson.apis.analysis.dataset_check import check_data
from mmlesson.config import load_config
from mmlesson.datasets import DigitCanvas, Digits
from mmlesson.errors import UserError


def test_classes_are_counted_and_samples_are_drawn(tmp_path):
    file = tmp_path / 'samples.png'
    report = check_data(load_config(CONFIGS / 'cnn/cnn_digits.py'), file)
    said = str(report)
    assert (report.faults, report.warnings) == ([], [])
    rows = [line.split() for line in said.splitlines() if re.match(r'\d ', line)]
    totals = [sum(map(int, row[1:])) for row in rows]
    assert totals == np.bincount(load_digits().target).tolist()
    sha256 = Digits('val').splits['val'].sha256
    assert re.search(rf'val +362 .*{sha256[:16]}', said)
    assert np.asarray(Image.open(file).convert('L')).std() > 20


def test_conflicts_between_splits_are_faults_unless_the_config_allows_them():
    options = {'val_dataloader.dataset.split': 'train'}
    report = check_data(load_config(CONFIGS / 'mlp/mlp_xor.py', options))
    assert report.faults[0].startswith('The val data (train split, 240 samples) holds 240 samples')
    options['allow_split_conflicts'] = True
    report = check_data(load_config(CONFIGS / 'mlp/mlp_xor.py', options))
    assert report.warnings[0].startswith('The val data (train split, 240 samples) holds 240')


def test_config_without_data_is_refused():
    options = dict.fromkeys(('train_dataloader', 'val_dataloader', 'test_dataloader'))
    with pytest.raises(UserError, match='has no dataloader'):
        check_data(load_config(CONFIGS / 'mlp/mlp_moons.py', options))


def test_imbalance_is_the_ratio_of_the_largest_to_the_smallest_class(tmp_path):
    report = check_data(
        table(tmp_path, [f'{n * 7 % 97},{n % 89},{n % 12 == 0}' for n in range(240)])
    )
    assert (
        "class imbalance, train: 11.0 (largest 'False' (132), smallest 'True' (12))" in report.text
    )
    assert report.warnings[0].startswith('the largest class of train has 11.0 times the samples')


def test_classes_of_one_size_have_no_largest(tmp_path):
    report = check_data(table(tmp_path, [f'{n * 7 % 97},{n % 89},{n % 2}' for n in range(240)]))
    assert 'class imbalance, train: 1.0 (72 of each)' in report.text


def test_constant_column_is_a_fault_of_a_table(tmp_path):
    report = check_data(table(tmp_path, [f'{n * 7 % 97},5,{n % 2}' for n in range(90)]))
    assert report.faults == ["train: columns have only one value: ['b']."]


def test_few_equal_rows_are_a_warning_and_many_are_a_fault(tmp_path):
    report = check_data(load_config(CONFIGS / 'mlp/mlp_table.py'))  # irises 102 and 143 are equal
    assert report.faults == []
    assert report.warnings == ['same values in train and test: 1 of test (first sample 28).']
    report = check_data(table(tmp_path, [f'{n % 30},{n % 30},{n % 2}' for n in range(200)]))
    assert [fault.partition(':')[0] for fault in report.faults] == [
        'same values in train and val',
        'same values in train and test',
        'same values in val and test',
    ]


def test_equal_rows_of_two_classes_are_a_warning(tmp_path):
    rows = [f'{n},{n * 3 % 50},{n % 2}' for n in range(100)] + ['5,15,0'] * 9
    report = check_data(table(tmp_path, rows))
    assert 'with the same values and different labels' in ' '.join(report.warnings)


def test_splits_that_cannot_be_loaded_for_one_reason_are_one_fault(tmp_path):
    file = tmp_path / 'nowhere.csv'
    report = check_data(table(file.parent, ['1,2,x', '2,3,y'], name='there.csv', path=str(file)))
    (fault,) = report.faults
    assert fault.startswith('train, val, test: ')
    assert str(file) in fault


def test_copies_and_constant_images_are_faults(tmp_path):
    rng = np.random.RandomState(0)
    for place in range(60):
        pixels = rng.randint(0, 256, (8, 8)).astype(np.uint8)
        split = ('train', 'val', 'test')[place % 3]
        folder = tmp_path / 'images' / split / f'class{place % 2}'
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f'{place}.png')
        if place == 0:  # the same pixels in other bytes
            Image.fromarray(pixels).save(tmp_path / 'images/train/class0/copy.bmp')
            (tmp_path / 'images/test/class0').mkdir(parents=True)
            Image.fromarray(pixels).save(tmp_path / 'images/test/class0/copy.bmp')
        if place == 1:
            Image.fromarray(np.full((8, 8), 7, np.uint8)).save(folder / 'grey.png')
    report = check_data(folder_config(tmp_path / 'images'))
    found = ' '.join(report.faults)
    assert re.search(r'val: images of a single value: 1 \(sample \d+ .*grey.png\)', found)
    assert re.search(
        r'same values in train and test: 1 of test \(first sample \d+ .*copy.bmp', found
    )
    assert 'of the training data' in found  # the two files of the same bytes


def folder_config(root):
    config = load_config(CONFIGS / 'cnn/cnn_folder.py')
    for name in ('train', 'val', 'test'):
        config[f'{name}_dataloader'].dataset.update(root=str(root), size=(8, 8))
    return config


def table(folder, rows, name='data.csv', path=None):
    """Return the config of a table with the columns a, b and label."""
    file = folder / name
    file.write_text('\n'.join(['a,b,label', *rows, '']))
    config = folder / 'lesson.py'
    data = {'type': 'TableDataset', 'path': path or str(file), 'label': 'label'}
    loaders = [f'{split}_dataloader = dict(dataset={data})' for split in ('train', 'val', 'test')]
    base = str(CONFIGS / '_base_/datasets/table.py')
    config.write_text('\n'.join([f'_base_ = [{base!r}]', *loaders, '']))
    return load_config(config)


def test_objects_of_canvases_are_counted_by_class(tmp_path):
    options = {f'{name}_dataloader.dataset.num_samples': 30 for name in ('train', 'val', 'test')}
    config = load_config(CONFIGS / 'vision/detect_digits.py', options)
    said = str(check_data(config, tmp_path / 'x.png'))
    rows = [line.split() for line in said.splitlines() if re.match(r'\d ', line)]
    labels = DigitCanvas('train', num_samples=30)._labels['labels']
    expected = np.bincount(labels[labels >= 0], minlength=10).tolist()
    assert [int(row[1]) for row in rows] == expected
    assert re.search(r'^train +30 ', said, re.MULTILINE)
    assert 'warning: no figure: samples of train' in said
