import os
import signal

import pytest

from mmlesson.engine import signals
from mmlesson.engine.signals import Interrupts


class Log(list):
    def warning(self, text):
        self.append(text)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signal_is_handled_at_the_next_poll(number):
    log = Log()
    interrupts = Interrupts(log)
    with interrupts.noting():
        assert not interrupts.poll()
        os.kill(os.getpid(), number)
        assert interrupts.poll()
    assert interrupts.agreed == number
    assert len(log) == 1


def test_handlers_are_restored_after_the_block():
    before = signal.getsignal(signal.SIGTERM)
    with Interrupts(Log()).noting():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_second_signal_exits_immediately(monkeypatch):
    sent = []
    monkeypatch.setattr(signals.os, 'kill', lambda pid, number: sent.append((pid, number)))
    monkeypatch.setattr(signals.signal, 'signal', lambda number, handler: sent.append(handler))
    interrupts = Interrupts(Log())
    interrupts.note(signal.SIGINT)
    assert sent == []
    interrupts.note(signal.SIGINT)
    assert sent == [signal.SIG_DFL, (os.getpid(), signal.SIGINT)]


def test_several_processes_act_on_the_signal_of_any_after_the_same_step(monkeypatch):
    """Rank 1 receives no signal; it is informed by rank 0 when they communicate."""
    monkeypatch.setattr(signals.distributed, 'world_size', lambda: 2)
    asked = []

    def all_reduce_max(values):
        asked.append(values)
        return [signal.SIGTERM, 3]

    monkeypatch.setattr(signals.distributed, 'all_reduce_max', all_reduce_max)
    interrupts = Interrupts(Log())
    assert interrupts.poll()
    assert interrupts.agreed == signal.SIGTERM
    assert asked[0][0] == 0
    assert not interrupts.poll()  # the next communication is three steps later
    assert not interrupts.poll()
    assert len(asked) == 1
    interrupts.poll()
    assert len(asked) == 2


def test_communication_can_be_forced(monkeypatch):
    monkeypatch.setattr(signals.distributed, 'world_size', lambda: 2)
    monkeypatch.setattr(signals.distributed, 'all_reduce_max', lambda values: [0, 1000])
    interrupts = Interrupts(Log())
    interrupts.poll()
    assert not interrupts.poll(now=True)
    assert interrupts.agreed is None
