import importlib

import pytest

from mmlesson.upstream import compiled_ops


@pytest.fixture(scope='session')
def mmcv_ops():
    """``mmcv.ops``, with our operators unless mmcv's own are installed."""
    compiled_ops.install()
    return importlib.import_module('mmcv.ops')
