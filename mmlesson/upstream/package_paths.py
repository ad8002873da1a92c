"""Folders and configs of installed packages, for mmengine without ``pkg_resources``."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import Any

import mmengine.config.utils
import mmengine.utils.package_utils
from mmengine.config import Config

from mmlesson.config.source_files import package_folder, resolve_config_path


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
    """Replace mmengine's two functions where they were imported, if they cannot work.

    Also let ``Config.fromfile`` and ``mmengine.hub.get_config`` read 'mmlesson::mlp/mlp_xor.py':
    mmengine 0.10.7 takes '::' only in ``_base_`` (config/config.py:1259), and has a list of the
    packages that it knows (config/utils.py:136).
    """
    mmengine.config.utils.MODULE2PACKAGE.setdefault('mmlesson', 'mmlesson')
    Config.fromfile = staticmethod(_fromfile)
    if importlib.util.find_spec('pkg_resources') is not None:
        return
    for ours in (is_installed, get_installed_path):
        theirs = getattr(mmengine.utils.package_utils, ours.__name__)
        for module in list(sys.modules.values()):
            if vars(module).get(ours.__name__) is theirs:
                setattr(module, ours.__name__, ours)


_read_file = Config.fromfile


@functools.wraps(_read_file)
def _fromfile(filename: str | Path, *args: Any, **kwargs: Any) -> Any:
    return _read_file(str(resolve_config_path(filename)), *args, **kwargs)
