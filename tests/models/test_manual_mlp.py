"""MLPByHand: the backward pass by hand against autograd, and against numbers worked on paper."""

from __future__ import annotations

import io
import warnings

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import MLP, MLPByHand
from mmlesson.models.backbones import ACTIVATIONS
from mmlesson.models.manual_mlp import ACTIVATIONS_BY_HAND


def gradients(net, x, weight_of_output):
    x = x.clone().requires_grad_()
    (out,) = net(x)
    (out * weight_of_output).sum().backward()
    return out.detach(), [x.grad, *(p.grad for p in net.parameters())]


def test_every_activation_of_the_mlp_is_available_by_hand():
    assert set(ACTIVATIONS_BY_HAND) == set(ACTIVATIONS)


@pytest.mark.parametrize('activation', ACTIVATIONS)
@pytest.mark.parametrize('hidden_sizes', [(5,), (7, 5, 4)])
def test_output_and_gradients_equal_autograd(activation, hidden_sizes):
    torch.manual_seed(0)
    by_hand = MLPByHand(6, hidden_sizes, activation).double()
    oracle = MLP(6, hidden_sizes, activation).double()
    oracle.load_state_dict(by_hand.state_dict())
    # From small to huge: torch cuts Softplus off at 20, and exponentials saturate.
    x = torch.randn(9, 2, 3, dtype=torch.float64) * torch.logspace(-3, 2.5, 9).view(-1, 1, 1)
    weight = torch.randn(9, hidden_sizes[-1], dtype=torch.float64)
    out, found = gradients(by_hand, x, weight)
    expected_out, expected = gradients(oracle, x, weight)
    torch.testing.assert_close(out, expected_out, atol=1e-10, rtol=1e-10)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-10, rtol=1e-10)


def test_gradients_are_those_worked_on_paper():
    # One sample (1, 2), two layers of one ReLU: a1 = 1*1 - 1*2 + 3 = 2, a2 = 4*2 - 1 = 7.
    net = MLPByHand(2, (1, 1), 'ReLU').double()
    for parameter, value in zip(
        net.parameters(), ([[1.0, -1.0]], [3.0], [[4.0]], [-1.0]), strict=True
    ):
        parameter.data = torch.tensor(value, dtype=torch.float64)
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    out, found = gradients(net, x, torch.tensor([[10.0]], dtype=torch.float64))
    assert out.tolist() == [[7.0]]
    # dL/dh2 = 10, delta2 = 10; dW2 = 10*2, db2 = 10; delta1 = 10*4 = 40; dW1 = 40*(1, 2), db1 = 40.
    assert [g.tolist() for g in found] == [
        [[40.0, -40.0]],
        [[40.0, 80.0]],
        [40.0],
        [[20.0]],
        [10.0],
    ]


def test_weights_have_the_initial_values_and_names_of_the_mlp():
    torch.manual_seed(3)
    by_hand = MLPByHand(4, (3, 2)).state_dict()
    torch.manual_seed(3)
    mlp = MLP(4, (3, 2)).state_dict()
    assert list(by_hand) == list(mlp)
    assert all(torch.equal(by_hand[name], mlp[name]) for name in mlp)


def test_autograd_records_a_single_operation():
    (out,) = MLPByHand(4, (3, 2))(torch.randn(5, 4))
    assert type(out.grad_fn).__name__ == 'BackpropagationBackward'


def test_backward_runs_under_autocast():
    net = MLPByHand(4, (3, 2))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        (out,) = net(torch.randn(5, 4))
    out.float().sum().backward()
    assert all(p.grad.dtype == torch.float32 for p in net.parameters())


def test_trains_to_the_weights_of_the_mlp(train):
    options = {'train_cfg__max_epochs': 2, 'test_after_train': False}
    by_hand = train('mlp/mlp_backprop.py', 'by_hand', **options)
    autograd = train(
        'mlp/mlp_backprop.py', 'autograd', model={'backbone': {'type': 'MLP'}}, **options
    )
    assert by_hand['val'] == pytest.approx(autograd['val'], rel=1e-5)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: MLPByHand(4, ()), 'hidden_sizes must have at least one width'),
        (lambda: MLPByHand(4, activation='Tahn'), "MLPByHand.activation .* Did you mean 'Tanh'"),
        (lambda: MLPByHand(4)(torch.zeros(1, 5)), 'Set in_features=5'),
    ],
)
def test_wrong_argument_is_named(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()


def test_second_derivatives_are_refused_and_not_silently_wrong():
    net = MLPByHand(2, (3,)).double()
    x = torch.randn(1, 2, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad((net(x)[0] ** 2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match='once_differentiable'):
        gradient.sum().backward()


def test_torchscript_has_the_forward_pass_only():
    net = MLPByHand(6, (7, 5), 'Tanh')
    x = torch.randn(3, 6)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # torch has deprecated TorchScript
        module = torch.jit.trace(net, x, check_trace=False)
        torch.jit.save(module, io.BytesIO())
    (out,) = net(x)
    torch.testing.assert_close(module(x)[0], out)
