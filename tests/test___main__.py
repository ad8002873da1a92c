"""The command ``mmlesson``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from paths import ROOT, TOOLS

from mmlesson import __main__, __version__
from mmlesson.utils.cli import ToolParser
from mmlesson.utils.shipped import COMMANDS


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs a command line in this process."""
    monkeypatch.setattr(ToolParser, 'command', None)  # restored at the end

    def run_command(*words):
        monkeypatch.setattr(sys, 'argv', ['mmlesson', *words])
        try:
            status = __main__.main()
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run_command


@pytest.mark.parametrize('command', COMMANDS)
def test_help_of_a_command_has_examples_of_the_command(run, command):
    status, out, _ = run(command, '--help')
    assert status == 0
    assert out.startswith(f'usage: mmlesson {command} ')
    examples = out.partition('Example:\n')[2].partition('\n\n')[0]
    assert f'    mmlesson {command} ' in examples
    assert 'python tools/' not in examples
    assert 'configs/' not in examples


@pytest.mark.parametrize('words', [(), ('--help',)])
def test_help_lists_each_command(run, words):
    status, out, _ = run(*words)
    assert status == 0
    assert all(f'\n    {command} ' in out for command in COMMANDS)
    assert 'Train the model of a config.' in out


def test_version_is_that_of_the_package(run):
    assert run('--version') == (0, f'{__version__}\n', '')


def test_unknown_command_is_a_single_line(run):
    status, out, err = run('trai')
    assert (status, out) == (2, '')
    problem = "argument COMMAND: invalid choice: 'trai'"
    assert err == f"error: {problem}. Did you mean 'train'? See --help.\n"


def test_command_unlike_any_is_a_single_line(run):
    _, _, err = run('xyzzy')
    assert err.startswith("error: argument COMMAND: invalid choice: 'xyzzy' (choose from ")
    assert err.count('\n') == 1


def test_mistake_of_a_user_is_a_single_line_with_the_status_of_the_tool(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = run('config', 'nowhere.py')
    assert (status, err) == (2, 'error: There is no config at nowhere.py.\n')


def test_command_line_of_the_tool_is_recorded_for_the_run(run):
    run('train', '--help')
    assert sys.argv == [str(TOOLS / 'train.py'), '--help']


@pytest.mark.skipif(shutil.which('bash') is None, reason='needs bash')
def test_bash_evaluates_the_code_for_it(run):
    pytest.importorskip('argcomplete')
    status, out, _ = run('--print-completion', 'bash')
    assert status == 0
    done = subprocess.run(
        ['bash', '-c', f'{out}\ncomplete -p mmlesson'], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith(' mmlesson\n')


@pytest.mark.parametrize(
    ('line', 'words'),
    [
        ('mmlesson tr', ['train']),
        ('mmlesson train --dev', ['--device']),
        ('mmlesson train mlp/mlp_x', ['mlp/mlp_xor']),
        ('mmlesson check cnn/cnn_digits mlp/mlp_x', ['mlp/mlp_xor']),
        ('mmlesson list lo', ['losses']),
    ],
)
@pytest.mark.parametrize('shell', ['bash', 'fish'])
def test_shell_completes_a_line(tmp_path, line, words, shell):
    pytest.importorskip('argcomplete')
    found = tmp_path / 'found'
    of_shell = {
        '_ARGCOMPLETE': '1',
        '_ARGCOMPLETE_IFS': '\n',
        '_ARGCOMPLETE_SHELL': shell,
        '_ARGCOMPLETE_STDOUT_FILENAME': str(found),
        'COMP_LINE': line,
        'COMP_POINT': str(len(line)),
    }
    env = {**os.environ, 'PYTHONPATH': str(ROOT), **of_shell}
    subprocess.run([sys.executable, '-m', 'mmlesson'], cwd=tmp_path, env=env, check=True)
    assert [word.strip() for word in found.read_text().splitlines()] == words
