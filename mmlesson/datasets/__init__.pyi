from .array_dataset import ArrayDataset
from .cifar import CIFAR10, CIFAR100
from .collate import lesson_collate
from .digit_canvas import DigitCanvas
from .digits import Digits
from .downloaded import DownloadedDataset
from .image_folder import ImageFolderDataset
from .iris import Iris
from .mnist import EMNIST, KMNIST, MNIST, FashionMNIST
from .moving_digits import MovingDigits
from .noise import NoiseImages
from .split_conflicts import check_splits, describe_split
from .splits import Split, split_indices
from .table import TableDataset
from .toy import XOR, Blobs, Circles, Moons, Spirals

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
    'MovingDigits',
    'NoiseImages',
    'Spirals',
    'Split',
    'TableDataset',
    'check_splits',
    'describe_split',
    'lesson_collate',
    'split_indices',
]
