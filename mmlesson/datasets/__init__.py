"""Datasets, their splits, and the collate function."""

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.datasets.collate import lesson_collate
from mmlesson.datasets.digits import Digits
from mmlesson.datasets.iris import Iris
from mmlesson.datasets.noise import NoiseImages
from mmlesson.datasets.split_conflicts import check_splits, describe_split
from mmlesson.datasets.splits import Split, split_indices
from mmlesson.datasets.table import TableDataset
from mmlesson.datasets.toy import XOR, Blobs, Circles, Moons, Spirals

__all__ = [
    'XOR',
    'ArrayDataset',
    'Blobs',
    'Circles',
    'Digits',
    'Iris',
    'Moons',
    'NoiseImages',
    'Spirals',
    'Split',
    'TableDataset',
    'check_splits',
    'describe_split',
    'lesson_collate',
    'split_indices',
]
