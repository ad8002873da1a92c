"""Datasets in the format of MNIST: grey images of 28 x 28 pixels in idx files."""

import gzip
import string
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from mmlesson.datasets.array_dataset import Array
from mmlesson.datasets.download import Archive
from mmlesson.datasets.downloaded import DownloadedDataset
from mmlesson.datasets.idx_file import map_idx
from mmlesson.errors import RunError, check_choice
from mmlesson.registry import DATASETS


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class MNIST(DownloadedDataset):
    """70,000 handwritten digits of 28 x 28 pixels, ten classes.

    By default 'train' has 50,000 samples and 'val' 10,000, divided by ``split_seed``; 'test' is the
    official test set of 10,000. The arguments are those of `DownloadedDataset`.

    Shape:
        A batch: inputs float32 (N, 1, 28, 28) in [0, 1], or (N, 784); labels int64 (N,) in [0, 9].

    Example:
        >>> MNIST.facts()['input_shape']
        (1, 28, 28)

    References:
        LeCun, Bottou, Bengio, Haffner (1998), doi:10.1109/5.726791.
    """

    classes = tuple('0123456789')
    image_shape = (1, 28, 28)
    source: ClassVar[str] = 'MNIST'  # class of torchvision that knows the files
    sizes: ClassVar[tuple[int, ...]] = (9_912_422, 28_881, 1_648_877, 4_542)  # bytes, compressed
    first_label = 0  # of the files

    split_ratio: Sequence[float] = (5 / 6, 1 / 6, 0)

    @classmethod
    def _folder(cls, root: Path) -> Path:
        return root / cls.source / 'raw'

    @classmethod
    def _archives(cls, **arguments: Any) -> list[Archive]:
        from torchvision import datasets  # slow

        source = getattr(datasets, cls.source)
        return [
            Archive(
                name=name,
                urls=tuple(f'{mirror}{name}' for mirror in source.mirrors),
                md5=md5,
                size=size,
                members=(name.removesuffix('.gz'),),
                open_member=lambda archive, _: gzip.open(archive),
            )
            for (name, md5), size in zip(source.resources, cls.sizes, strict=True)
        ]

    def _prefix(self, is_test: bool) -> str:
        return 't10k' if is_test else 'train'

    def _read(self, folder: Path, is_test: bool) -> tuple[Array, Array]:
        prefix = self._prefix(is_test)
        images = map_idx(folder / f'{prefix}-images-idx3-ubyte', 3)
        labels = map_idx(folder / f'{prefix}-labels-idx1-ubyte', 1)
        if images.shape[1:] != self.image_shape[1:] or len(images) != len(labels):
            raise RunError(
                f'{folder / prefix}-*: expected images of 28 x 28 and a label for each, got images '
                f'{images.shape} and {len(labels)} labels. Delete the wrong file.'
            )
        lowest, highest = self.first_label, self.first_label + len(self.classes) - 1
        if labels.min() < lowest or labels.max() > highest:
            raise RunError(
                f'{folder / prefix}-labels-idx1-ubyte must have labels from {lowest} to {highest}, '
                f'got {labels.min()} to {labels.max()}. Delete it: it is of another dataset.'
            )
        return images[:, None], labels


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class FashionMNIST(MNIST):
    """70,000 photos of clothes, 28 x 28 pixels, ten classes; splits and arguments as of `MNIST`.

    References:
        Xiao, Rasul, Vollgraf (2017), arXiv:1708.07747.
    """

    classes = (
        *('T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'),
        *('Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'),
    )
    source = 'FashionMNIST'
    sizes = (26_421_880, 29_515, 4_422_102, 5_148)


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class KMNIST(MNIST):
    """70,000 handwritten Japanese characters, ten classes; splits and arguments as of `MNIST`.

    References:
        Clanuwat et al. (2018), arXiv:1812.01718.
    """

    classes = ('o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo')
    source = 'KMNIST'
    sizes = (18_165_135, 29_497, 3_041_136, 5_120)


_ALL = tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase)
_MERGED = tuple(name for name in _ALL if name not in 'cijklmopsuvwxyz')
_SUBSETS = {
    'byclass': _ALL,
    'bymerge': _MERGED,
    'balanced': _MERGED,
    'letters': tuple(string.ascii_lowercase),
    'digits': tuple(string.digits),
    'mnist': tuple(string.digits),
}


@contextmanager
def _open_in_zip(archive: Path, member: str) -> Iterator[gzip.GzipFile]:
    with (
        zipfile.ZipFile(archive) as files,
        files.open(f'gzip/{member}.gz') as packed,
        gzip.open(packed) as file,
    ):
        yield file


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class EMNIST(MNIST):
    """Handwritten letters and digits of 28 x 28 pixels; splits as of `MNIST`.

    The files hold the images transposed, and count letters from 1; here images are upright, and
    labels start at 0.

    Args:
        subset: 'byclass' (814,255 images, 62 classes), 'bymerge' (47 classes: letters that look
            alike in both cases are one class), 'balanced' (131,600 images of these), 'letters'
            (26 classes), 'digits' or 'mnist' (10 classes).

    The other arguments are those of `DownloadedDataset`.

    References:
        Cohen, Afshar, Tapson, van Schaik (2017), arXiv:1702.05373.
    """

    source = 'EMNIST'
    sizes = (561_753_746,)

    subset: str = 'balanced'

    def __post_init__(self) -> None:
        """Check the arguments and load the split."""
        check_choice('EMNIST', 'subset', self.subset, _SUBSETS)
        self.classes = _SUBSETS[self.subset]
        self.first_label = 1 if self.subset == 'letters' else 0
        super().__post_init__()

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return what is known without reading the files."""
        subset = arguments.get('subset', 'balanced')
        known = {'num_classes': len(_SUBSETS[subset])} if subset in list(_SUBSETS) else {}
        return {
            **{k: v for k, v in super().facts(**arguments).items() if k != 'num_classes'},
            **known,
        }

    @classmethod
    def _archives(cls, **arguments: Any) -> list[Archive]:
        from torchvision import datasets  # slow

        source = datasets.EMNIST
        subset = arguments.get('subset', 'balanced')
        members = tuple(
            f'emnist-{subset}-{part}-{kind}-ubyte'
            for part in ('train', 'test')
            for kind in ('images-idx3', 'labels-idx1')
        )
        return [
            Archive(
                name=Path(source.url).name,
                urls=(source.url,),
                md5=source.md5,
                size=cls.sizes[0],
                members=members,
                open_member=_open_in_zip,
            )
        ]

    def _prefix(self, is_test: bool) -> str:
        return f'emnist-{self.subset}-{"test" if is_test else "train"}'

    def _read(self, folder: Path, is_test: bool) -> tuple[Array, Array]:
        images, labels = super()._read(folder, is_test)
        return images.transpose(0, 1, 3, 2), labels - self.first_label
