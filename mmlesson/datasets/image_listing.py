"""Image files of a folder with a folder per class, with their classes and splits."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mmlesson.datasets.splits import SPLIT_NAMES
from mmlesson.errors import ArgumentError, RunError, did_you_mean, shorten

LAYOUTS = (
    'root/<class>/<images>, which is split by split_ratio, or root/{train,val,test}/<class>/'
    '<images>, of which val and test may be missing'
)

_SUFFIXES = (
    *('.bmp', '.gif', '.ico', '.jpg', '.jpeg', '.jpe', '.jfif', '.jp2', '.j2k', '.png'),
    *('.pbm', '.pgm', '.ppm', '.pnm', '.tga', '.tif', '.tiff', '.webp'),
)

_MEANT = {
    **dict.fromkeys(('train', 'training', 'trainset'), 'train'),
    **dict.fromkeys(('val', 'valid', 'validation', 'dev', 'eval'), 'val'),
    **dict.fromkeys(('test', 'testing', 'testset'), 'test'),
}
"""Split that is meant by the name of a folder, in small letters and after the last '_'."""

_SYSTEM_NAMES = frozenset(('thumbs.db', 'desktop.ini', '__macosx', '@eadir'))


class ImageFile(NamedTuple):
    """An image file: its path below the root, the index of its class, and its split.

    The split is that of the folder that the file is in; '' in a layout without such folders.
    """

    path: str
    label: int
    split: str


@dataclass
class Listing:
    """The image files of a folder.

    Args:
        classes: Names of the class folders, in the order of their indices.
        files: Sorted by split, class and path.
        ignored: Number of other files, by suffix, 'hidden', or 'outside of class folders'.
        unusable: Why a link is not used, by its path.
    """

    classes: tuple[str, ...]
    files: list[ImageFile] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    unusable: dict[str, str] = field(default_factory=dict)


def list_classes(root: Path) -> tuple[str, ...]:
    """Return the names of the class folders of a root, without listing their files.

    Raises:
        ArgumentError: If the folder has none of the two layouts, or its splits differ in classes.
    """
    return _class_folders(root)[0]


def list_images(root: Path, least_classes: int = 2) -> Listing:
    """List the image files of a root, which has one of the two `LAYOUTS`.

    Files of other types and hidden files are counted. Links are followed to files within the root
    only, so that a copied or unpacked folder cannot make other files of this machine training data.

    Args:
        root: Folder.
        least_classes: Smallest number of classes; training needs two.

    Raises:
        ArgumentError: If the folder has none of the two layouts, has too few classes, or its splits
            differ in classes.
        RunError: If a folder cannot be read.
    """
    classes, splits = _class_folders(root, least_classes)
    listing = Listing(classes)
    inside = root.resolve()
    for folder in {root, *(root / split for split in splits)}:
        stray = sum(_has_image_suffix(entry) for entry in _entries(folder))
        listing.ignored += Counter({'outside of class folders': stray})
    for split, of_split in splits.items():
        for label, name in enumerate(classes):
            if os.path.islink(of_split[name]):
                path = Path(of_split[name]).relative_to(root).as_posix()
                listing.unusable[path] = 'it is a link, not a folder; copy the files.'
                continue
            for entry in _files_below(of_split[name]):
                path = Path(entry.path).relative_to(root).as_posix()
                _add(listing, ImageFile(path, label, split), entry, inside)
    return listing


def shown(path: str) -> str:
    """Return a path for a message; a name that is not UTF-8 gets escapes."""
    return path.encode('utf-8', 'backslashreplace').decode('utf-8')


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is hidden, or written by a system for its own use."""
    return name.startswith('.') or name.lower() in _SYSTEM_NAMES


def _add(listing: Listing, file: ImageFile, entry: os.DirEntry[str], inside: Path) -> None:
    suffix = os.path.splitext(entry.name)[1].lower()
    if is_hidden(entry.name):
        listing.ignored['hidden'] += 1
    elif entry.is_symlink() and not Path(entry.path).resolve().is_relative_to(inside):
        listing.unusable[file.path] = 'it is a link out of the folder; copy the file.'
    elif entry.is_dir():  # a link, because `_files_below` enters other folders
        listing.unusable[file.path] = 'it is a link to a folder; copy the folder.'
    elif suffix not in _SUFFIXES:
        listing.ignored[suffix or 'no suffix'] += 1
    else:
        listing.files.append(file)


def _has_image_suffix(entry: os.DirEntry[str]) -> bool:
    suffix = os.path.splitext(entry.name)[1].lower()
    return suffix in _SUFFIXES and entry.is_file() and not is_hidden(entry.name)


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as err:
        raise RunError(f'The folder {shown(str(folder))} cannot be read: {err.strerror}.') from err


