"""Pictures of the test split: saved, read again and predicted, they are the test split."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.apis.inference.export_images import save_pictures
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.config import load_config
from mmlesson.datasets import ArrayDataset
from mmlesson.errors import UserError


def test_train_test_and_predict_agree_on_exported_test_images(train, tmp_path):
    lesson = 'cnn/cnn_digits.py'
    summary = train(lesson, train_cfg__max_epochs=2)
    pictures = tmp_path / 'pictures'
    count = save_pictures(load_config(CONFIGS / lesson), pictures)
    assert count == summary['splits']['test']['size'] == len(list(pictures.iterdir()))

    last = tmp_path / 'run/epoch_2.pth'  # whose test is in the summary
    results = Inferencer(CONFIGS / lesson, last, device='cpu')(pictures)
    assert results['failed'] == results['notes'] == []
    right = [Path(one['source']).stem[5:] == one['pred_class'] for one in results['predictions']]
    accuracy = 100 * sum(right) / count
    assert accuracy == pytest.approx(summary['test']['accuracy/top1'], abs=1e-3)


def test_existing_folder_and_non_image_data_are_refused(tmp_path):
    with pytest.raises(UserError, match='exists already'):
        save_pictures(load_config(CONFIGS / 'cnn/cnn_digits.py'), tmp_path)
    with pytest.raises(UserError, match=r'XOR gives no images, but samples of shape \(2,\)'):
        save_pictures(load_config(CONFIGS / 'mlp/mlp_xor.py'), tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_samples_without_labels_are_refused(tmp_path, monkeypatch):
    kind = ArrayDataset.__getitem__
    monkeypatch.setattr(
        ArrayDataset, '__getitem__', lambda self, i: {'inputs': kind(self, i)['inputs']}
    )
    with pytest.raises(UserError, match='Digits gives no labels, but samples of inputs'):
        save_pictures(load_config(CONFIGS / 'cnn/cnn_digits.py'), tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_image_with_several_objects_has_no_class_in_its_name(tmp_path):
    options = {'test_dataloader.dataset.num_samples': 2}
    config = load_config(CONFIGS / 'vision/detect_digits.py', options)
    assert save_pictures(config, tmp_path / 'new') == 2
    assert {file.name for file in (tmp_path / 'new').iterdir()} == {'0000.png', '0001.png'}
