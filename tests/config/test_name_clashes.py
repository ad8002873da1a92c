"""Names that two modules have registered."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mmengine.registry import MODELS as ROOT_MODELS
from paths import CONFIGS

from mmlesson.config import LoadedConfig
from mmlesson.errors import UserError
from mmlesson.registry import MODELS, LessonRegistry

XOR = f"_base_ = ['{CONFIGS}/mlp/mlp_xor.py']\n"
CLASS = """
from mmengine.registry import MODELS as ROOT
from mmlesson.models import MLP as Ours
from mmlesson.registry import MODELS

@{registry}.register_module({force})
class MLP(Ours):
    def __init__(self, in_features: int, hidden_sizes=(), activation='ReLU') -> None:
        super().__init__(in_features, hidden_sizes, activation)
"""


@pytest.fixture(autouse=True)
def _same_registries(monkeypatch):
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.setattr(LessonRegistry, 'replaced', {})
    for registry in (MODELS, ROOT_MODELS):
        registry.import_from_location()
        monkeypatch.setattr(registry, '_module_dict', dict(registry._module_dict))


def opened(folder: Path, module: str, **values: str) -> LoadedConfig:
    (folder / f'{module}.py').write_text(CLASS.format(**{'force': '', **values}))
    (folder / 'lesson.py').write_text(f"{XOR}custom_imports = dict(imports=['{module}'])\n")
    return LoadedConfig.open(folder / 'lesson.py')


def test_our_configs_have_none(tmp_path):
    assert LoadedConfig.open(CONFIGS / 'cnn' / 'cnn_digits.py').warnings() == []


def test_taken_name_is_refused_with_both_modules(tmp_path):
    message = r"clashing_nets cannot register 'MLP': mmlesson\.models\.backbones has registered"
    with pytest.raises(UserError, match=message):
        opened(tmp_path, 'clashing_nets', registry='MODELS')


def test_replaced_module_of_ours_is_reported(tmp_path):
    loaded = opened(tmp_path, 'replacing_nets', registry='MODELS', force='force=True')
    (warning,) = map(str, loaded.require_valid().warnings())
    assert "model.backbone.type: 'MLP' is registered by two modules: replacing_nets, " in warning
    assert 'mmlesson.models.backbones. Rename' in warning


def test_module_that_ours_hides_is_reported(tmp_path):
    (warning,) = map(str, opened(tmp_path, 'overlooked_nets', registry='ROOT').warnings())
    assert 'mmlesson.models.backbones, which is used, and overlooked_nets.' in warning
