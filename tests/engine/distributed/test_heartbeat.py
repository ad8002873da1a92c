"""Heartbeats over a store in this process, by a fake clock."""

from __future__ import annotations

import threading

import pytest
from torch.distributed import HashStore

from mmlesson.engine.distributed import heartbeat
from mmlesson.engine.distributed.heartbeat import BEAT_SECONDS, Heartbeat, ask_store

LIMIT = 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(heartbeat, 'time', clock)
    return clock


@pytest.fixture
def store():
    return HashStore()


@pytest.fixture
def first(store, clock):
    beating = Heartbeat(store, rank=0, processes=2, limit=LIMIT)
    yield beating
    beating.stop()


def stalled_after(beating: Heartbeat, clock: Clock, seconds: float) -> bool:
    clock.now += seconds
    return beating.any_peer_stalled()


def test_process_that_counts_is_alive(first, store, clock):
    for _ in range(10):
        store.add('beat/1', 1)
        assert not stalled_after(first, clock, LIMIT)


def test_process_that_stops_counting_stalls_after_the_limit(first, store, clock):
    store.add('beat/1', 1)
    assert not stalled_after(first, clock, 3)
    assert not stalled_after(first, clock, LIMIT)  # not longer than the limit
    assert stalled_after(first, clock, 3)


def test_process_that_counts_again_is_alive_again(first, store, clock):
    assert not stalled_after(first, clock, 3)
    assert stalled_after(first, clock, LIMIT + 1)
    store.add('beat/1', 1)
    assert not stalled_after(first, clock, 3)


def test_store_is_not_asked_more_often_than_hearts_beat(first, clock):
    assert not stalled_after(first, clock, 3)
    assert stalled_after(first, clock, LIMIT + 1)
    assert not stalled_after(first, clock, BEAT_SECONDS / 2)


def test_own_silence_does_not_count(store, clock):
    alone = Heartbeat(store, rank=0, processes=1, limit=LIMIT)
    alone.stop()
    assert not stalled_after(alone, clock, 10 * LIMIT)


def test_heartbeat_counts_in_the_store_until_it_stops(store, monkeypatch):
    monkeypatch.setattr(heartbeat, 'BEAT_SECONDS', 0.001)
    threads = set(threading.enumerate())
    beating = Heartbeat(store, rank=3, processes=4, limit=LIMIT)
    (thread,) = set(threading.enumerate()) - threads
    store.wait(['beat/3'])
    while store.add('beat/3', 0) < 3:
        pass
    beating.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_answer_of_the_store_is_returned():
    assert ask_store(lambda: 5, otherwise=None) == 5


def test_lost_store_gives_the_other_answer():
    def lost() -> int:
        raise RuntimeError('Connection reset by peer')

    assert ask_store(lost, otherwise=7) == 7


def test_silent_store_gives_the_other_answer_in_time(monkeypatch):
    monkeypatch.setattr(heartbeat, 'STORE_SECONDS', 0.01)
    release = threading.Event()
    assert ask_store(release.wait, otherwise=None) is None
    release.set()
