"""The short run that can kill itself."""

from __future__ import annotations

import signal
from types import SimpleNamespace

import pytest

from mmlesson.apis.module_check import short_run


@pytest.mark.parametrize(('epoch', 'kills'), [(0, 0), (1, 1), (2, 0)])
def test_process_is_killed_in_the_second_epoch(monkeypatch, epoch, kills):
    sent = []
    monkeypatch.setattr(short_run.os, 'kill', lambda process, number: sent.append(number))
    short_run.KillHook().after_train_iter(SimpleNamespace(epoch=epoch), 0)
    assert sent == [signal.SIGKILL] * kills
