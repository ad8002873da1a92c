"""CIFAR-10 and CIFAR-100: colour photos of 32 x 32 pixels."""

import codecs
import pickle
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
from numpy._core.multiarray import _reconstruct

from mmlesson.datasets.array_dataset import Array
from mmlesson.datasets.download import Archive, check_md5
from mmlesson.datasets.downloaded import DownloadedDataset
from mmlesson.errors import RunError
from mmlesson.registry import DATASETS

_CIFAR10 = 'airplane automobile bird cat deer dog frog horse ship truck'
_CIFAR100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange
orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit
raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel
streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip
turtle wardrobe whale willow_tree wolf woman worm
"""


@contextmanager
def _open_in_tar(archive: Path, member: str) -> Iterator[IO[bytes]]:
    with tarfile.open(archive) as files:
        file = files.extractfile(member)
        if file is None:
            raise RunError(f'{archive} has no file {member}. Delete it.')
        yield file


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class CIFAR10(DownloadedDataset):
    """60,000 colour photos of 32 x 32 pixels, ten classes.

    By default 'train' has 45,000 samples and 'val' 5,000, divided by ``split_seed``; 'test' is the
    official test set of 10,000. The arguments are those of `DownloadedDataset`.

    Shape:
        A batch: inputs float32 (N, 3, 32, 32) in [0, 1], RGB, or (N, 3072); labels int64 (N,).

    References:
        Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images.
    """

    classes = tuple(_CIFAR10.split())
    image_shape = (3, 32, 32)
    source: ClassVar[str] = 'CIFAR10'  # class of torchvision that knows the files
    size: ClassVar[int] = 170_498_071  # of the archive, in bytes
    label_key: ClassVar[str] = 'labels'

    @classmethod
    def _torchvision(cls) -> Any:
        from torchvision import datasets  # slow

        return getattr(datasets, cls.source)

    @classmethod
    def _folder(cls, root: Path) -> Path:
        return root

    @classmethod
    def _archives(cls, **arguments: Any) -> list[Archive]:
        source = cls._torchvision()
        files = [*source.train_list, *source.test_list]
        return [
            Archive(
                name=source.filename,
                urls=(source.url,),
                md5=source.tgz_md5,
                size=cls.size,
                members=tuple(f'{source.base_folder}/{name}' for name, _ in files),
                open_member=_open_in_tar,
            )
        ]

    def _read(self, folder: Path, is_test: bool) -> tuple[Array, Array]:
        source = self._torchvision()
        batches = []
        for name, md5 in source.test_list if is_test else source.train_list:
            path = folder / source.base_folder / name
            check_md5(path, md5)
            batches.append(_read_batch(path, self.label_key))
        images, labels = zip(*batches, strict=True)
        return np.concatenate(images).reshape(-1, *self.image_shape), np.concatenate(labels)


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class CIFAR100(CIFAR10):
    """60,000 colour photos, 100 classes of 600; splits and arguments as of `CIFAR10`."""

    classes = tuple(_CIFAR100.split())
    source = 'CIFAR100'
    size = 169_001_437
    label_key = 'fine_labels'


def _dtype(name: str, align: int = 0, copy: int = 0) -> np.dtype[Any]:
    return np.dtype(name, align=bool(align), copy=bool(copy))  # NumPy 2.4 warns of ints


class _ArrayUnpickler(pickle.Unpickler):
    """Unpickler of arrays and plain data; any other name in a pickle, which could run, is refused.

    Why: the md5 hash by which a file is recognised can be forged.
    """

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ('numpy', 'dtype'):
            return _dtype
        if (module, name) == ('numpy', 'ndarray'):
            return np.ndarray
        if module in ('numpy.core.multiarray', 'numpy._core.multiarray') and name == '_reconstruct':
            return _reconstruct
        if (module, name) == ('_codecs', 'encode'):
            return codecs.encode
        raise pickle.UnpicklingError(f'it names {module}.{name}')


def _read_batch(path: Path, label_key: str) -> tuple[Array, Array]:
    """Return images, uint8 (N, 3072), and labels, (N,), of a file."""
    try:
        with path.open('rb') as file:
            entries = _ArrayUnpickler(file, encoding='latin1').load()
        images, labels = entries['data'], np.asarray(entries[label_key], np.int64)
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as err:
        raise RunError(f'{path} cannot be read: {err}. Delete it.') from err
    return images, labels
