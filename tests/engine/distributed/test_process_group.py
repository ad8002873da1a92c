"""Process groups of one process, one after the other, in this process."""

from __future__ import annotations

import socket
import sys

import pytest
import torch
import torch.distributed as dist

from mmlesson.engine import distributed
from mmlesson.engine.distributed.process_context import ProcessContext, current_context
from mmlesson.errors import UserError


@pytest.fixture
def launched(monkeypatch):
    """Set the environment that torchrun gives a single process."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    names = {'RANK': 0, 'WORLD_SIZE': 1, 'LOCAL_RANK': 0, 'LOCAL_WORLD_SIZE': 1}
    names |= {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': port, 'OMP_NUM_THREADS': 1}
    for name, value in names.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr('atexit.register', lambda *_: None)
    threads = torch.get_num_threads()
    yield
    current_context().close()
    torch.set_num_threads(threads)


def use_all_collectives() -> None:
    assert (distributed.rank(), distributed.world_size()) == (0, 1)
    assert distributed.all_gather({'a': 1}) == [{'a': 1}]
    assert distributed.all_reduce_max([3, -1]) == [3, -1]
    assert distributed.broadcast('x') == 'x'
    distributed.barrier()


def test_without_a_launcher_collectives_are_those_of_one_process():
    with distributed.process_group('none'):
        distributed.connect('cpu')
        assert current_context() == ProcessContext()
        use_all_collectives()


def test_two_contexts_one_after_the_other(launched):
    for _ in range(2):
        with distributed.process_group('pytorch'):
            distributed.connect('cpu')
            assert current_context().is_connected
            use_all_collectives()
        assert current_context() == ProcessContext()
        assert not dist.is_initialized()


def test_context_closed_after_a_failure_can_be_joined_again(launched, capsys):
    def fail() -> None:
        with distributed.process_group('pytorch'):
            distributed.connect('cpu')
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert capsys.readouterr().err == 'rank 0 of 1 failed:\n'
    assert current_context().has_joined  # the others still read the failure
    current_context().close()
    with distributed.process_group('pytorch'):
        distributed.connect('cpu')
        use_all_collectives()


def test_joining_and_connecting_twice_changes_nothing(launched):
    distributed.join_process_group('pytorch')
    distributed.connect('cpu')
    before = vars(current_context()).copy()
    distributed.join_process_group('pytorch')
    distributed.connect('cpu')
    assert vars(current_context()) == before


def test_one_gpu_for_all_processes_is_refused(launched):
    distributed.join_process_group('pytorch')
    with pytest.raises(UserError, match="device 'cuda:0' names one GPU for all processes"):
        distributed.connect('cuda:0')


def test_more_processes_than_gpus_are_refused(launched, monkeypatch):
    monkeypatch.setattr(
        sys.modules[distributed.process_group.__module__], 'resolve_device', torch.device
    )
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    distributed.join_process_group('pytorch')
    with pytest.raises(UserError, match='this machine has 0 for 1'):
        distributed.connect('cuda')


def test_failure_without_a_group_is_not_reported():
    error = RuntimeError('closed by peer')
    assert distributed.explain_peer_failure(error) is error
    assert not distributed.report_failure(error)
