"""Folders of installed packages, for mmengine without ``pkg_resources``."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys

import mmengine.utils.package_utils

from mmlesson.config.source_files import package_folder


def module_of(package: str) -> str:
    """Return the module of a distribution: 'mmcv' of 'mmcv-lite', 'mmseg' of 'mmsegmentation'."""
    try:
        listed = importlib.metadata.distribution(package).read_text('top_level.txt')
    except importlib.metadata.PackageNotFoundError:
        return package
    return next(iter((listed or '').split()), package.replace('-', '_'))


def is_installed(package: str) -> bool:
    """Return whether a distribution or a module of this name is installed."""
    return package_folder(module_of(package)) is not None


def get_installed_path(package: str) -> str:
    """Return the folder of a package.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    folder = package_folder(module_of(package))
    if folder is None:
        raise ModuleNotFoundError(f'The package {package!r} is not installed.', name=package)
    return folder


def install() -> None:
    """Replace mmengine's two functions where they were imported, if they cannot work."""
    if importlib.util.find_spec('pkg_resources') is not None:
        return
    for ours in (is_installed, get_installed_path):
        theirs = getattr(mmengine.utils.package_utils, ours.__name__)
        for module in list(sys.modules.values()):
            if vars(module).get(ours.__name__) is theirs:
                setattr(module, ours.__name__, ours)
