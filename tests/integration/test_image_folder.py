"""A run on a folder of images: training, prediction of files, and what is said without the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from paths import CONFIGS
from PIL import Image

from mmlesson.apis import Inferencer
from mmlesson.apis.inference.input_formats import format_of
from mmlesson.config import LoadedConfig
from mmlesson.datasets import ImageFolderDataset
from mmlesson.errors import ArgumentError

LESSONS = ('cnn/cnn_folder.py', 'mlp/mlp_folder.py')
LOADERS = ('train', 'val', 'test')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """Write dark and light images of many sizes and kinds."""
    folder, rng = tmp_path_factory.mktemp('images'), np.random.default_rng(0)
    kinds = ('L', 'RGB', 'RGBA', 'P', 'CMYK', 'I;16')
    for name, low in (('dark', 0), ('light', 128)):
        (folder / name).mkdir()
        for index in range(12):
            height, width = rng.integers(20, 70, 2)
            pixels = rng.integers(low, low + 128, (height, width, 4), dtype=np.uint8)
            save(folder / name, index, pixels, kinds[index % len(kinds)])
    return folder


def save(folder, index, pixels, kind):
    turned = Image.Exif()
    turned[0x0112] = 6  # rotated by 90 degrees
    if kind == 'I;16':
        Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(folder / f'{index}.png')
    elif kind == 'RGBA':
        Image.fromarray(pixels).save(folder / f'{index}.png')
    else:
        ending = 'png' if kind == 'P' else 'jpg'
        image = Image.fromarray(pixels[..., :3]).convert(kind)
        image.save(folder / f'{index}.{ending}', exif=turned)


def roots(root):
    return {f'{name}_dataloader__dataset__root': str(root) for name in LOADERS}


@pytest.mark.parametrize('channels', [1, 3])
def test_file_is_the_same_tensor_in_training_and_in_prediction(root, channels):
    dataset = ImageFolderDataset(root=root, size=(24, 40), channels=channels)
    given = format_of(None, dataset.metainfo)
    for index in range(len(dataset)):
        file = Path(dataset.get_data_info(index)['img_path'])
        assert torch.equal(torch.from_numpy(given.read(file)), dataset[index]['inputs'])


def test_run_predicts_files_of_any_size_with_the_names_of_the_folders(root, train, tmp_path):
    train(LESSONS[1], **roots(root), train_cfg__max_epochs=3, model__head__num_classes=2)
    predicted = Inferencer(tmp_path / 'run', device='cpu')(root)
    assert len(predicted['predictions']) == 24
    hits = [
        Path(one['source']).parent.name == one['pred_class'] for one in predicted['predictions']
    ]
    assert sum(hits) >= 22
    assert predicted['failed'] == []


def test_images_that_are_decoded_for_each_batch_train_the_same_weights(root, train):
    few = {'train_cfg__max_epochs': 1, **roots(root)}
    held = train(LESSONS[0], 'held', **few)
    lazy = {'train_dataloader__dataset__memory_mb': 0, 'train_dataloader__num_workers': 1}
    streamed = train(LESSONS[0], 'streamed', **few, **lazy)
    assert held['weights_sha256'] == streamed['weights_sha256']
    assert held['splits'] == streamed['splits']


@pytest.mark.parametrize('lesson', LESSONS)
def test_lesson_without_data_says_in_one_line_what_is_expected(
    lesson, build, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ArgumentError, match=r"root 'data/my_images' does not exist\. Expected"
    ) as e:
        build(lesson).train()
    assert len(str(e.value).splitlines()) == 1


def test_number_of_class_folders_is_compared_with_the_head(tmp_path):
    for name in ('dark', 'light', 'medium'):
        (tmp_path / name).mkdir()
    loaded = LoadedConfig.open(CONFIGS / LESSONS[0])
    loaded.merge({key.replace('__', '.'): value for key, value in roots(tmp_path).items()})
    (issue,) = loaded.issues()
    assert 'has 2 classes, but ImageFolderDataset (train) has 3.' in str(issue)
