"""Failures of other processes, reported through a store in this process."""

from __future__ import annotations

import atexit
import signal

import pytest
from torch.distributed import HashStore

from mmlesson.engine.distributed import peer_failure
from mmlesson.engine.distributed.peer_failure import FailureReporter, PeerError, is_lost_connection
from mmlesson.errors import UserError

LOST = RuntimeError('[gloo/transport/tcp/pair.cc:534] Connection closed by peer')


@pytest.fixture(autouse=True)
def same_handlers_afterwards(monkeypatch):
    monkeypatch.setattr(atexit, 'register', lambda *_: None)
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def two_processes():
    store = HashStore()
    return FailureReporter(store, 0), FailureReporter(store, 1)


def test_only_the_first_failure_is_reported(two_processes):
    zero, one = two_processes
    assert one.report(ValueError('bad'))
    assert not zero.report(ValueError('also bad'))
    assert one.report(ValueError('again'))  # the answer of the first call


def test_lost_connection_is_explained_by_the_first_failure(two_processes):
    zero, one = two_processes
    one.report(ValueError('bad'))
    error = zero.explain(LOST)
    assert isinstance(error, PeerError)
    assert str(error) == 'Another process failed: rank 1: ValueError: bad'
    assert not zero.report(error)


def test_process_killed_without_a_report_is_said_to_be_lost(two_processes, monkeypatch):
    reporter = two_processes[0]
    monkeypatch.setattr(reporter, '_read_message', lambda *_: None)
    error = reporter.explain(LOST)
    assert 'was lost' in str(error)
    assert '--resume' in str(error)


def test_timeout_is_said_to_be_one(two_processes, monkeypatch):
    reporter = two_processes[0]
    monkeypatch.setattr(reporter, '_read_message', lambda *_: None)
    error = reporter.explain(RuntimeError('pair.cc: Timed out waiting 5000ms'))
    assert 'did not answer in time' in str(error)


def test_other_errors_stay_as_they_are(two_processes):
    for error in (ValueError('closed by peer'), RuntimeError('shapes'), UserError('x')):
        assert two_processes[0].explain(error) is error


def test_launchers_signal_is_ignored_while_a_failure_is_explained(two_processes):
    two_processes[1].report(ValueError('bad'))
    two_processes[0].explain(LOST)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


@pytest.mark.parametrize('rank', [0, 1])
def test_process_that_serves_the_store_waits_at_its_end(monkeypatch, rank):
    waits = []
    monkeypatch.setattr(atexit, 'register', lambda *args: waits.append(args[1]))
    monkeypatch.delenv('TORCHELASTIC_RUN_ID', raising=False)
    FailureReporter(HashStore(), rank).report(ValueError('bad'))
    assert waits == ([peer_failure.STORE_SECONDS] if rank == 0 else [])


@pytest.mark.parametrize(
    ('error', 'is_lost'),
    [
        (LOST, True),
        (RuntimeError('NCCL error: ncclRemoteError'), True),
        (RuntimeError('Broken pipe'), True),
        (RuntimeError('size mismatch'), False),
        (OSError('Broken pipe'), False),
    ],
)
def test_lost_connection_is_recognised_by_torchs_messages(error, is_lost):
    assert is_lost_connection(error) is is_lost
