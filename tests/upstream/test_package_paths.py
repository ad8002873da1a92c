import importlib.util
from pathlib import Path

import mmcv
import mmengine.utils
import pytest
from mmengine.config import Config

from mmlesson.upstream import package_paths


@pytest.mark.parametrize('name', ['mmcv', 'mmcv-lite'])
def test_folder_is_found_by_module_and_by_distribution(name):
    assert Path(package_paths.get_installed_path(name)) == Path(mmcv.__file__).parent
    assert package_paths.is_installed(name)


def test_missing_package_is_named():
    assert not package_paths.is_installed('no-such-package')
    with pytest.raises(ModuleNotFoundError, match="'no-such-package' is not installed"):
        package_paths.get_installed_path('no-such-package')


@pytest.mark.parametrize('has_setuptools', [True, False])
def test_functions_of_mmengine_are_replaced_only_without_pkg_resources(monkeypatch, has_setuptools):
    monkeypatch.setattr(Config, 'fromfile', Config.fromfile)
    owners = [mmengine.utils, mmengine.utils.package_utils, mmengine.config.config]
    theirs = mmengine.utils.get_installed_path
    for owner in owners:  # restored at the end
        monkeypatch.setattr(owner, 'get_installed_path', theirs)
        if hasattr(owner, 'is_installed'):
            monkeypatch.setattr(owner, 'is_installed', owner.is_installed)
    found = object() if has_setuptools else None
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: found)
    package_paths.install()
    expected = theirs if has_setuptools else package_paths.get_installed_path
    assert all(owner.get_installed_path is expected for owner in owners)


def test_config_of_the_package_is_read_by_its_name(monkeypatch):
    monkeypatch.setattr(Config, 'fromfile', Config.fromfile)
    package_paths.install()
    assert Config.fromfile('mmlesson::mlp/mlp_xor.py').model.type == 'Classifier'


def test_file_is_read_as_before(monkeypatch, tmp_path):
    monkeypatch.setattr(Config, 'fromfile', Config.fromfile)
    package_paths.install()
    (tmp_path / 'a.py').write_text('a = 1\n')
    assert Config.fromfile(tmp_path / 'a.py').a == 1