def _files_below(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield the files in a folder and its folders, and links, which are not entered."""
    for entry in _entries(folder):
        if not entry.is_dir(follow_symlinks=False):
            yield entry
        elif not is_hidden(entry.name):
            yield from _files_below(entry.path)


def _subfolders(folder: str | Path) -> dict[str, str]:
    """Return the path of each visible folder by its name, composed (NFC)."""
    found: dict[str, str] = {}
    for entry in _entries(folder):
        if entry.is_dir() and not is_hidden(entry.name):
            name = unicodedata.normalize('NFC', entry.name)
            if name in found:
                raise ArgumentError(
                    f'ImageFolderDataset: {shown(str(folder))} has two folders {shown(name)!r}, '
                    'which differ in how Unicode composes the letters only. Join them.'
                )
            found[name] = entry.path
    return found


def _class_folders(root: Path, least: int = 2) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    """Return the classes in order, and the class folders by split and name.

    The only split is '' in a layout without folders of splits.
    """
    if not os.path.isdir(root):  # unlike Path.is_dir, it accepts a name of any length
        problem = 'is no folder' if os.path.exists(root) else 'does not exist'
        raise ArgumentError(f'{_named(root)} {problem}. Expected is {LAYOUTS}.')
    top = _subfolders(root)
    splits = {name: _subfolders(path) for name, path in top.items() if name in SPLIT_NAMES}
    if not splits.get('train'):  # 'train' without folders is a class, of vehicles for example
        _refuse_other_split_names(root, top)
        return _ordered(root, top, least), {'': top}
    others = [name for name in top if name not in SPLIT_NAMES]
    if others:
        raise ArgumentError(
            f'{_named(root)} has the split train and also the folder '
            f'{shown(others[0])!r}.{did_you_mean(others[0], SPLIT_NAMES)} Rename or move it: '
            f'expected is {LAYOUTS}.'
        )
    _check_same_classes(splits)
    in_order = {name: splits[name] for name in SPLIT_NAMES if name in splits}
    return _ordered(root, splits['train'], least), in_order


def _refuse_other_split_names(root: Path, top: Mapping[str, str]) -> None:
    """Refuse folders of folders such as Train and Test, which would become classes."""
    meant = {name: _MEANT.get(name.lower().rpartition('_')[2]) for name in top}
    if not all(meant.values()) or not any(_subfolders(path) for path in top.values()):
        return
    pairs = [f'{shown(name)!r} to {split!r}' for name, split in meant.items() if name != split]
    advice = f'Rename {", ".join(pairs)}' if pairs else "Add a folder 'train'"
    raise ArgumentError(
        f'{_named(root)} has folders that look like splits, not classes. {advice}: expected is '
        f'{LAYOUTS}.'
    )


def _check_same_classes(splits: Mapping[str, Mapping[str, str]]) -> None:
    train = splits['train'].keys()
    for name, folders in splits.items():
        missing, extra = sorted(train - folders.keys()), sorted(folders.keys() - train)
        if missing or extra:
            differences = [f'{name} has no {_listed(missing)}'] if missing else []
            differences += [f'train has no {_listed(extra)}'] if extra else []
            raise ArgumentError(
                f'ImageFolderDataset: train and {name} must have the same class folders, but '
                f'{" and ".join(differences)}. Rename them; a class without {name} images needs '
                'an empty folder.'
            )


def _named(root: Path) -> str:
    return f'ImageFolderDataset.root {shorten(shown(str(root)), 200)}'


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f' and {len(names) - most} more' if len(names) > most else ''
    return ', '.join(repr(shown(name)) for name in names[:most]) + more


def _ordered(root: Path, names: Iterable[str], least: int) -> tuple[str, ...]:
    """Return class names in the order of their indices: by number if all are numbers."""
    names = sorted(names)
    if len(names) < least:
        found = f'one class folder, {names[0]!r}' if names else 'no class folder'
        wanted = 'two classes' if least > 1 else 'one class'
        raise ArgumentError(
            f'{_named(root)} has {found}. Expected is {LAYOUTS}, with at least {wanted}.'
        )
    wrong = next((name for name in names if shown(name) != name), None)
    if wrong is not None:
        raise ArgumentError(
            f'ImageFolderDataset: the name of the class folder {shown(wrong)} is not UTF-8. '
            'Rename it.'
        )
    is_numbered = all(name.isascii() and name.isdigit() for name in names)
    return tuple(sorted(names, key=lambda name: (int(name), name)) if is_numbered else names)
