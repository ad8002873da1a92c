"""The dataset of a folder of images, on folders that the tests write."""

from __future__ import annotations

import logging
import shutil

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger
from PIL import Image
from torch.utils.data import DataLoader, Subset

from mmlesson.datasets import ImageFolderDataset, check_splits, describe_split, lesson_collate
from mmlesson.errors import ArgumentError, RunError

SPLITS = ('train', 'val', 'test')


def write(folder, count=10, seed=0, shape=(8, 8, 3)):
    """Write random images; return their pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, *folder.name.encode()])
    images = rng.integers(0, 256, (count, *shape), dtype=np.uint8)
    for index, image in enumerate(images):
        Image.fromarray(image).save(folder / f'{index}.png')
    return images


@pytest.fixture
def root(tmp_path):
    """Write ten images of each of two classes."""
    for name in ('a', 'b'):
        write(tmp_path / 'root' / name)
    return tmp_path / 'root'


@pytest.fixture
def split_root(tmp_path):
    """Write a folder for each split, of two classes."""
    for seed, split in enumerate(SPLITS):
        for name in ('a', 'b'):
            write(tmp_path / 'split' / split / name, 4, seed)
    return tmp_path / 'split'


def folder(root, split='train', size=(8, 8), **arguments):
    return ImageFolderDataset(split, root=root, size=size, **arguments)


@pytest.fixture
def logged(monkeypatch):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_current_instance()
    monkeypatch.setattr(logger, 'handlers', [handler])
    monkeypatch.setattr(logger, 'level', logging.INFO)
    return lines


# --- samples --------------------------------------------------------------------------------------


def test_samples_are_the_pixels_of_the_files_with_the_class_of_the_folder(root):
    dataset = folder(root)
    assert (dataset.classes, len(dataset)) == (('a', 'b'), 12)
    for index in range(len(dataset)):
        file = dataset.get_data_info(index)['img_path']
        pixels = np.moveaxis(np.asarray(Image.open(file), np.float32), -1, 0) / 255
        np.testing.assert_allclose(dataset[index]['inputs'], pixels, rtol=1e-6)
        assert dataset[index]['labels'] == ('/b/' in file)


def test_three_splits_hold_each_file_once(root):
    splits = [folder(root, split) for split in SPLITS]
    files = [one.get_data_info(i)['img_path'] for one in splits for i in range(len(one))]
    assert sorted(files) == sorted(map(str, root.rglob('*.png')))
    facts = {split: describe_split(one) for split, one in zip(SPLITS, splits, strict=True)}
    assert check_splits(facts) == []


def test_images_beyond_the_budget_are_decoded_in_workers_with_the_same_result(root, logged):
    held, streamed = folder(root), folder(root, memory_mb=0.0001)
    assert 'are decoded for each batch; num_workers' in logged[-1]
    loader = DataLoader(streamed, 5, collate_fn=lesson_collate, num_workers=1)
    batches = list(loader)
    assert [len(batch['labels']) for batch in batches] == [5, 5, 2]
    whole = held.__getitems__(list(range(12)))
    assert torch.equal(torch.cat([batch['inputs'] for batch in batches]), whole['inputs'])
    assert torch.equal(torch.cat([batch['labels'] for batch in batches]), whole['labels'])
    assert held.metainfo == streamed.metainfo
    for ours, theirs in zip(held.statistics(), streamed.statistics(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize('memory_mb', [512, 0])
def test_subset_keeps_its_order_and_its_files(root, memory_mb):
    dataset = folder(root, memory_mb=memory_mb)
    subset = dataset.get_subset([5, 1])
    for place, index in enumerate((5, 1)):
        assert torch.equal(subset[place]['inputs'], dataset[index]['inputs'])
        assert subset.get_data_info(place)['img_path'] == dataset.get_data_info(index)['img_path']
    assert (
        subset.get_subset(-1).get_data_info(0)['img_path'] == (dataset.get_data_info(1)['img_path'])
    )


def test_statistics_are_those_of_the_training_split(root):
    dataset = folder(root)
    inputs = dataset.__getitems__(list(range(12)))['inputs'].double().numpy()
    mean, std = dataset.statistics()
    np.testing.assert_allclose(mean, inputs.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std, inputs.std((0, 2, 3)), rtol=1e-6)
    with pytest.raises(ArgumentError, match="must come from split 'train'"):
        folder(root, 'val').statistics()


@pytest.mark.parametrize(('greys', 'channels'), [(11, 1), (10, 3), (0, 3)])
def test_channels_are_those_of_most_files(root, greys, channels):
    for file in sorted(root.rglob('*.png'))[:greys]:
        Image.open(file).convert('L').save(file)
    meta = folder(root).metainfo
    assert meta['input_shape'] == (channels, 8, 8)
    assert meta['channels_from'] == 'majority of files'
    assert folder(root, channels=3).metainfo['channels_from'] == 'argument'


def test_images_of_any_size_are_resized_by_the_mean_of_areas(tmp_path):
    for name, value in (('a', 0), ('b', 200)):
        pixels = np.full((4, 8), value, np.uint8)
        pixels[:, 4:] = 100
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / 'x.png')
    dataset = folder(tmp_path, size=(2, 4), split_ratio=(1, 0, 0))
    expected = [[0, 0, 100, 100], [200, 200, 100, 100]]
    for sample, row in zip(dataset, expected, strict=True):
        assert sample['inputs'].shape == (1, 2, 4)
        np.testing.assert_allclose(sample['inputs'][0, 0] * 255, row, rtol=1e-6)


def test_facts_are_known_from_the_names_of_the_folders(root):
    assert ImageFolderDataset.facts(root=root) == {'num_classes': 2}
    assert ImageFolderDataset.facts(root=root, size=(4, 5), channels=1) == {
        'num_classes': 2,
        'input_shape': (1, 4, 5),
    }
    assert ImageFolderDataset.facts(root=root / 'none', channels=1) == {}


# --- splits ---------------------------------------------------------------------------------------


def test_folders_of_splits_are_the_splits(split_root):
    for split in SPLITS:
        dataset = folder(split_root, split)
        assert len(dataset) == 8
        files = [dataset.get_data_info(index)['img_path'] for index in range(8)]
        assert all(file.startswith(str(split_root / split)) for file in files)


@pytest.mark.parametrize('missing', ['val', 'test'])
def test_missing_split_is_taken_from_train_and_said(split_root, logged, missing):
    shutil.rmtree(split_root / missing)
    assert len(folder(split_root)) == 6
    assert logged == [f'ImageFolderDataset: gave 2 to {missing} of the images in train/.']
    dataset = folder(split_root, missing)
    assert dataset.get_data_info(0)['img_path'].startswith(str(split_root / 'train'))


def test_same_file_in_two_splits_is_refused_unless_allowed(split_root, logged):
    shutil.copy(split_root / 'train/a/2.png', split_root / 'val/b/copy.png')
    facts = {split: describe_split(folder(split_root, split)) for split in SPLITS}
    pair = 'train/a/2.png = val/b/copy.png'
    assert logged == [
        f'ImageFolderDataset: the same images are in two splits: {pair}.',
        f'ImageFolderDataset: the same images have two labels: {pair}.',
    ]
    with pytest.raises(ArgumentError, match=r'val data .* holds 1 samples of the training data'):
        check_splits(facts)
    assert len(check_splits(facts, allow=True)) == 1


def test_same_file_in_two_roots_is_found(split_root):
    train = folder(split_root / 'train', split_ratio=(1, 0, 0))
    shutil.copy(split_root / 'train/a/2.png', split_root / 'val/b/copy.png')
    other = folder(split_root / 'val', split='test', split_ratio=(0, 0, 1))
    with pytest.raises(ArgumentError, match='holds 1 samples of the training data'):
        check_splits({'train': describe_split(train), 'test': describe_split(other)})
    none_of_it = Subset(other, [0, 1])
    assert check_splits({'train': describe_split(train), 'test': describe_split(none_of_it)}) == []


def test_copies_in_one_folder_are_in_one_split(root):
    for index in range(10):
        shutil.copy(root / f'a/{index}.png', root / f'a/copy_{index}.png')
    facts = {split: describe_split(folder(root, split)) for split in SPLITS}
    assert sum(fact['size'] for fact in facts.values()) == 30
    assert check_splits(facts) == []


def test_source_hash_is_that_of_the_files_and_their_classes(root):
    before = folder(root).source_sha256
    assert folder(root, 'val', size=(4, 4), channels=1).source_sha256 == before
    (root / 'a/0.png').rename(root / 'b/x.png')
    assert folder(root).source_sha256 != before


# --- faults ---------------------------------------------------------------------------------------


def test_all_unreadable_files_are_listed(root):
    (root / 'a/empty.png').touch()
    (root / 'b/text.jpg').write_text('x')
    with pytest.raises(RunError, match=r'2 files.*a/empty.png: it is empty; b/text.jpg: it is no'):
        folder(root)


@pytest.mark.parametrize('memory_mb', [512, 0])
def test_truncated_files_are_found_before_training_or_skipped(root, logged, memory_mb):
    damaged = folder(root).get_data_info(3)['img_path']
    with open(damaged, 'r+b') as file:
        file.truncate(100)
    with pytest.raises(RunError, match=r'1 files in .*\.png: it cannot be read.*unreadable='):
        folder(root, memory_mb=memory_mb)
    logged.clear()
    dataset = folder(root, memory_mb=memory_mb, unreadable='skip')
    assert logged[0].startswith('ImageFolderDataset: 1 files are skipped: ')
    files = [dataset.get_data_info(index)['img_path'] for index in range(len(dataset))]
    assert len(files) == 11
    assert damaged not in files
    assert describe_split(dataset)['size'] == 11


def test_ignored_files_are_counted(root, logged):
    (root / 'a/notes.txt').touch()
    (root / 'a/.DS_Store').touch()
    folder(root)
    assert logged == ['ImageFolderDataset: ignored 1 .txt, 1 hidden.']


def test_class_without_training_images_is_named(root):
    (root / 'c').mkdir()
    (root / 'c/photo.heic').touch()
    with pytest.raises(ArgumentError, match=r"class folder 'c' holds no.*Ignored: 1 \.heic"):
        folder(root)


def test_class_may_have_no_test_images(split_root):
    shutil.rmtree(split_root / 'test/b')
    (split_root / 'test/b').mkdir()
    assert len(folder(split_root, 'test')) == 4


def test_one_image_per_class_is_too_few_for_a_validation_split(tmp_path):
    for name in ('a', 'b'):
        write(tmp_path / name, 1)
    with pytest.raises(ArgumentError, match=r"split 'val' is empty: 2 samples are too few"):
        folder(tmp_path, 'val')


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'root': 3}, r'root must be the path of a folder, got 3'),
        ({'size': 32}, r'size must be \(height, width\), got 32'),
        ({'size': (0, 8)}, r'size must be an int >= 1, got 0'),
        ({'size': (8, 2**40)}, r'size must be a number <= 10000'),
        ({'root': 'x' * 5000}, r"root 'xxx.*\.\.\. does not exist"),
        ({'root': 'x\0'}, r"root 'x\\x00' does not exist"),
        ({'channels': 4}, r'channels must be one of None, 1, 3, got 4'),
        ({'memory_mb': -1}, r'memory_mb must be a number'),
        ({'unreadable': 'ignore'}, r"unreadable must be one of 'error', 'skip'"),
    ],
)
def test_bad_arguments_are_named(root, arguments, message):
    with pytest.raises(ArgumentError, match=r'ImageFolderDataset\.' + message):
        ImageFolderDataset(**{'root': root, **arguments})
