"""The wrapper with one process, where it must equal the bare model; two are in integration."""

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from torch import nn

from mmlesson.engine import LessonDataParallel
from mmlesson.engine.distributed.context import ProcessContext
from mmlesson.engine.distributed.data_parallel import (
    average_running_statistics,
    convert_batch_norm,
    wrap_for_processes,
)
from mmlesson.errors import ArgumentError
from mmlesson.models.sync_batch_norm import CPUSyncBatchNorm


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
        nn.init.constant_(self.linear.weight, 2.0)
        nn.init.constant_(self.linear.bias, 0.0)

    def forward(self, inputs, mode='loss'):
        return {'loss': self.linear(inputs).pow(2).mean()}


@pytest.fixture
def _connected(launched):
    launched()
    context = ProcessContext()
    context.join('pytorch')
    context.connect('cpu')
    yield
    context.close()


def step(loss_weight):
    model = wrap_for_processes(Line(), {})
    assert isinstance(model, LessonDataParallel)
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    model.loss_weight = loss_weight
    logged = model.train_step({'inputs': torch.ones(4, 1)}, wrapper)
    return model.module.linear.weight.item(), logged['loss'].item()


@pytest.mark.usefixtures('_connected')
@pytest.mark.parametrize('loss_weight', [1.0, 0.5, 0.0])
def test_gradient_is_weighted_and_the_logged_loss_is_not(loss_weight):
    weight, loss = step(loss_weight)
    assert loss == pytest.approx(4.0)  # (2 * 1)^2
    assert weight == pytest.approx(2.0 - 0.1 * loss_weight * 4.0)  # d/dw w^2 = 2w = 4


@pytest.mark.usefixtures('_connected')
def test_average_over_one_process_changes_nothing():
    norm = nn.BatchNorm1d(3)
    norm(torch.randn(8, 3))
    before = norm.running_mean.clone(), norm.running_var.clone()
    average_running_statistics(nn.Sequential(norm, nn.Linear(3, 1)))
    assert torch.equal(norm.running_mean, before[0])
    assert torch.equal(norm.running_var, before[1])


def test_model_without_batch_norm_needs_no_connection():
    average_running_statistics(nn.Linear(1, 1))


def test_batch_norm_on_a_cpu_becomes_ours_with_its_state():
    norm = nn.BatchNorm1d(2)
    nn.init.constant_(norm.weight, 3.0)
    model = convert_batch_norm(nn.Sequential(norm), 'torch', torch.device('cpu'))
    assert isinstance(model[0], CPUSyncBatchNorm)
    assert model[0].weight.tolist() == [3.0, 3.0]


def test_unknown_kind_is_refused():
    with pytest.raises(ArgumentError, match=r"sync_bn must be one of 'torch', got 'mmcv'"):
        convert_batch_norm(nn.Linear(1, 1), 'mmcv', torch.device('cpu'))
