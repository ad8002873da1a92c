from multiprocessing import Pipe
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmlesson.engine.run_status import RunStatus
from mmlesson.play import worker as module
from mmlesson.play.frames import Plane
from mmlesson.play.worker import ClosedError, PlayHook
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory


@pytest.fixture
def pipe():
    page, worker = Pipe()
    yield page, worker
    page.close()
    worker.close()


def runner_after(epoch):
    status = RunStatus(None, {'loss': 0.5, 'accuracy/top1': 90.0}, {'loss': 0.6})
    return SimpleNamespace(epoch=epoch, status=status, bare_model=None)


def test_step_trains_one_epoch_and_pauses(pipe):
    page, worker = pipe
    hook = PlayHook(worker)
    page.send('step')
    hook.at_safe_point(runner_after(1))
    frame = page.recv()
    assert (frame.state, frame.epoch) == ('paused', 1)
    assert (frame.train, frame.val) == ([(0.5, 90.0)], [(0.6, 0.0)])


def test_running_training_sends_no_frame_that_comes_too_soon(pipe):
    page, worker = pipe
    hook = PlayHook(worker)
    page.send(('run', 0.0))
    hook.at_safe_point(runner_after(1))
    hook._sent = float('inf')
    hook.at_safe_point(runner_after(2))
    assert page.recv().epoch == 1
    assert not page.poll(0)


def test_stop_ends_training(pipe):
    page, worker = pipe
    page.send('stop')
    with pytest.raises(ClosedError):
        PlayHook(worker).at_safe_point(runner_after(1))


def test_closed_page_ends_training(pipe):
    page, worker = pipe
    page.close()
    with pytest.raises((EOFError, BrokenPipeError)):
        PlayHook(worker).at_safe_point(runner_after(1))


def test_loss_surface_of_running_training_is_not_renewed_at_once(pipe, monkeypatch):
    found = iter(['first', 'second', 'third'])
    monkeypatch.setattr(module, 'measure_surface', lambda *_: next(found))
    hook, model = PlayHook(pipe[1]), torch.nn.Linear(2, 2)
    hook._plane = Plane((0.0, 1.0, 0.0, 1.0), {'train': (np.zeros((1, 2)), np.zeros(1, int))})
    hook._path = WeightTrajectory.of(model)
    hook._draw_surface(model)
    assert hook.frame.surface is None  # two directions need three points
    for at in range(3):
        hook._path.add(model, at)
    hook._draw_surface(model)
    hook.frame.state = 'running'
    hook._draw_surface(model)
    assert hook.frame.surface == 'first'
    hook.frame.state = 'paused'
    hook._draw_surface(model)
    assert hook.frame.surface == 'second'
