import importlib.metadata
import sys
from pathlib import PurePosixPath

import pytest

from mmlesson.upstream import missing_modules

DRN = missing_modules.DRN


@pytest.fixture
def wheel(monkeypatch):
    """Return a function that simulates an installed mmaction2 with these files."""
    monkeypatch.delitem(sys.modules, DRN, raising=False)
    monkeypatch.delitem(sys.modules, f'{DRN}.drn', raising=False)

    def files(*names):
        listed = [PurePosixPath(name) for name in names]
        monkeypatch.setattr(importlib.metadata, 'files', lambda package: listed)

    yield files
    for name in (DRN, f'{DRN}.drn'):
        sys.modules.pop(name, None)


def test_module_that_the_wheel_lacks_can_be_imported_and_says_so_when_used(wheel):
    wheel('mmaction/models/localizers/bmn.py')
    missing_modules.install()
    with pytest.raises(NotImplementedError, match='does not contain DRN'):
        sys.modules[f'{DRN}.drn'].DRN(feature_dim=2)


def test_module_that_the_wheel_has_is_left_alone(wheel):
    wheel('mmaction/models/localizers/drn/drn.py')
    missing_modules.install()
    assert DRN not in sys.modules


def test_nothing_is_added_without_mmaction(monkeypatch):
    def raise_error(package):
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, 'files', raise_error)
    missing_modules.install()
    assert DRN not in sys.modules
