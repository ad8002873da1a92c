import importlib
import sys


def test_modules_of_a_training_are_imported():
    preload = importlib.import_module('mmlesson.play.preload')
    assert set(preload.MODULES) <= set(sys.modules)
