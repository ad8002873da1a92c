"""Registries: every location imports, and none is empty."""

from __future__ import annotations

import importlib

import pytest
from mmengine.registry import Registry

from mmlesson import registry

OURS = {name: item for name, item in vars(registry).items() if isinstance(item, Registry)}
FILLED = {name: item for name, item in OURS.items() if not name.startswith('MMENGINE_')}


@pytest.mark.parametrize('name', FILLED)
def test_registry_locations_import_and_fill_it(name):
    for location in FILLED[name]._locations:
        importlib.import_module(location)
    assert len(FILLED[name]) > 0
    assert FILLED[name].scope == 'mmlesson'
    assert FILLED[name].parent is OURS[f'MMENGINE_{name}']
