from __future__ import annotations

import numpy as np
import pytest
from mmengine.config import Config
from paths import CONFIGS
from PIL import Image
from pycocotools.coco import COCO

from mmlesson.apis.own_data.coco_files import save_coco
from mmlesson.config import load_config
from mmlesson.datasets import DigitCanvas, Iris
from mmlesson.errors import UserError


@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    config = load_config(CONFIGS / 'vision/detect_digits.py')
    for split in ('train', 'val', 'test'):
        config[f'{split}_dataloader'].dataset.num_samples = 5
    folder = tmp_path_factory.mktemp('coco') / 'out'
    assert save_coco(config, folder) == {'train': 5, 'val': 5, 'test': 5}
    return folder


@pytest.fixture(scope='module')
def coco(saved):
    return COCO(str(saved / 'annotations' / 'val.json'))


def test_pycocotools_reads_boxes_and_classes(coco):
    data = DigitCanvas('val', num_samples=5)
    assert coco.getImgIds() == [1, 2, 3, 4, 5]
    for number in range(5):
        labels = data[number]['labels']
        found = coco.loadAnns(coco.getAnnIds(imgIds=[number + 1]))
        names = [coco.cats[one['category_id']]['name'] for one in found]
        present = labels['labels'] >= 0
        assert names == [data.classes[label] for label in labels['labels'][present]]
        boxes = np.array([one['bbox'] for one in found])
        corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)
        assert np.array_equal(corners, labels['bboxes'][present].numpy())


@pytest.mark.filterwarnings('ignore:__array__:DeprecationWarning')  # of pycocotools
def test_pycocotools_decodes_the_masks(coco):
    data = DigitCanvas('val', num_samples=5)
    for number in range(5):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[number + 1]))
        instances = data[number]['labels']['instances'].numpy()
        for place, one in enumerate(found, 1):
            assert np.array_equal(coco.annToMask(one), instances == place)
            assert one['area'] == (instances == place).sum()


def test_keypoints_are_x_y_and_visible(coco):
    (first, *_) = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    points = np.array(first['keypoints']).reshape(-1, 3)
    expected = DigitCanvas('val', num_samples=1)[0]['labels']['keypoints'][0]
    assert np.array_equal(points[:, :2].astype(np.float32), expected.numpy())
    assert points[:, 2].tolist() == [2] * 5


def test_images_and_maps_of_classes_are_files(saved, coco):
    sample = DigitCanvas('val', num_samples=5)[2]
    with Image.open(saved / coco.imgs[3]['file_name']) as image:
        assert np.array_equal(np.asarray(image), (sample['inputs'][0] * 255).round().numpy())
    with Image.open(saved / 'ann_dir/val/00002.png') as classes:
        assert np.array_equal(np.asarray(classes), sample['labels']['sem_seg'].numpy())


def test_dataset_without_boxes_is_refused(tmp_path):
    with pytest.raises(UserError, match='Digits has no bboxes'):
        save_coco(load_config(CONFIGS / 'cnn/cnn_digits.py'), tmp_path / 'new')


def test_existing_folder_is_kept(tmp_path):
    with pytest.raises(UserError, match='exists already'):
        save_coco(load_config(CONFIGS / 'vision/detect_digits.py'), tmp_path)


def test_dataset_of_another_form_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Iris, '__getitem__', lambda self, index: {'inputs': 0, 'data_samples': 0})
    config = Config({'train_dataloader': {'dataset': {'type': 'Iris'}}})
    with pytest.raises(UserError, match='Iris has no bboxes'):
        save_coco(config, tmp_path / 'new')
