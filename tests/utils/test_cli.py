"""Command line of a tool: help, wrong flags, exit status."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import subprocess
import sys

import pytest

from mmlesson import utils
from mmlesson.errors import RunError, UserError
from mmlesson.utils.cli import (
    ToolParser,
    check_output_file,
    check_show_dir,
    output_file,
    run_command,
)


def raising(error: Exception):
    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize('answer', [None, 0, 3])
def test_status_is_what_main_returns(answer):
    assert run_command(lambda: answer) == (answer or 0)


@pytest.mark.parametrize(('error', 'status'), [(UserError('wrong'), 2), (RunError('wrong'), 1)])
def test_user_error_is_a_single_line(capsys, error, status):
    assert run_command(raising(error)) == status
    assert capsys.readouterr().err == 'error: wrong\n'


@pytest.mark.parametrize('number', [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_a_single_line_that_names_the_file(capsys, number):
    assert run_command(raising(OSError(number, 'No space left', 'a.pth'))) == 1
    err = capsys.readouterr().err
    assert err.startswith('error: No space left: a.pth.')
    assert '--resume' in err


@pytest.mark.parametrize('error', [OSError(errno.EACCES, 'denied'), ZeroDivisionError()])
def test_defect_keeps_its_traceback(error):
    with pytest.raises(type(error)):
        run_command(raising(error))


def test_unknown_flag_is_a_single_line_with_the_nearest(capsys):
    parser = ToolParser('A tool.')
    parser.add_argument('--seeds')
    with pytest.raises(SystemExit, match='2'):
        parser.parse_args(['--seedz=3'])
    err = capsys.readouterr().err
    assert "Did you mean '--seeds'?" in err
    assert err.count('\n') == 1


def test_help_shows_the_description_unchanged():
    text = 'A tool.\n\nExample:\n    python tool.py   a b'
    assert text in ToolParser(text).format_help()


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('m.txt', r'--out .*m\.txt must end in \.json or \.csv\.'),
        ('there.json', r'--out .*there\.json exists already'),
        ('no/m.json', r'the folder .*no does not exist'),
    ],
)
def test_output_file_that_cannot_be_written_is_refused(tmp_path, name, message):
    (tmp_path / 'there.json').touch()
    with pytest.raises(UserError, match=message):
        check_output_file('--out', tmp_path / name, ['.json', '.csv'])


def test_new_output_file_is_accepted(tmp_path):
    check_output_file('--out', tmp_path / 'm.json', ['.json'])


@pytest.mark.parametrize('name', ['a' * 5000, 'a\nb'])
def test_long_or_broken_path_is_a_single_line_too(capsys, name):
    assert run_command(raising(OSError(errno.ENAMETOOLONG, 'Cannot', name))) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 600


@pytest.mark.parametrize('number', [errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.EROFS])
def test_unusable_path_is_a_single_line(capsys, number):
    assert run_command(raising(OSError(number, 'Cannot', 'a/b.json'))) == 1
    err = capsys.readouterr().err
    assert err.startswith('error: Cannot: a/b.json. Check the path')
    assert err.count('\n') == 1


@pytest.mark.parametrize('file', [utils.__file__, pytest.__file__, 3])
def test_missing_file_of_a_package_keeps_its_traceback(file):
    with pytest.raises(FileNotFoundError):
        run_command(raising(FileNotFoundError(errno.ENOENT, 'No such file', file)))


SLEEP = """
import sys, time
from mmlesson.utils.cli import run_command
def main():
    print('started', flush=True)
    time.sleep(60)
sys.exit(run_command(main))
"""


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such signals')
@pytest.mark.parametrize(
    ('number', 'status', 'line'),
    [(signal.SIGINT, 130, 'Interrupted.\n'), (signal.SIGTERM, 143, 'Terminated.\n')],
)
def test_signal_is_one_line_with_the_status_of_shells(number, status, line):
    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'text': True}
    with subprocess.Popen([sys.executable, '-c', SLEEP], **pipes) as process:
        assert process.stdout.readline() == 'started\n'
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (status, line)


def test_handler_of_sigterm_is_put_back():
    before = signal.getsignal(signal.SIGTERM)
    run_command(lambda: 0)
    assert signal.getsignal(signal.SIGTERM) is before


def test_interrupt_is_a_single_line_with_status_130(capsys):
    assert run_command(raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == 'Interrupted.\n'


def test_closed_pipe_is_not_an_error():
    code = (
        'import sys\n'
        'from mmlesson.utils.cli import run_command\n'
        'sys.exit(run_command(lambda: [print(n) for n in range(10**5)] and 0))\n'
    )
    done = subprocess.run(
        ['bash', '-c', '"$0" -c "$1" | head -n 1', sys.executable, code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ('0\n', '')


WEAKREF = """
import sys, time, weakref
from mmlesson.utils.cli import run_command
class Thing: pass
def callback(_):
    print('started', flush=True)
    time.sleep(5)
def main():
    thing = Thing()
    reference = weakref.ref(thing, callback)
    del thing
    time.sleep(60)
sys.exit(run_command(main))
"""


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such signals')
def test_interrupt_within_a_callback_is_not_lost():
    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, 'text': True}
    with subprocess.Popen([sys.executable, '-c', WEAKREF], **pipes) as process:
        assert process.stdout.readline() == 'started\n'
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, 'Interrupted.\n')


@pytest.mark.parametrize('text', ['', '.', '/'])
def test_output_that_is_no_file_name_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        output_file(text)


def test_folder_with_drawings_or_a_file_is_refused(tmp_path):
    check_show_dir('--show-dir', tmp_path / 'new')
    (tmp_path / 'predictions_1.png').touch()
    with pytest.raises(UserError, match=r'--show-dir .* holds drawings already'):
        check_show_dir('--show-dir', tmp_path)
    with pytest.raises(UserError, match='must be a folder, got'):
        check_show_dir('--show-dir', tmp_path / 'predictions_1.png')


def test_text_that_a_terminal_lacks_is_escaped():
    program = (
        'from mmlesson.utils.cli import run_command\n'
        r'raise SystemExit(run_command(lambda: print("3 \u00d7 \u4e2d \udce9")))'
    )
    done = subprocess.run(
        [sys.executable, '-c', program],
        env={**os.environ, 'PYTHONIOENCODING': 'ascii'},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, '3 \\xd7 \\u4e2d \\udce9\n'), done.stderr


def test_interrupt_within_executed_text_ends_with_the_status_of_an_interrupt():
    program = (
        'from mmlesson.utils.cli import run_command\n'
        'raise SystemExit(run_command(lambda: exec("raise KeyboardInterrupt")))'
    )
    command = [sys.executable, '-c', program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, 'Interrupted.\n')


@pytest.mark.parametrize(('given', 'found'), [(None, 'PASSIVE'), ('ACTIVE', 'ACTIVE')])
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(monkeypatch, given, found):
    monkeypatch.delenv('OMP_WAIT_POLICY', raising=False)
    if given is not None:
        monkeypatch.setenv('OMP_WAIT_POLICY', given)
    assert run_command(lambda: None) == 0
    assert os.environ['OMP_WAIT_POLICY'] == found
