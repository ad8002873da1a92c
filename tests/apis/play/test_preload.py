import importlib
import sys


def test_worker_is_imported():
    importlib.import_module('mmlesson.apis.play.preload')
    assert {'mmlesson.apis.play.worker', 'mmpretrain.evaluation'} <= set(sys.modules)
