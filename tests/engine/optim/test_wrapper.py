import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from mmlesson.engine.optim.wrapper import LessonOptimWrapper


def steps(kind, optimizer='Adam', **options):
    """Return the weights after ten steps."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    wrapper = kind(getattr(torch.optim, optimizer)(model.parameters(), lr=0.1), **options)
    wrapper.initialize_count_status(model, 0, 10)
    for inputs in torch.randn(10, 5, 3):
        with wrapper.optim_context(model):
            loss = model(inputs).square().mean()
        wrapper.update_params(loss)
    return model


@pytest.mark.parametrize(
    'options', [{}, {'accumulative_counts': 3}, {'clip_grad': {'max_norm': 0.1}}]
)
def test_weights_are_those_of_mmengines_wrapper(options):
    for optimizer in ('Adam', 'SGD'):
        ours = steps(LessonOptimWrapper, optimizer, **dict(options))
        theirs = steps(OptimWrapper, optimizer, **dict(options))
        assert torch.equal(ours.weight, theirs.weight)
        assert torch.equal(ours.bias, theirs.bias)


def test_gradients_are_removed_after_a_step():
    assert [parameter.grad for parameter in steps(LessonOptimWrapper).parameters()] == [None, None]


@pytest.mark.parametrize('options', [{}, {'set_to_none': False}])
def test_zero_grad_of_the_optimizer_is_respected(options):
    called = []

    class Own(torch.optim.SGD):
        def zero_grad(self, set_to_none=True):
            called.append(set_to_none)

    wrapper = LessonOptimWrapper(Own(nn.Linear(1, 1).parameters(), lr=1.0))
    wrapper.zero_grad(**options)
    assert called == [options.get('set_to_none', True)]


def test_gradients_are_averaged_over_processes_only_before_an_update():
    class Spread(nn.Linear):
        entered = 0

        def no_sync(self):
            self.entered += 1
            return torch.no_grad()

    model = Spread(1, 1)
    wrapper = LessonOptimWrapper(torch.optim.SGD(model.parameters(), lr=1.0), accumulative_counts=2)
    with wrapper.optim_context(model):
        assert model.entered == 1


@pytest.mark.parametrize('register', ['own', 'global', 'patched'])
def test_what_is_attached_to_a_step_is_called(register):
    called = []
    wrapper = LessonOptimWrapper(torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0))
    wrapper.step()  # before: without anything attached
    handle = None
    if register == 'own':
        wrapper.optimizer.register_step_post_hook(lambda *_: called.append('hook'))
    elif register == 'global':
        handle = register_optimizer_step_pre_hook(lambda *_: called.append('hook'))
    else:
        wrapper.optimizer.step = lambda: called.append('patch')  # as torch's schedulers do
    wrapper.step()
    if handle is not None:
        handle.remove()
    assert len(called) == 1


def test_a_step_of_an_optimizer_of_the_user_is_called():
    class Own(torch.optim.Optimizer):
        calls = 0

        def step(self, closure=None):
            self.calls += 1

    wrapper = LessonOptimWrapper(Own(nn.Linear(1, 1).parameters(), {}))
    wrapper.step()
    assert wrapper.optimizer.calls == 1
