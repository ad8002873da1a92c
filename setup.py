"""Adds configs, tools and docs to the package, where OpenMMLab looks for them: mmlesson/.mim."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ('configs', 'tools', 'docs', 'model-index.yml', 'README.md', 'README_zh-CN.md')
ROOT = Path(__file__).parent


class BuildWithShippedFiles(build_py):
    """Copies the files that are shipped; an editable installation gets links to them."""

    def run(self) -> None:
        """Build the package."""
        super().run()
        folder = ROOT / 'mmlesson' if self.editable_mode else Path(self.build_lib, 'mmlesson')
        target = folder / '.mim'
        if target.exists():  # what an earlier build left there may have been removed since
            shutil.rmtree(target)
        target.mkdir(parents=True)
        for name in SHIPPED:
            if not (self.editable_mode and _link(target / name, name)):
                _copy(ROOT / name, target / name)


def _link(link: Path, name: str) -> bool:
    """Make a relative link to a file of the checkout; return whether the system allows it."""
    try:
        link.symlink_to(Path('..', '..', name), target_is_directory=(ROOT / name).is_dir())
    except OSError:  # Windows without developer mode
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
        return
    shutil.copytree(source, target, ignore=shutil.ignore_patterns('__pycache__', '.*'))


setup(cmdclass={'build_py': BuildWithShippedFiles})
