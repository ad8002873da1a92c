import sys

import mmcv
import pytest

from mmlesson.upstream import version_bounds


def test_newer_version_is_lowered_for_the_time_of_an_import():
    actual = mmcv.__version__
    with version_bounds.at_most('mmcv', '1.0.0'):
        assert mmcv.__version__ == '1.0.0'
    assert mmcv.__version__ == actual


def test_older_version_stays():
    actual = mmcv.__version__
    with version_bounds.at_most('mmcv', '99.0'):
        assert mmcv.__version__ == actual


def test_toolbox_with_an_upper_bound_is_imported(monkeypatch, tmp_path):
    (tmp_path / 'toolbox_with_bound.py').write_text(
        'import mmcv\nassert mmcv.__version__ == "1.5.0", mmcv.__version__\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(version_bounds, 'BOUNDS', {'toolbox_with_bound': {'mmcv': '1.5.0'}})
    version_bounds.import_toolboxes()
    assert 'toolbox_with_bound' in sys.modules
    monkeypatch.delitem(sys.modules, 'toolbox_with_bound')


def test_version_is_restored_after_a_failed_import():
    actual = mmcv.__version__
    with pytest.raises(RuntimeError), version_bounds.at_most('mmcv', '1.0.0'):
        raise RuntimeError
    assert mmcv.__version__ == actual
