import gc
import weakref

import pytest

from mmlesson.utils.garbage import collection_paused, exempt_imports


@pytest.fixture(autouse=True)
def _enabled():
    yield
    gc.enable()


def test_collection_is_paused_and_resumed_after_an_error_too():
    def fail():
        with collection_paused():
            raise KeyError(gc.isenabled())

    with pytest.raises(KeyError, match='False'):
        fail()
    assert gc.isenabled()


def test_collection_that_was_disabled_stays_disabled():
    gc.disable()
    with collection_paused():
        pass
    assert not gc.isenabled()


class _Cycle:
    def __init__(self):
        self.itself = self


def test_present_objects_are_exempt_from_collection_and_later_ones_are_not():
    present = weakref.ref(_Cycle())
    exempt_imports()
    try:
        later = weakref.ref(_Cycle())
        gc.collect()
        assert present() is not None
        assert later() is None
    finally:
        gc.unfreeze()
    gc.collect()
    assert present() is None
