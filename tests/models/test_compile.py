"""Compiling, mixed precision, memory formats: the same training, by other means."""

from __future__ import annotations

import logging
import os

import pytest
import torch
from torch import nn
from torch._dynamo import register_backend

from mmlesson.engine.optim.mixed_precision import MixedPrecisionOptimWrapper
from mmlesson.errors import ArgumentError

MLP = 'mlp/mlp_digits.py'
CNN = 'cnn/cnn_digits.py'
SHORT = {'train_cfg__max_epochs': 2}


@register_backend
def broken_backend(graph, inputs):
    raise RuntimeError('no compiler here')


@pytest.fixture
def _fresh_compiler():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@pytest.mark.usefixtures('_fresh_compiler')
@pytest.mark.filterwarnings('ignore')  # of torch's compiler about itself
def test_compiled_step_trains_the_same_weights(train, caplog):
    plain = train(MLP, 'plain', **SHORT)
    compiled = train(MLP, 'compiled', compile={'backend': 'aot_eager'}, **SHORT)
    assert compiled['train'] == pytest.approx(plain['train'], abs=1e-5)
    assert compiled['val'] == pytest.approx(plain['val'], abs=1e-5)


@pytest.mark.usefixtures('_fresh_compiler')
@pytest.mark.filterwarnings('ignore')
def test_step_that_cannot_be_compiled_runs_in_eager_mode_with_a_warning(build, train, caplog):
    runner = build(MLP, 'broken', compile={'backend': 'broken_backend'}, **SHORT)
    runner.logger.addHandler(caplog.handler)
    runner.train()
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert sum('Not compiled, and trained as it is' in one for one in warnings) == 1
    assert 'no compiler here' in ' '.join(warnings)
    assert runner.status.train_metrics == pytest.approx(
        train(MLP, 'plain', **SHORT)['train'], abs=0
    )


def test_channels_last_changes_the_memory_format_and_not_the_result(build):
    runs = []
    for channels_last in (False, True):
        options = {'channels_last': channels_last, 'train_cfg__max_epochs': 1}
        runner = build(CNN, str(channels_last), **options)
        runner.train()
        runs.append(runner)
    weights = [runner.bare_model.backbone.stages[4].weight for runner in runs]
    assert [w.is_contiguous(memory_format=torch.channels_last) for w in weights] == [False, True]
    losses = [runner.status.train_metrics['loss'] for runner in runs]
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)  # sums in another order; 2e-4 with AVX2


@pytest.mark.parametrize('wanted', [True, False])
def test_tf32_follows_the_config(build, wanted):
    build(MLP, tf32=wanted)
    assert torch.get_float32_matmul_precision() == ('high' if wanted else 'highest')
    assert torch.backends.cudnn.allow_tf32 == wanted


def test_deterministic_mode_repeats_and_sets_up_cublas(train, monkeypatch):
    monkeypatch.delenv('CUBLAS_WORKSPACE_CONFIG', raising=False)
    options = {**SHORT, 'randomness__deterministic': True}
    try:
        runs = [train(CNN, str(number), **options) for number in range(2)]
        assert os.environ['CUBLAS_WORKSPACE_CONFIG'] == ':4096:8'
    finally:
        torch.use_deterministic_algorithms(False)
    assert runs[0]['weights_sha256'] == runs[1]['weights_sha256']


def net_and_data() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return net, torch.randn(16, 4, generator=generator), torch.arange(16) % 3


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_mixed_precision_is_torchs_recipe(dtype):
    kind = getattr(torch, dtype)
    net, x, y = net_and_data()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    scaler = torch.amp.GradScaler('cpu', enabled=dtype == 'float16')
    for _ in range(5):
        with torch.autocast('cpu', kind):
            loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()

    ours, x, y = net_and_data()
    wrapper = MixedPrecisionOptimWrapper(
        torch.optim.SGD(ours.parameters(), 0.1), dtype, clip_grad={'max_norm': 0.5}
    )
    for _ in range(5):
        with wrapper.optim_context(ours):
            loss = nn.functional.cross_entropy(ours(x), y)
        wrapper.update_params(loss)
    for mine, theirs in zip(ours.parameters(), net.parameters(), strict=True):
        assert torch.equal(mine, theirs)
        assert mine.dtype == torch.float32


def test_step_with_overflow_is_skipped_and_the_scale_is_halved():
    net, x, y = net_and_data()
    wrapper = MixedPrecisionOptimWrapper(torch.optim.SGD(net.parameters(), 0.1), 'float16')
    before = [parameter.clone() for parameter in net.parameters()]
    scale = wrapper.scaler.get_scale()
    with wrapper.optim_context(net):
        loss = nn.functional.cross_entropy(net(x), y) * torch.inf
    wrapper.update_params(loss)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    assert wrapper.scaler.get_scale() == scale / 2
    net, *_ = net_and_data()
    again = MixedPrecisionOptimWrapper(torch.optim.SGD(net.parameters(), 0.1), 'float16')
    again.load_state_dict(wrapper.state_dict())
    assert again.scaler.get_scale() == scale / 2


def test_mixed_precision_supports_two_dtypes():
    net, *_ = net_and_data()
    message = r"MixedPrecisionOptimWrapper\.dtype must be one of None, 'bfloat16', 'float16'"
    with pytest.raises(ArgumentError, match=message):
        MixedPrecisionOptimWrapper(torch.optim.SGD(net.parameters(), 0.1), 'int8')
