"""Mistakes at the launcher of several processes: one line and status 2."""

from __future__ import annotations

import re
import socket

import pytest
from forked import run_forked
from paths import CONFIGS, TOOLS


def launch(*words, **env):
    words = (TOOLS / 'train.py', CONFIGS / 'mlp/mlp_xor.py', *words)
    return run_forked(TOOLS / 'dist_launch.py', 1, *words, env=env)


@pytest.mark.parametrize(
    ('words', 'env', 'message'),
    [
        (['--max-restarts', '-1'], {}, '--max-restarts must be an int >= 0, got -1'),
        ([], {'NNODES': 'x'}, "NNODES must be a whole number from 1 to .*, got 'x'"),
        ([], {'NNODES': '2', 'NODE_RANK': '-1'}, "NODE_RANK must be .*, got '-1'"),
        ([], {'PORT': '99999'}, "PORT must be a whole number from 1 to 65535, got '99999'"),
    ],
)
def test_number_that_cannot_be_is_one_line(words, env, message):
    done = launch(*words, **env)
    assert done.returncode == 2
    assert done.stderr.count('\n') == 1
    assert re.search(message, done.stderr)


def test_port_in_use_is_one_line():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        done = launch(PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith('error: The processes cannot meet at')
    assert 'Traceback' not in done.stderr
