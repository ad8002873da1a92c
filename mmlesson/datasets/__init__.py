"""Datasets, their splits, and the collate function."""

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.datasets.cifar import CIFAR10, CIFAR100
from mmlesson.datasets.collate import lesson_collate
from mmlesson.datasets.digit_canvas import DigitCanvas
from mmlesson.datasets.digits import Digits
from mmlesson.datasets.downloaded import DownloadedDataset
from mmlesson.datasets.image_folder import ImageFolderDataset
from mmlesson.datasets.iris import Iris
from mmlesson.datasets.mnist import EMNIST, KMNIST, MNIST, FashionMNIST
from mmlesson.datasets.noise import NoiseImages
from mmlesson.datasets.split_conflicts import check_splits, describe_split
from mmlesson.datasets.splits import Split, split_indices
from mmlesson.datasets.table import TableDataset
from mmlesson.datasets.toy import XOR, Blobs, Circles, Moons, Spirals

__all__ = [
    'CIFAR10',
    'CIFAR100',
    'EMNIST',
    'KMNIST',
    'MNIST',
    'XOR',
    'ArrayDataset',
    'Blobs',
    'Circles',
    'DigitCanvas',
    'Digits',
    'DownloadedDataset',
    'FashionMNIST',
    'ImageFolderDataset',
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
