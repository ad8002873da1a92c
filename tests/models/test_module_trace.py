"""Trace of the calls of a small network, against its structure."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmlesson.models.module_trace import last_tensor, record_calls, with_last_tensor


def small():
    return nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)))


def test_calls_are_in_the_order_in_which_modules_return():
    model, x = small(), torch.randn(5, 3)
    calls = record_calls(model, lambda: model(x))
    assert [call.name for call in calls] == ['0', '1.0', '1.1', '1', '']
    assert [call.called for call in calls] == [False, False, False, True, True]
    assert calls[0].inputs is x
    torch.testing.assert_close(calls[1].output, model[0](x).relu())


def test_meter_is_divided_among_the_calls():
    model, x = small(), torch.randn(1, 3)
    count = [0]
    for module in model.modules():
        module.register_forward_pre_hook(lambda *_: count.__setitem__(0, count[0] + 1))
    calls = record_calls(model, lambda: model(x), lambda: count[0])
    # A module's count rises before its call is entered, so its caller is charged.
    assert [call.cost for call in calls] == [0, 0, 0, 2, 2]


def test_hooks_are_removed_after_an_error():
    model = small()
    with pytest.raises(RuntimeError):
        record_calls(model, lambda: model(torch.randn(1, 9)))
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())


def test_last_tensor_and_its_replacement():
    one, two, new = torch.zeros(1), torch.ones(1), torch.full((1,), 7.0)
    assert last_tensor(one) is one
    assert last_tensor((one, two, 'text')) is two
    assert last_tensor(['text']) is None
    assert with_last_tensor(one, new) is new
    replaced = with_last_tensor((one, two), new)
    assert replaced[0] is one
    assert replaced[1] is new
