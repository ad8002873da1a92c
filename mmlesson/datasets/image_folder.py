"""Dataset of the image files in a folder with a folder per class."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from mmengine.logging import print_log
from torch import Tensor

from mmlesson.datasets.array_dataset import Array, ArrayDataset
from mmlesson.datasets.image_listing import list_classes, list_images, shown
from mmlesson.datasets.image_reading import (
    ImagesOnDemand,
    decode_all,
    mean_and_std_of,
    read_headers,
)
from mmlesson.datasets.image_splits import assign_files, other_labels, shared_contents
from mmlesson.datasets.splits import Split
from mmlesson.errors import ArgumentError, RunError, check_choice, check_int, check_number
from mmlesson.registry import DATASETS


@DATASETS.register_module()
@dataclass(kw_only=True, eq=False)
class ImageFolderDataset(ArrayDataset):
    """The images of a folder, classified by the names of their folders.

    Why it is here: own images train without a line of code. The folder is either

    - ``root/<class>/<images>``: ``split_ratio`` divides the images of each class, or
    - ``root/{train,val,test}/<class>/<images>``, with the same classes in each split. Where 'val'
      or 'test' is missing, its fraction of ``split_ratio``, relative to those of 'train' and the
      other missing split, is taken from the images in 'train'.

    Classes are in the order of their names; by number if all are numbers. Copies of an image are in
    one split, as far as they are not in the folders of two. Every file of the split is decoded when
    the dataset is made, so that all that cannot be used are reported together, and before training.

    Images are turned upright, transparent pixels become black, and values of 16 bits are divided by
    257. Each image is resized as a whole, without keeping its aspect ratio: each new pixel is the
    mean of the pixels that it covers. `Inferencer` converts images in the same way.

    Args:
        root: The folder.
        size: (height, width) of a sample in pixels.
        channels: 1 for grey, 3 for RGB, None for that which most files have.
        memory_mb: Megabytes up to which the images of a split are kept in memory, one byte per
            pixel and channel. Otherwise files are decoded again for each batch: set num_workers
            of the dataloader, so that several processes do so.
        unreadable: What to do if files cannot be used, because they are damaged, empty or links
            out of the folder: 'error' lists them and stops, 'skip' leaves them out with a warning.

    The other arguments are those of `ArrayDataset`.

    Shape:
        A batch: inputs float32 (N, channels, height, width) in [0, 1], labels int64 (N,).

    Raises:
        ArgumentError: If the folder has no such layout, an argument is not as described, or the
            split would be empty.
        RunError: If files cannot be used.

    Example:
        >>> ImageFolderDataset('val', root='data/my_images', size=(64, 64))  # doctest: +SKIP
    """

    scale = 1 / 255

    root: str | Path
    size: Sequence[int] = (32, 32)
    channels: int | None = None
    memory_mb: float = 512
    unreadable: str = 'error'

    def __post_init__(self) -> None:
        """Check the arguments, read the files and keep those of the split."""
        owner = type(self).__name__
        if not isinstance(self.root, str | Path):
            raise ArgumentError(f'{owner}.root must be the path of a folder, got {self.root!r}.')
        if not isinstance(self.size, Sequence) or len(self.size) != 2:
            raise ArgumentError(f'{owner}.size must be (height, width), got {self.size!r}.')
        for side in self.size:
            check_int(owner, 'size', side)
            check_number(owner, 'size', side, maximum=10_000)
        check_choice(owner, 'channels', self.channels, (None, 1, 3))
        check_number(owner, 'memory_mb', self.memory_mb, minimum=0)
        check_choice(owner, 'unreadable', self.unreadable, ('error', 'skip'))
        self.size = tuple(self.size)
        self._channels_from = 'argument' if self.channels else 'majority of files'
        super().__post_init__()

    @classmethod
    def facts(cls, **arguments: Any) -> dict[str, Any]:
        """Return what is known from the names of the folders; nothing if they cannot be used."""
        try:
            known: dict[str, Any] = {'num_classes': len(list_classes(Path(arguments['root'])))}
        except (ArgumentError, RunError, KeyError):  # reported when the dataset is built
            return {}
        if arguments.get('channels'):
            known['input_shape'] = (arguments['channels'], *arguments.get('size', cls.size))
        return known

    @property
    def metainfo(self) -> dict[str, Any]:
        """Description in plain data; 'channels_from' says what determined the channels."""
        return {**super().metainfo, 'channels_from': self._channels_from}

    @property
    def contents(self) -> Tensor:
        """Hashes of the files of this split, int64 (N,), to find the same file in other splits."""
        return torch.from_numpy(self._contents[self._rows])

    def get_data_info(self, index: int) -> dict[str, Any]:
        """Return the annotation of one sample, with the path of its file."""
        return {**super().get_data_info(index), 'img_path': str(self._path(self._rows[index]))}

    def get_subset(self, indices: Sequence[int] | int) -> 'ImageFolderDataset':
        """Return a dataset of some samples; see `ArrayDataset.get_subset`."""
        subset: Any = super().get_subset(indices)
        if isinstance(indices, int):
            indices = range(len(self))[:indices] if indices >= 0 else range(len(self))[indices:]
        subset._rows = self._rows[list(indices)]
        return subset

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Return mean and deviation per channel of the training split; see `ArrayDataset`."""
        if self.split != 'train':
            return super().statistics()  # refuses
        return mean_and_std_of(self._inputs, self.scale)

    def _path(self, row: int) -> Path:
        return Path(self.root, self._files[row].path)

    def _load(self) -> tuple[Array, Array, None]:
        """Return the hashes of all files for their inputs, because the split is not known yet."""
        listing = list_images(Path(self.root))
        self.classes = listing.classes
        headers = read_headers([Path(self.root, file.path) for file in listing.files])
        pairs = list(zip(listing.files, headers, strict=True))
        faults = {file.path: header.fault for file, header in pairs if header.fault}
        self._report({**listing.unusable, **faults})
        used = [(file, header) for file, header in pairs if not header.fault]
        self._files = [file for file, _ in used]
        self._check_classes(listing.ignored)
        is_mostly_grey = 2 * sum(header.is_grey for _, header in used) > len(used)
        self.channels = self.channels or (1 if is_mostly_grey else 3)
        if self.split == 'train' and listing.ignored:
            self._log(f'ignored {_counts(listing.ignored)}', logging.INFO)
        sha256 = np.frombuffer(b''.join(header.sha256 for _, header in used), np.uint8)
        hashes = sha256.reshape(-1, 32).copy()
        self._contents = hashes[:, :8].copy().view('<i8')[:, 0].astype(np.int64)
        return hashes, np.array([file.label for file in self._files], np.int64), None

    def _assign(self, strata: Array) -> dict[str, npt.NDArray[np.int64]]:
        folders = np.array([file.split for file in self._files])
        fold = self.fold
        assigned = assign_files(
            folders, self._contents, strata, self.split_ratio, self.split_seed, fold
        )
        if self.split == 'train':  # which is made once per training
            self._warn_of_copies(assigned, strata)
            taken = [name for name in ('val', 'test') if not (folders == name).any()]
            sizes = [f'{len(assigned[name])} to {name}' for name in taken if len(assigned[name])]
            if folders.any() and sizes and fold is None:
                self._log(f'gave {" and ".join(sizes)} of the images in train/', logging.INFO)
        return assigned

    def _hold(self, inputs: Array, labels: Array) -> None:
        """Decode the files of this split; ``inputs`` are hashes."""
        rows = self.splits[self.split].indices
        if len(rows) == 0:
            raise ArgumentError(self._why_empty(len(labels)))
        shape = (self.channels or 3, *self.size)
        files = [self._path(row) for row in rows]
        fits = len(files) * math.prod(shape) <= self.memory_mb * 1e6
        images, faults = decode_all(files, shape, keep=fits)
        self._report({self._files[rows[place]].path: why for place, why in faults.items()})
        kept = np.delete(np.arange(len(rows)), list(faults))
        if len(kept) == 0:
            raise RunError(f'{type(self).__name__}: no image of {self.split} can be read.')
        self._rows = rows[kept]
        self.splits[self.split] = Split.from_indices(self.split, self._rows)
        self._labels = torch.from_numpy(labels[self._rows])
        self._scale = torch.tensor(self.scale, dtype=torch.float32)
        held: Any = ImagesOnDemand([files[i] for i in kept], shape) if images is None else images
        self._inputs = held  # of which only the methods that both have are used
        if not fits:
            self._log(
                f'{len(kept)} images of {self.split} need more than memory_mb={self.memory_mb:g} '
                'and are decoded for each batch; num_workers of the dataloader sets by how many '
                'processes',
                logging.INFO,
            )

    def _check_classes(self, ignored: Mapping[str, int]) -> None:
        found = {file.label for file in self._files if file.split in ('', 'train')}
        empty = [name for label, name in enumerate(self.classes) if label not in found]
        if empty:
            others = f' Ignored: {_counts(ignored)}.' if ignored else ''
            raise ArgumentError(
                f"{type(self).__name__}.root '{shown(str(self.root))}': the class folder "
                f'{empty[0]!r} holds no image to train on. Remove it, or add images.{others}'
            )

    def _report(self, faults: Mapping[str, str]) -> None:
        if not faults:
            return
        first = [f'{shown(path)}: {reason}' for path, reason in list(faults.items())[:10]]
        more = [f'and {len(faults) - 10} more'] if len(faults) > 10 else []
        found = '; '.join([*(line.rstrip('.') for line in first), *more])
        if self.unreadable == 'skip':
            self._log(f'{len(faults)} files are skipped: {found}')
            return
        raise RunError(
            f'{type(self).__name__}: {len(faults)} files in {shown(str(self.root))} cannot be '
            f"used: {found}. Repair or remove them, or set unreadable='skip'."
        )

    def _warn_of_copies(self, assigned: Mapping[str, Array], labels: Array) -> None:
        named = (
            ('are in two splits', shared_contents(dict(assigned), self._contents)),
            ('have two labels', other_labels(labels, self._contents)),
        )
        for problem, pairs in named:
            shared = [f'{self._shown(one)} = {self._shown(other)}' for one, other in pairs[:3]]
            more = f' and {len(pairs) - 3} more' if len(pairs) > 3 else ''
            if pairs:
                self._log(f'the same images {problem}: {", ".join(shared)}{more}')

    def _shown(self, row: int) -> str:
        return shown(self._files[row].path)

    def _log(self, message: str, level: int = logging.WARNING) -> None:
        print_log(f'{type(self).__name__}: {message}.', 'current', level)


def _counts(ignored: Mapping[str, int]) -> str:
    return ', '.join(f'{count} {kind}' for kind, count in sorted(ignored.items()))
