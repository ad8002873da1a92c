"""Completion of command lines; whole lines are completed in the test of the command."""

from __future__ import annotations

import sys

import pytest

from mmlesson.errors import UserError
from mmlesson.utils.completion import complete_config, completed_command, shell_code


@pytest.mark.parametrize(
    ('line', 'command'),
    [
        ('mmlesson ', None),
        ('mmlesson trai', None),
        ('mmlesson train', None),
        ('mmlesson train ', 'train'),
        ('mmlesson  train mlp/', 'train'),
    ],
)
def test_command_is_known_when_the_word_is_finished(monkeypatch, line, command):
    monkeypatch.setenv('_ARGCOMPLETE', '1')
    monkeypatch.setenv('COMP_LINE', line)
    monkeypatch.setenv('COMP_POINT', str(len(line)))
    assert completed_command() == command


def test_nothing_is_completed_outside_of_a_shell(monkeypatch):
    monkeypatch.delenv('_ARGCOMPLETE', raising=False)
    monkeypatch.setenv('COMP_LINE', 'mmlesson train ')
    assert completed_command() is None


def test_configs_and_local_files_complete_a_config(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ('mlp_mine.py', 'mlp.txt'):
        (tmp_path / name).touch()
    (tmp_path / 'mlp_runs').mkdir()
    (tmp_path / 'mlp_runs' / 'deep.py').touch()
    assert complete_config('mlp/mlp_x') == ['mlp/mlp_xor']
    assert complete_config('mlp_') == ['mlp_mine.py', 'mlp_runs/']
    assert complete_config('mlp_runs/') == ['mlp_runs/deep.py']
    assert complete_config('nowhere/') == []


@pytest.mark.parametrize(
    ('shell', 'line'),
    [
        ('bash', '-F _python_argcomplete mmlesson'),
        ('zsh', '#compdef mmlesson'),
        ('fish', 'complete --command mmlesson -f'),
    ],
)
def test_code_is_that_of_the_shell(shell, line):
    pytest.importorskip('argcomplete')
    assert line in shell_code(shell)


def test_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'argcomplete', None)
    with pytest.raises(UserError, match=r'pip install "mmlesson\[completion\]"'):
        shell_code('bash')
