"""Two machines, in network namespaces with a cable between them, which is cut and mended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from external import missing
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
def hosts() -> Iterator[tuple[str, str]]:
    """Return the names of two hosts that see each other, and nothing else."""
    try:
        for host in HOSTS:
            ip('netns', 'add', host)
        ends = [('name', 'eth9', 'netns', host) for host in HOSTS]
        ip('link', 'add', *ends[0], 'type', 'veth', 'peer', *ends[1])
        for host, address in zip(HOSTS, ADDRESSES, strict=True):
            ip('-n', host, 'addr', 'add', f'{address}/30', 'dev', 'eth9')
            for link in ('lo', 'eth9'):
                ip('-n', host, 'link', 'set', link, 'up')
        yield HOSTS
    finally:
        for host in HOSTS:
            subprocess.run(['ip', 'netns', 'del', host], check=False)


def start(hosts: tuple[str, str], config: Path, work_dir: Path, port: int, *flags: str):
    """Start the same command on both hosts; their logs lie beside the run."""
    started = []
    for rank, host in enumerate(hosts):
        place = {'NNODES': '2', 'NODE_RANK': str(rank), 'MASTER_ADDR': ADDRESSES[0]}
        environment = {**os.environ, **place, 'PORT': str(port), 'PYTHON': sys.executable}
        command = ['tools/dist_train.sh', config, '1', '--device', 'cpu', '--work-dir', work_dir]
        with (work_dir.parent / f'{work_dir.name}.{rank}.log').open('w') as log:
            started.append(
                subprocess.Popen(
                    ['ip', 'netns', 'exec', host, *map(str, command), *flags],
                    cwd=ROOT,
                    env={**environment, 'PYTHONPATH': str(ROOT)},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
    return started


def weights(work_dir: Path) -> str:
    summary = json.loads((work_dir / 'summary.json').read_text())
    assert (summary['status'], summary['world_size']) == ('completed', 2)
    return summary['weights_sha256']


def test_lost_connection_is_reported_by_both_hosts_and_the_run_can_be_resumed(hosts, tmp_path):
    config = tmp_path / 'lesson.py'
    config.write_text(
        f'_base_ = [{str(ROOT / "configs/cnn/cnn_digits.py")!r}]\n'
        'train_dataloader = dict(batch_size=4)\n'
        'train_cfg = dict(max_epochs=5)\n'
        'default_hooks = dict(visualization=None)\n'
        'env_cfg = dict(dist_cfg=dict(timeout=5))\n'
    )
    assert [one.wait(120) for one in start(hosts, config, tmp_path / 'whole', 29551)] == [0, 0]

    cut = start(hosts, config, tmp_path / 'cut', 29552)
    end = time.monotonic() + 300
    while not (tmp_path / 'cut' / 'epoch_2.pth').exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    ip('-n', hosts[0], 'link', 'set', 'eth9', 'down')
    assert [one.wait(60) for one in cut] == [1, 1]
    for rank in range(2):
        log = (tmp_path / f'cut.{rank}.log').read_text()
        assert log.count('it hangs, or the network is down') == 1
        assert 'Traceback' not in log

    ip('-n', hosts[0], 'link', 'set', 'eth9', 'up')
    resumed = start(hosts, config, tmp_path / 'cut', 29553, '--resume', 'auto')
    assert [one.wait(120) for one in resumed] == [0, 0]
    assert weights(tmp_path / 'cut') == weights(tmp_path / 'whole')
