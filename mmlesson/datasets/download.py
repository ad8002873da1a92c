"""Downloads of dataset files: verified, atomic, by one process at a time."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from filelock import FileLock

from mmlesson.errors import ArgumentError, RunError
from mmlesson.utils.atomic_file import atomic_path

_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file to download, and the data files that are extracted from it.

    Args:
        name: File name in the dataset's folder.
        urls: Where it can be downloaded, in the order in which they are tried.
        md5: Its hash.
        size: Its size in bytes, for messages.
        members: Names of the data files that are extracted into the dataset's folder.
        open_member: Opens a member of an archive for reading.
    """

    name: str
    urls: tuple[str, ...]
    md5: str
    size: int
    members: tuple[str, ...]
    open_member: Callable[[Path, str], AbstractContextManager[Any]]

    def is_extracted(self, folder: Path) -> bool:
        """Return whether all members are in the folder."""
        return all((folder / member).is_file() for member in self.members)

    def is_missing(self, folder: Path) -> bool:
        """Return whether the folder has neither the members nor the archive."""
        return not self.is_extracted(folder) and not (folder / self.name).is_file()

    def extract(self, folder: Path) -> None:
        """Write the members into the folder."""
        for member in self.members:
            with (
                atomic_path(folder / member) as temporary,
                self.open_member(folder / self.name, member) as source,
                temporary.open('wb') as target,
            ):
                shutil.copyfileobj(source, target, _CHUNK)


def data_folder(root: str | os.PathLike[str] | None) -> Path:
    """Return the folder of all datasets: ``root``, or else ``$MMLESSON_DATA``, or else ``data``."""
    return Path(root or os.environ.get('MMLESSON_DATA') or 'data').expanduser()


def check_root(owner: str, root: Any) -> None:
    """Raise `ArgumentError` unless ``root`` is a path or None."""
    if root is not None and not isinstance(root, str | os.PathLike):
        raise ArgumentError(f'{owner}.root must be a path or None, got {root!r}.')


def provide_files(
    owner: str, folder: Path, archives: Sequence[Archive], download: bool, timeout: float
) -> None:
    """Extract what is not extracted, after downloading what is missing.

    Of several processes that share the folder one downloads, and the others wait for it.

    Args:
        owner: Name of the dataset, for messages.
        folder: Where the archives and their members are stored.
        archives: All archives of the dataset.
        download: Whether missing archives are downloaded.
        timeout: Seconds without an answer after which a download fails.

    Raises:
        RunError: If an archive is missing and cannot be downloaded, or is not the right file.
    """
    if all(archive.is_extracted(folder) for archive in archives):
        return
    if not download and any(archive.is_missing(folder) for archive in archives):
        raise RunError(f'{owner} is not on this machine.\n{_advice(owner, folder, archives)}')
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f'.{owner}.lock'):
        for archive in archives:
            if archive.is_extracted(folder):  # perhaps by the process that held the lock
                continue
            if archive.is_missing(folder):
                _download(owner, folder, archive, archives, timeout)
            else:
                check_md5(folder / archive.name, archive.md5)
            archive.extract(folder)


def check_md5(path: Path, md5: str) -> None:
    """Raise `RunError` unless a file has the given hash."""
    found = _md5_of(path)
    if found != md5:
        raise RunError(
            f'{path} is truncated or another file: expected md5 {md5}, got {found} '
            f'({path.stat().st_size:,} bytes). Delete it, so that it is provided again.'
        )


def _md5_of(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open('rb') as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _download(
    owner: str, folder: Path, archive: Archive, archives: Sequence[Archive], timeout: float
) -> None:
    """Download an archive from the first of its addresses that has it."""
    reasons = []
    for url in archive.urls:
        try:
            with atomic_path(folder / archive.name) as temporary:
                _fetch(url, temporary, archive, timeout)
        except (OSError, HTTPException, RunError) as err:
            reason = err.reason if isinstance(err, urllib.error.URLError) else err
            reasons.append(f'  {url}: {str(reason) or type(err).__name__}')
        else:
            return
    raise RunError(
        '\n'.join(
            [
                f'{owner}: {archive.name} could not be downloaded:',
                *reasons,
                _advice(owner, folder, archives),
            ]
        )
    )


def _fetch(url: str, path: Path, archive: Archive, timeout: float) -> None:
    """Write what an address returns into a file, and compare its hash."""
    from rich.console import Console
    from rich.progress import wrap_file

    request = urllib.request.Request(url, headers={'User-Agent': 'mmlesson'})
    with urllib.request.urlopen(request, timeout=timeout) as response, path.open('wb') as file:
        length = response.length
        with wrap_file(
            response,
            total=length or archive.size,
            description=f'Downloading {archive.name}',
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        ) as reader:
            shutil.copyfileobj(reader, file, _CHUNK)
        size = file.tell()
    if length is not None and size < length:
        raise RunError(f'the connection ended after {size:,} of {length:,} bytes')
    md5 = _md5_of(path)
    if md5 != archive.md5:
        raise RunError(f'another file: expected md5 {archive.md5}, got {md5} ({size:,} bytes)')


def _advice(owner: str, folder: Path, archives: Sequence[Archive]) -> str:
    """Return which files are missing, their sizes, and where to put them."""
    wanted = [archive for archive in archives if archive.is_missing(folder)]
    lines = [
        f'  {archive.name} ({_size(archive.size)}), from {archive.urls[0]}' for archive in wanted
    ]
    return '\n'.join(
        [
            f'Put these files into {folder.absolute()}:',
            *lines,
            f'or set {owner}.root or $MMLESSON_DATA to the folder that holds {owner}.',
        ]
    )


def _size(count: int) -> str:
    return f'{count / 1e6:,.1f} MB' if count >= 1e5 else f'{count / 1e3:,.1f} kB'
