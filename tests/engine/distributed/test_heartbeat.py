import time

import pytest
from torch.distributed import HashStore

from mmlesson.engine.distributed import heartbeat
from mmlesson.engine.distributed.heartbeat import Heartbeat, ask_store


class Clock:
    """Stands in for the time module; the thread of a heartbeat uses none of it."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(heartbeat, 'time', made)
    return made


def pair(limit=10.0):
    """Return the heartbeat of rank 0 of two, and the store in which rank 1 counts by hand."""
    store = HashStore()
    store.add('beat/1', 1)
    return Heartbeat(store, 0, 2, limit), store


def test_own_counter_is_incremented_in_the_background():
    store = HashStore()
    beat = Heartbeat(store, 0, 1, 10.0)
    end = time.monotonic() + 5
    while store.add('beat/0', 0) == 0 and time.monotonic() < end:
        time.sleep(0.01)
    beat.stop()
    assert store.add('beat/0', 0) >= 1


def test_rank_with_an_unchanged_counter_is_stalled_after_the_limit(clock):
    beat, _ = pair(limit=10.0)
    clock.now += 3
    assert not beat.any_peer_stalled()  # first look: counted from here
    clock.now += 9
    assert not beat.any_peer_stalled()
    clock.now += 3
    assert beat.any_peer_stalled()
    beat.stop()


def test_rank_that_counts_is_not_stalled_however_long_it_takes(clock):
    beat, store = pair(limit=10.0)
    for _ in range(10):
        clock.now += 6
        store.add('beat/1', 1)
        assert not beat.any_peer_stalled()
    beat.stop()


def test_store_is_read_at_most_once_per_beat(clock):
    beat, _ = pair(limit=0.5)
    clock.now += 3
    beat.any_peer_stalled()
    clock.now += 1
    assert not beat.any_peer_stalled()  # not read again yet
    clock.now += 2
    assert beat.any_peer_stalled()
    beat.stop()


def test_ask_store_returns_the_answer():
    assert ask_store(lambda: 'yes', otherwise='no') == 'yes'


def test_ask_store_survives_a_store_that_is_gone():
    def gone():
        raise RuntimeError('Connection reset by peer')

    assert ask_store(gone, otherwise='no') == 'no'


def test_ask_store_does_not_wait_for_a_dead_connection(monkeypatch):
    monkeypatch.setattr(heartbeat, 'STORE_SECONDS', 0.05)
    assert ask_store(lambda: time.sleep(1), otherwise='no') == 'no'
