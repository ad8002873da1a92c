from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mmlesson.visualization import drawing_process
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.drawing_process import (
    Drawer,
    DrawingProcess,
    Job,
    new_drawers,
)

MATRIX = np.array([[3, 1], [0, 4]])


@pytest.fixture
def job(tmp_path):
    def make(name, plot='draw_confusion_matrix', matrix=MATRIX):
        return Job(name, Drawing(plot, matrix, title=name), tmp_path / name, ('png',))

    return make


@pytest.fixture(scope='module')
def process():
    drawer = DrawingProcess()
    yield drawer
    drawer.close()


def test_process_writes_the_files_that_this_process_would_write(process, job, tmp_path):
    process.submit(job('there'))
    assert [(done.what, error) for done, error in process.finish()] == [('there', None)]
    (tmp_path / 'there.png').rename(tmp_path / 'moved.png')
    job('there').run()
    assert (tmp_path / 'moved.png').read_bytes() == (tmp_path / 'there.png').read_bytes()


def test_failed_drawing_is_reported_and_the_next_is_drawn(process, job, tmp_path):
    process.submit(job('wrong', matrix=np.zeros(2)))
    process.submit(job('right'))
    assert len(process) == 2
    (wrong, error), (right, none) = process.finish()
    assert (wrong.what, right.what, none) == ('wrong', 'right', None)
    assert 'ArgumentError: draw_confusion_matrix' in error
    assert (tmp_path / 'right.png').exists()
    assert len(process) == 0


def test_jobs_of_a_killed_process_are_run_here(job, tmp_path):
    process = DrawingProcess()
    process._process.send_signal(signal.SIGKILL)
    process._process.wait()
    process.submit(job('late'))
    assert [error for _, error in process.finish()] == [None]
    process.close()
    assert (tmp_path / 'late.png').exists()


def test_process_imports_no_torch_and_keeps_what_is_printed_out_of_the_answers(process, job):
    process.submit(job('printed', plot='draw_class_bars'))
    assert [error for _, error in process.finish()] == [None]
    maps = f'/proc/{process._process.pid}/maps'
    if os.path.exists(maps):
        with open(maps) as lines:
            assert 'libtorch' not in lines.read()


@pytest.mark.skipif(sys.platform == 'win32', reason='it has no niceness')
def test_process_lets_training_have_a_core_first(process, job):
    process.submit(job('a'))
    assert [error for _, error in process.finish()] == [None]
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process._process.pid) == min(own + 10, 19)
    group = Path(f'/proc/{process._process.pid}/autogroup')
    assert not group.exists() or group.read_text().split()[-1] == '10'


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='it has no fork')
def test_process_ends_beside_a_forked_worker_that_keeps_its_pipe_open():
    drawer = DrawingProcess()
    worker = multiprocessing.get_context('fork').Process(target=time.sleep, args=(90,), daemon=True)
    worker.start()
    closing = threading.Thread(target=drawer.close, daemon=True)
    try:
        closing.start()
        closing.join(60)
        assert worker.is_alive()
        assert drawer._process.poll() == 0
    finally:
        worker.kill()
        worker.join()
        closing.join()


def test_process_is_not_ended_by_the_interrupt_of_a_terminal(process, job):
    process.submit(job('first'))
    assert [error for _, error in process.finish()] == [None]
    process._process.send_signal(signal.SIGINT)
    process.submit(job('second'))
    assert [error for _, error in process.finish()] == [None]
    assert process._process.poll() is None


def test_process_imports_from_the_working_directory_where_this_process_does(monkeypatch):
    given = {}

    def start(command, env, **_):
        given.update(env)
        raise OSError('no process')

    monkeypatch.setattr(subprocess, 'Popen', start)
    monkeypatch.setattr(sys, 'path', ['', '/other'])
    with pytest.raises(OSError, match='no process'):
        DrawingProcess()
    assert given['PYTHONPATH'] == os.pathsep.join([os.getcwd(), '/other'])


START = """
import os, time
from mmlesson.visualization.drawing_process import DrawingProcess
drawer = DrawingProcess()
print(drawer._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == 'win32', reason='it has no SIGKILL')
def test_process_ends_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, '-c', START], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 300
    while _is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(child)


def _session_niceness(process):
    text = Path(f'/proc/{process._process.pid}/autogroup').read_text()
    return int(text.split()[-1])


@pytest.mark.skipif(not Path('/proc/self/autogroup').exists(), reason='sessions have no priority')
def test_process_yields_to_training_until_it_has_ended(job):
    process = DrawingProcess()
    values = [_session_niceness(process)]
    process.submit(job('during training'))
    values.append(_session_niceness(process))
    process.hurry()
    process.submit(job('after training'))
    values.append(_session_niceness(process))
    process.close()
    assert values == [19, 10, 0]


def _is_running(pid: int) -> bool:
    try:
        with open(f'/proc/{pid}/stat') as stat:
            return stat.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def test_drawing_happens_here_if_matplotlib_is_imported():
    import matplotlib  # noqa: F401

    assert [type(drawer) for drawer in new_drawers(5)] == [Drawer]


@pytest.mark.parametrize(('most', 'cores', 'count'), [(1, 8, 1), (9, 8, 2), (9, 1, 1), (0, 8, 1)])
def test_number_of_processes(monkeypatch, most, cores, count):
    monkeypatch.delitem(sys.modules, 'matplotlib')
    monkeypatch.setattr(drawing_process, 'count_cores', lambda: cores)
    monkeypatch.setattr(drawing_process, 'DrawingProcess', lambda: 'process')
    assert new_drawers(most) == ['process'] * count
