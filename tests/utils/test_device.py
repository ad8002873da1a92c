"""Device names, TF32, and channels-last memory."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmlesson.errors import UserError
from mmlesson.utils.device import resolve_device, use_channels_last, use_tf32


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    monkeypatch.setattr(torch.backends.mps, 'is_available', lambda: False)


def test_auto_is_the_cpu_without_a_gpu(no_gpu):
    assert resolve_device('auto') == torch.device('cpu')


def test_auto_uses_mps_if_available(no_gpu, monkeypatch):
    monkeypatch.setattr(torch.backends.mps, 'is_available', lambda: True)
    assert resolve_device('auto') == torch.device('mps')


def test_auto_uses_the_current_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'current_device', lambda: 1)
    assert resolve_device('auto') == torch.device('cuda', 1)


@pytest.mark.parametrize('name', ['gpu', 'cuda:x', 'CPU', ''])
def test_unknown_device_is_refused(name):
    with pytest.raises(UserError, match=f"must be auto, cpu, cuda, cuda:N or mps, got '{name}'"):
        resolve_device(name)


def test_missing_gpu_is_refused_with_the_number_of_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    assert resolve_device('cuda:1') == torch.device('cuda', 1)
    with pytest.raises(UserError, match='torch sees 2 CUDA'):
        resolve_device('cuda:2')


def test_missing_mps_is_refused(no_gpu):
    with pytest.raises(UserError, match='Use --device cpu'):
        resolve_device('mps')


def test_tf32_is_switched_on_and_off():
    use_tf32(True)
    assert torch.get_float32_matmul_precision() == 'high'
    use_tf32(False)
    assert torch.get_float32_matmul_precision() == 'highest'
    assert not torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize(('shape', 'is_changed'), [((2, 3, 4, 4), True), ((2, 3), False)])
def test_channels_last_changes_the_memory_of_images_only(shape, is_changed):
    class Preprocessor(nn.Module):
        def forward(self, batch):
            return batch

    model = nn.Sequential(nn.Conv2d(3, 4, 1))
    model.data_preprocessor = Preprocessor()
    use_channels_last(model)
    inputs = torch.rand(shape)
    output = model.data_preprocessor({'inputs': inputs})['inputs']
    assert torch.equal(output, inputs)
    assert (output.stride() != inputs.stride()) is is_changed
    assert model[0].weight.stride(1) == 1
