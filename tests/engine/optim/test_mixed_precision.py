import pytest
import torch
from torch import nn

from mmlesson.engine import MixedPrecisionOptimWrapper
from mmlesson.errors import ArgumentError


def make(dtype=None, **options):
    torch.manual_seed(0)
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return model, MixedPrecisionOptimWrapper(optimizer, dtype, **options)


def step(model, wrapper, inputs):
    with wrapper.optim_context(model):
        outputs = model(inputs)
        loss = outputs.float().pow(2).mean()
    wrapper.update_params(loss)
    return outputs


@pytest.mark.parametrize('dtype', [None, 'bfloat16'])
def test_forward_pass_is_in_16_bits_and_weights_stay_in_32(dtype):
    model, wrapper = make(dtype)
    outputs = step(model, wrapper, torch.ones(3, 4))
    assert outputs.dtype == torch.bfloat16
    assert model.weight.dtype == torch.float32


def test_step_is_close_to_that_of_full_precision():
    inputs = torch.linspace(-1, 1, 12).reshape(3, 4)
    model, wrapper = make()
    other = nn.Linear(4, 2)
    other.load_state_dict(model.state_dict())
    step(model, wrapper, inputs)
    other(inputs).pow(2).mean().backward()
    expected = other.weight - 0.1 * other.weight.grad
    assert torch.allclose(model.weight, expected, atol=2e-3)


def test_bfloat16_needs_no_scale_and_float16_has_one():
    assert not make('bfloat16')[1].scaler.is_enabled()
    assert make('float16')[1].scaler.is_enabled()


def test_state_of_the_scale_is_restored_and_may_be_missing():
    _, wrapper = make('float16')
    state = wrapper.state_dict()
    assert 'loss_scaler' in state
    wrapper.load_state_dict(state)
    wrapper.load_state_dict({key: state[key] for key in state if key != 'loss_scaler'})


def test_unknown_dtype_is_refused():
    with pytest.raises(ArgumentError, match=r'MixedPrecisionOptimWrapper\.dtype must be one of'):
        make('float8')
