"""How mistakes are told: one line for the person, a traceback for the developer."""

from __future__ import annotations

import errno
import logging
import re

import pytest

from mmlesson.errors import (
    ArgumentError,
    RunError,
    UserError,
    check_choice,
    check_int,
    check_number,
    did_you_mean,
    locate,
)
from mmlesson.utils.cli import run_command


@pytest.fixture(autouse=True)
def _logging_as_it_was(monkeypatch):
    monkeypatch.setattr(logging, 'raiseExceptions', logging.raiseExceptions)


def raising(error: BaseException):
    def main() -> int:
        raise error

    return main


@pytest.mark.parametrize(('returned', 'status'), [(None, 0), (0, 0), (1, 1)])
def test_status_is_what_the_tool_returns(returned, status):
    assert run_command(lambda: returned) == status


@pytest.mark.parametrize(
    ('error', 'status'), [(UserError('no'), 2), (ArgumentError('no'), 2), (RunError('no'), 1)]
)
def test_user_error_is_a_single_line(error, status, capsys):
    assert run_command(raising(error)) == status
    assert capsys.readouterr().err == 'error: no\n'


def test_full_disk_is_a_single_line_that_names_the_file(capsys):
    full = OSError(errno.ENOSPC, 'No space left on device', 'run/log')
    assert run_command(raising(full)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('error: No space left on device: run/log.')
    assert '--resume' in line


@pytest.mark.parametrize('error', [OSError(errno.EACCES, 'denied'), KeyError('x'), SystemExit(130)])
def test_other_errors_are_raised(error):
    with pytest.raises(type(error)) as raised:
        run_command(raising(error))
    assert raised.value is error


@pytest.mark.parametrize(
    ('name', 'hint'),
    [('acuracy', " Did you mean 'accuracy'?"), ('LOSS', " Did you mean 'loss'?"), ('zzz', '')],
)
def test_near_name_is_suggested(name, hint):
    assert did_you_mean(name, ['accuracy', 'loss']) == hint


def test_choice_error_lists_the_choices():
    check_choice('Pool', 'kind', 'max', ('max', 'avg'))
    message = r"Pool\.kind must be one of 'max', 'avg', got 'maxx'\. Did you mean 'max'\?"
    with pytest.raises(ArgumentError, match=message):
        check_choice('Pool', 'kind', 'maxx', ('max', 'avg'))
    with pytest.raises(ArgumentError, match=r"^--kind must be one of 'max', 'avg'"):
        check_choice('pool', '--kind', 'maxx', ('max', 'avg'))


@pytest.mark.parametrize('value', [0, -1, 1.0, True, '1', None, float('nan')])
def test_count_must_be_a_positive_integer(value):
    with pytest.raises(ArgumentError, match=r'A\.n must be an int >= 1, got'):
        check_int('A', 'n', value)
    check_int('A', 'n', 1)


@pytest.mark.parametrize('value', [-0.1, 1.1, True, '0.5', None, float('nan'), float('inf')])
def test_number_must_be_in_its_interval(value):
    with pytest.raises(ArgumentError, match=r'A\.p must be a number in \[0, 1\], got'):
        check_number('A', 'p', value, 0, 1)
    for end in (0, 1, 0.5):
        check_number('A', 'p', end, 0, 1)


def test_error_of_a_loader_worker_is_its_message_without_the_traceback():
    text = (
        'Traceback (most recent call last):\n  File "x.py"\nmmlesson.errors.ArgumentError: a is 1.'
    )
    err = ArgumentError(f'Caught ArgumentError in DataLoader worker process 0.\nOriginal {text}\n')
    assert str(err) == 'a is 1.'
    assert str(ArgumentError('a is 1.')) == 'a is 1.'


def test_location_of_an_error_is_where_it_was_raised():
    with pytest.raises(ValueError, match='invalid literal') as found:
        int('x\ny')
    line = locate(found.value)
    assert line.startswith("ValueError: invalid literal for int() with base 10: 'x")
    assert re.search(r', test_errors\.py:\d+$', line)


def test_location_of_an_error_without_a_message_is_its_type():
    assert locate(KeyError()) == 'KeyError'
