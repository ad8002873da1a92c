import signal
import threading

import pytest
from torch.distributed import HashStore

from mmlesson.engine.distributed.peer_failure import (
    describe_lost_connection,
    ignore_launcher_signal,
    is_lost_connection,
    record_failure,
    recorded_failure,
)


def test_first_failure_is_kept_and_the_second_is_not_the_first(monkeypatch):
    store = HashStore()
    monkeypatch.setenv('RANK', '1')
    assert record_failure(store, ValueError('bad batch'))
    monkeypatch.setenv('RANK', '0')
    assert not record_failure(store, RuntimeError('lost'))
    assert recorded_failure(store) == 'rank 1: ValueError: bad batch'


def test_no_failure_is_none_after_the_wait():
    assert recorded_failure(HashStore(), seconds=0) is None


@pytest.mark.parametrize(
    ('error', 'lost'),
    [
        (RuntimeError('Connection closed by peer [127.0.0.1]:1'), True),
        (RuntimeError('Connection reset by peer'), True),
        (RuntimeError('[../gloo/transport/tcp/pair.cc:534]'), True),
        (RuntimeError('NCCLRemoteError'), True),
        (RuntimeError('mat1 and mat2 shapes cannot be multiplied'), False),
        (ValueError('Connection closed by peer'), False),
    ],
)
def test_lost_connection_is_recognised_by_the_words_of_gloo_and_nccl(error, lost):
    assert is_lost_connection(error) is lost


@pytest.mark.parametrize(
    ('text', 'failure', 'message'),
    [
        ('x', 'rank 1: ValueError: y', '^Another process failed: rank 1: ValueError: y$'),
        ('Timed out waiting 20000ms', None, 'did not answer in time.*Continue with --resume'),
        ('closed by\n peer', None, r'was lost: it was killed.*--resume. \(closed by peer\)'),
    ],
)
def test_cause_of_a_lost_connection_is_described(text, failure, message):
    with pytest.raises(Exception, match=message):
        raise describe_lost_connection(RuntimeError(text), failure)


def test_launcher_signal_is_ignored_in_the_main_thread_only():
    before = signal.getsignal(signal.SIGTERM)
    try:
        thread = threading.Thread(target=ignore_launcher_signal)
        thread.start()
        thread.join()
        assert signal.getsignal(signal.SIGTERM) == before
        ignore_launcher_signal()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
