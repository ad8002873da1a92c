"""Base of the datasets whose files are downloaded, and whose test split is fixed."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.download import Archive, check_root, data_folder, provide_files
from mmlesson.errors import ArgumentError


@dataclass(kw_only=True, eq=False)
class DownloadedDataset(ArrayDataset):
    """Images in an official training set, divided into 'train' and 'val', and a test set.

    Only one of the two sets is read: the hash of the data and the indices of 'train' and 'val'
    are those of the training set, the ones of 'test' are those of the test set.

    Args:
        root: Folder of all datasets; None for ``$MMLESSON_DATA``, or ``data`` if that is not set.
            Files are stored in it as torchvision stores them.
        download: Whether missing files are downloaded.
        image: Whether to return images (C, H, W), or else the same values as vectors (C * H * W,).

    The other arguments are those of `ArrayDataset`; the last entry of ``split_ratio`` must be 0.

    Raises:
        RunError: If files are missing, or are truncated or wrong.
    """

    scale = 1 / 255
    image_shape: ClassVar[tuple[int, int, int]]
    timeout: ClassVar[float] = 30.0  # seconds without an answer after which a download fails

    split_ratio: Sequence[float] = (0.9, 0.1, 0)
    root: str | Path | None = None
    download: bool = True
    image: bool = True

    def __post_init__(self) -> None:
        """Check the arguments and load the split."""
        owner = type(self).__name__
        check_root(owner, self.root)
        for name in ('download', 'image'):
            if not isinstance(value := getattr(self, name), bool):
                raise ArgumentError(f'{owner}.{name} must be True or False, got {value!r}.')
        super().__post_init__()

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return what is known without reading the files."""
        shape = cls.image_shape if arguments.get('image', True) else (prod(cls.image_shape),)
        return {**super().facts(**arguments), 'input_shape': shape}

    @classmethod
    def missing_files(cls, **arguments: Any) -> list[Path]:
        """Return the archives that must be downloaded before the dataset can be built.

        Args:
            arguments: Arguments that the dataset would be built with.
        """
        folder = cls._folder(data_folder(arguments.get('root')))
        archives = cls._archives(**arguments)
        return [folder / archive.name for archive in archives if archive.is_missing(folder)]

    @classmethod
    @abstractmethod
    def _folder(cls, root: Path) -> Path:
        """Return the folder of the files of this dataset."""

    @classmethod
    @abstractmethod
    def _archives(cls, **arguments: Any) -> Sequence[Archive]:
        """Return the archives that hold the training and the test set."""

    @abstractmethod
    def _read(self, folder: Path, is_test: bool) -> tuple[Array, Array]:
        """Return the images, uint8 (N, C, H, W), and the labels of the test or training set."""

    def _load(self) -> tuple[Array, Array, None]:
        owner = type(self).__name__
        if self.split_ratio[2] != 0:
            raise ArgumentError(
                f'{owner}.split_ratio must be 0 for test, whose samples are fixed, got '
                f'{self.split_ratio}. Divide the training set into train and val only.'
            )
        folder = self._folder(data_folder(self.root))
        archives = self._archives(**vars(self))
        provide_files(owner, folder, archives, self.download, self.timeout)
        return *self._read(folder, self.split == 'test'), None

    def _assign(self, strata: Array) -> dict[str, npt.NDArray[np.int64]]:
        if self.split != 'test':
            return super()._assign(strata)
        nothing = np.empty(0, np.int64)
        return {'train': nothing, 'val': nothing, 'test': np.arange(len(strata), dtype=np.int64)}

    def _hold(self, inputs: Array, labels: Array) -> None:
        super()._hold(inputs, labels)
        self._inputs = self._inputs if self.image else self._inputs.flatten(1)
