"""Two machines, in network namespaces with a cable between them, which is cut and mended."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from crash_runs import Command
from external import missing
from forked import fork_ranks
from paths import ROOT

ADDRESSES = ('10.199.77.1', '10.199.77.2')
HOSTS = tuple(f'lesson{os.getpid()}{letter}' for letter in 'ab')


def ip(*words: str) -> None:
    subprocess.run(['ip', *words], check=True, capture_output=True)


def refuses_namespaces() -> bool:
    if missing('ip', root=True):
        return False  # the marker `external` says so
    name = f'probe{os.getpid()}'
    added = subprocess.run(['ip', 'netns', 'add', name], capture_output=True, check=False)
    if added.returncode == 0:
        ip('netns', 'del', name)
    return added.returncode != 0


pytestmark = [
    pytest.mark.external('ip', root=True),
    pytest.mark.skipif(refuses_namespaces(), reason='network namespaces not allowed'),
]


@pytest.fixture(scope='module')
def hosts() -> Iterator[None]:
    """Make two hosts that see each other, and nothing else."""
    try:
        for host in HOSTS:
            ip('netns', 'add', host)
        ends = [('name', 'eth9', 'netns', host) for host in HOSTS]
        ip('link', 'add', *ends[0], 'type', 'veth', 'peer', *ends[1])
        for host, address in zip(HOSTS, ADDRESSES, strict=True):
            ip('-n', host, 'addr', 'add', f'{address}/30', 'dev', 'eth9')
            for link in ('lo', 'eth9'):
                ip('-n', host, 'link', 'set', link, 'up')
        yield
    finally:
        for host in HOSTS:
            subprocess.run(['ip', 'netns', 'del', host], check=False)


def enter(host: str, env: dict[str, str]) -> None:
    """Move this process to a host, as `ip netns exec` does, with both streams in the same file."""
    with Path('/var/run/netns', host).open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000):  # CLONE_NEWNET
            raise OSError(ctypes.get_errno(), host)
    os.environ.update(env)
    os.dup2(1, 2)
    fork_ranks()


def start(config: Path, work_dir: Path, port: int, *flags: str) -> list[Command]:
    """Start the same command on both hosts; their logs lie beside the run."""
    words = ['tools/dist_launch.py', '1', 'tools/train.py', config, '--launcher', 'pytorch']
    words += ['--device', 'cpu', '--work-dir', work_dir, *flags]
    place = {'NNODES': '2', 'MASTER_ADDR': ADDRESSES[0], 'PORT': str(port)}
    return [
        Command(
            list(map(str, words)),
            work_dir.with_name(f'{work_dir.name}.{rank}'),
            before=partial(enter, host, {**place, 'NODE_RANK': str(rank)}),
        )
        for rank, host in enumerate(HOSTS)
    ]


def weights(work_dir: Path) -> str:
    summary = json.loads((work_dir / 'summary.json').read_text())
    assert (summary['status'], summary['world_size']) == ('completed', 2)
    return summary['weights_sha256']


@pytest.mark.usefixtures('hosts')
def test_lost_connection_is_reported_by_both_hosts_and_the_run_can_be_resumed(tmp_path):
    config = tmp_path / 'lesson.py'
    config.write_text(
        f'_base_ = [{str(ROOT / "configs/cnn/cnn_digits.py")!r}]\n'
        'train_dataloader = dict(batch_size=4)\n'
        'train_cfg = dict(max_epochs=3)\n'
        'default_hooks = dict(visualization=None)\n'
        'env_cfg = dict(dist_cfg=dict(timeout=5))\n'
    )
    assert [one.wait() for one in start(config, tmp_path / 'whole', 29551)] == [0, 0]

    cut = start(config, tmp_path / 'cut', 29552)
    end = time.monotonic() + 300
    while not (tmp_path / 'cut' / 'epoch_1.pth').exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    ip('-n', HOSTS[0], 'link', 'set', 'eth9', 'down')
    assert [one.wait() for one in cut] == [1, 1]
    for one in cut:
        assert one.out.count('it hangs, or the network is down') == 1
        assert 'Traceback' not in one.out

    ip('-n', HOSTS[0], 'link', 'set', 'eth9', 'up')
    resumed = start(config, tmp_path / 'cut', 29553, '--resume', 'auto')
    assert [one.wait() for one in resumed] == [0, 0]
    assert weights(tmp_path / 'cut') == weights(tmp_path / 'whole')
