"""Configs made from data train, test and predict as they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_iris

from mmlesson.apis import Inferencer
from mmlesson.apis.analysis.dataset_check import check_data
from mmlesson.apis.analysis.report import report_page
from mmlesson.apis.own_data.make_config import make_config
from mmlesson.config import load_config
from mmlesson.engine.build import build_runner
from mmlesson.errors import UserError
from mmlesson.runs.run import Run


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trained(path: Path, **options) -> tuple[Path, dict]:
    """Make a config, train it for two epochs, and return the run and its summary."""
    file, _ = make_config(path, **options)
    config = load_config(file)
    changes = {'device': 'cpu', 'log_level': 'ERROR', 'work_dir': 'run'}
    silent = {'type': 'VisualizationHook', 'figures': [], 'films': []}
    changes |= {'train_cfg.max_epochs': 2, 'default_hooks.visualization': silent}
    config.merge_from_dict(changes)
    build_runner(config).train()
    return Path('run'), json.loads(Path('run/summary.json').read_text())


def irises(names=('setosa', 'versicolor', 'virginica')):
    data = load_iris(as_frame=True)
    return data.data.assign(kind=np.array(names)[data.target])


def digit_files(root, count=120, size=28):
    digits = load_digits()
    for place in range(count):
        file = root / str(digits.target[place]) / f'{place}.png'
        file.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray((digits.images[place] * 15.9).astype(np.uint8))
        image.resize((size, size)).save(file)
    return root


def test_table_with_holes_and_names_in_any_script(folder):
    names = ('猫', 'кот', '{{fileDirname}}')
    frame = irises(names).assign(id=range(10, 160))
    frame.iloc[3:9, 1] = np.nan
    frame.to_csv(folder / '动物.csv', index=False)
    run, summary = trained(folder / '动物.csv')
    assert summary['status'] == 'completed'
    assert len(summary['test_by_class']['recall']) == 3
    found = Inferencer(run)([str(folder / '动物.csv')])
    assert len(found['predictions']) == 150
    assert {one['pred_class'] for one in found['predictions']} <= set(names)
    assert found['accuracy'] > 40
    page = report_page(Run(run))
    assert '动物.csv' in page
    assert 'test accuracy' in page


@pytest.mark.parametrize('suffix', ['.tsv', '.parquet'])
def test_other_kinds_of_tables(folder, suffix):
    file = folder / f'irises{suffix}'
    frame = irises()
    frame.to_parquet(file) if suffix == '.parquet' else frame.to_csv(file, sep='\t', index=False)
    run, summary = trained(file)
    assert summary['status'] == 'completed'
    assert Inferencer(run)([str(file)])['accuracy'] > 40


def test_table_in_another_encoding(folder):
    file = folder / 'gbk.csv'
    irises(('猫', '狗', '鸟')).to_csv(file, index=False, encoding='gbk')
    run, _ = trained(file, encoding='gbk')
    assert len(Inferencer(run)([str(file)])['predictions']) == 150


def test_folder_of_grey_digits(folder):
    root = digit_files(folder / 'digits')
    run, summary = trained(root)
    assert summary['status'] == 'completed'
    config = load_config('cnn_digits.py')
    assert config.model.backbone.image_size == (28, 28)
    assert config.model.backbone.in_channels == 1
    assert check_data(config).faults == []
    found = Inferencer(run)([str(root / '3')])
    assert len(found['predictions']) == len(list((root / '3').iterdir()))
    assert 'test accuracy' in report_page(Run(run))


def test_folder_with_splits(folder):
    for split in ('train', 'val', 'test'):
        for name in ('cat', 'dog'):
            (folder / 'pets' / split / name).mkdir(parents=True)
            for place in range(6):
                pixels = np.random.RandomState(len(split) * 99 + place).randint(0, 256, (90, 40, 3))
                image = Image.fromarray(pixels.astype(np.uint8) // (2 if name == 'cat' else 1))
                image.save(folder / 'pets' / split / name / f'{place}.png')
    _, summary = trained(folder / 'pets')
    assert [summary['splits'][name]['size'] for name in ('train', 'val', 'test')] == [12] * 3


def test_nothing_is_overwritten(folder):
    irises().to_csv(folder / 'x.csv', index=False)
    make_config(folder / 'x.csv')
    text = Path('mlp_x.py').read_text()
    for out in (None, Path('mlp_x.py')):
        with pytest.raises(UserError, match=r'^(--out )?mlp_x\.py exists already'):
            make_config(folder / 'x.csv', out)
    assert Path('mlp_x.py').read_text() == text


@pytest.mark.parametrize(
    ('path', 'options', 'message'),
    [
        ('nowhere.csv', {}, 'no file or folder nowhere.csv'),
        ('x.docx', {}, 'must be a file of the kind .csv'),
        ('x.csv', {'out': Path('x.txt')}, 'must end in .py'),
        ('x.csv', {'out': Path('no/x.py')}, 'folder no does not exist'),
        ('.', {'label': 'x'}, '--label names a column of a table'),
    ],
)
def test_paths_that_cannot_be_used_are_refused(folder, path, options, message):
    irises().to_csv(folder / 'x.csv', index=False)
    (folder / 'x.docx').write_text('x')
    with pytest.raises(UserError, match=message):
        make_config(Path(path), **options)
    assert not list(folder.glob('*.py'))
