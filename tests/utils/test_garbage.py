import gc

import pytest

from mmlesson.utils.garbage import collection_paused


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
