import sys
from pathlib import Path

import pytest

from mmlesson.upstream import compiled_ops


@pytest.fixture
def absent(monkeypatch):
    """Take ``mmcv._ext`` away for a test."""
    monkeypatch.delitem(sys.modules, compiled_ops.NAME, raising=False)
    yield
    sys.modules.pop(compiled_ops.NAME, None)


def test_operator_that_is_missing_names_itself_when_it_is_called(absent):
    compiled_ops.install()
    operator = sys.modules[compiled_ops.NAME].softmax_focal_loss_forward
    with pytest.raises(NotImplementedError, match=r"'softmax_focal_loss_forward' of mmcv"):
        operator(1, gamma=2)


def test_module_has_no_attributes_that_python_asks_for_itself(absent):
    compiled_ops.install()
    assert not hasattr(sys.modules[compiled_ops.NAME], '__path__')


def test_installed_operators_are_not_replaced(monkeypatch):
    theirs = object()
    monkeypatch.setitem(sys.modules, compiled_ops.NAME, theirs)
    compiled_ops.install()
    assert sys.modules[compiled_ops.NAME] is theirs


def test_names_are_those_that_mmcv_asks_for(mmcv_ops):
    files = Path(mmcv_ops.__file__).parent.glob('*.py')
    source = ''.join(file.read_text(encoding='utf-8') for file in files)
    assert [name for name in compiled_ops.OPERATORS if f'ext_module.{name}(' not in source] == []
