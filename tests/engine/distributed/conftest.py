"""Fixtures of tests that connect processes."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Give the environment that torchrun gives to the only process of a launch."""

    def launch() -> None:
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        for name, value in {
            'RANK': '0',
            'LOCAL_RANK': '0',
            'WORLD_SIZE': '1',
            'LOCAL_WORLD_SIZE': '1',
            'MASTER_ADDR': '127.0.0.1',
            'MASTER_PORT': str(port),
            'OMP_NUM_THREADS': '1',
            # What connecting would set, and leave to the tests after it.
            'GLOO_SOCKET_IFNAME': 'lo',
            'NCCL_SOCKET_IFNAME': 'lo',
        }.items():
            monkeypatch.setenv(name, value)

    return launch
