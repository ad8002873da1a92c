"""Small files in the formats of MNIST and CIFAR, with random images."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

PARTS = (('train', 'train', 120), ('test', 't10k', 40))
"""Part, its prefix in MNIST, and its number of images."""


def idx_bytes(array: np.ndarray) -> bytes:
    sizes = struct.pack(f'>{array.ndim}I', *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def labelled_images(size: int, classes: int = 10, seed: int = 0) -> tuple[Any, Any]:
    """Return images (N, 28, 28) and labels, a class of which has a bright row of its own."""
    rng = np.random.RandomState(seed)
    labels = (np.arange(size) % classes).astype(np.uint8)
    images = rng.randint(0, 100, (size, 28, 28)).astype(np.uint8)
    images[np.arange(size), 2 * labels.astype(int) % 28] = 255
    return images, labels


def mnist_files(seed: int = 0) -> dict[str, bytes]:
    """Return the four idx files by name."""
    files = {}
    for _, prefix, size in PARTS:
        images, labels = labelled_images(size, seed=seed + size)
        files[f'{prefix}-images-idx3-ubyte'] = idx_bytes(images)
        files[f'{prefix}-labels-idx1-ubyte'] = idx_bytes(labels)
    return files


def write_mnist(root: Path, name: str = 'MNIST') -> Path:
    """Write extracted files, and return their folder."""
    folder = root / name / 'raw'
    folder.mkdir(parents=True)
    for file, content in mnist_files().items():
        (folder / file).write_bytes(content)
    return folder


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def write_emnist(root: Path, subset: str, images: Any, labels: Any) -> str:
    """Write the archive with one subset, and return its md5."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as files:
        for part in ('train', 'test'):
            stem = f'gzip/emnist-{subset}-{part}'
            files.writestr(f'{stem}-images-idx3-ubyte.gz', packed(idx_bytes(images)))
            files.writestr(f'{stem}-labels-idx1-ubyte.gz', packed(idx_bytes(labels)))
    folder = root / 'EMNIST' / 'raw'
    folder.mkdir(parents=True)
    (folder / 'gzip.zip').write_bytes(buffer.getvalue())
    return md5(buffer.getvalue())


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def cifar_batch(size: int, key: str, seed: int, classes: int = 10) -> bytes:
    """Return a batch file as Python 2 wrote it, whose strings are bytes."""
    images = np.random.RandomState(seed).randint(0, 256, (size, 3072)).astype(np.uint8)
    labels = [index % classes for index in range(size)]
    text = f'I{size}\nI3072\n'.encode()  # the opcodes of a pickle: ints, a tuple, short strings
    array = (
        b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntU\x01btR'
        b'(I1\n(' + text + b'tcnumpy\ndtype\n(U\x02u1I0\nI1\ntR'
        b'(I3\nU\x01|NNNI-1\nI-1\nI0\ntbI00\nT' + struct.pack('<i', images.size)
    )
    array += images.tobytes() + b'tb'
    numbers = b'(l' + b''.join(f'I{label}\na'.encode() for label in labels)
    name = struct.pack('B', len(key)) + key.encode()
    return b'\x80\x02}(U\x04data' + array + b'U' + name + numbers + b'u.'


def write_cifar(root: Path, source: Any, patch: Any, size: int = 40) -> bytes:
    """Write the archive of a CIFAR class of torchvision; its hashes are patched.

    Args:
        root: Folder of the datasets.
        source: The class of torchvision.
        patch: pytest's monkeypatch.
        size: Samples of each file.
    """
    key = 'labels' if source.__name__ == 'CIFAR10' else 'fine_labels'
    buffer = io.BytesIO()
    lists: dict[str, Any] = {'train_list': [], 'test_list': []}
    with tarfile.open(fileobj=buffer, mode='w:gz') as archive:
        for attribute, entries in lists.items():
            for seed, (name, _) in enumerate(getattr(source, attribute), start=len(attribute)):
                content = cifar_batch(size, key, seed)
                entries.append([name, md5(content)])
                member = tarfile.TarInfo(f'{source.base_folder}/{name}')
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    for attribute, entries in lists.items():
        patch.setattr(source, attribute, entries)
    patch.setattr(source, 'tgz_md5', md5(buffer.getvalue()))
    root.mkdir(parents=True, exist_ok=True)
    (root / source.filename).write_bytes(buffer.getvalue())
    return buffer.getvalue()


def read_python2(content: bytes) -> Any:
    """Return the content of a batch file, as torchvision reads it."""
    return pickle.loads(content, encoding='latin1')
