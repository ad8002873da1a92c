"""Batch norm over processes, against torch's own over the concatenated batch."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from crash_runs import fork_server
from torch import nn

from mmlesson.models.sync_batch_norm import CPUSyncBatchNorm, set_idle


def make_inputs(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 3 + 5


def make_weights(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def train_shard(rank: int, folder: str, shape: tuple[int, ...], sizes: list[int]) -> None:
    """Save what a process gets for its rows; a process without rows is idle on a repeated row."""
    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    norm = CPUSyncBatchNorm(shape[1])
    rows = make_inputs(shape).split(sizes)[rank]
    weights = make_weights(shape).split(sizes)[rank]
    is_idle = len(rows) == 0
    if is_idle:
        rows, weights = make_inputs(shape)[:1], torch.zeros(1, *shape[1:])
    set_idle(norm, is_idle)
    inputs = rows.clone().requires_grad_()
    output = norm(inputs)
    (output * weights).sum().backward()
    result = {'output': output.detach(), 'grad': inputs.grad, 'state': norm.state_dict()}
    torch.save(result, f'{folder}/{rank}.pt')
    dist.destroy_process_group()


@pytest.mark.parametrize(
    ('shape', 'sizes'),
    [((7, 3), [4, 3]), ((5, 2, 3, 3), [4, 1]), ((6, 4), [6, 0])],
    ids=['vectors', 'images, uneven', 'one process idle'],
)
def test_two_processes_equal_a_single_batch(tmp_path, shape, sizes):
    fork_server()
    mp.start_processes(train_shard, (str(tmp_path), shape, sizes), 2, start_method='forkserver')
    ours = [torch.load(tmp_path / f'{rank}.pt', weights_only=True) for rank in range(2)]
    reference = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(shape[1])
    inputs = make_inputs(shape).requires_grad_()
    output = reference(inputs)
    (output * make_weights(shape)).sum().backward()
    kept = [slice(size) for size in sizes]
    for key, wanted in (('output', output.detach()), ('grad', inputs.grad)):
        got = torch.cat([one[key][rows] for one, rows in zip(ours, kept, strict=True)])
        torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)
    for one in ours:
        for name, wanted in reference.state_dict().items():
            torch.testing.assert_close(one['state'][name], wanted)


def test_single_process_is_torchs_batch_norm():
    inputs = make_inputs((6, 3))
    ours, reference = CPUSyncBatchNorm(3), nn.BatchNorm1d(3)
    assert torch.equal(ours(inputs), reference(inputs))
    assert torch.equal(ours.running_var, reference.running_var)


def test_conversion_keeps_parameters_state_and_mode():
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Sequential(nn.BatchNorm2d(2, momentum=None)))
    model(torch.rand(3, 1, 4, 4))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    weight = model[1][0].weight
    model.eval()
    converted = CPUSyncBatchNorm.convert(model)
    norm = converted[1][0]
    assert isinstance(norm, CPUSyncBatchNorm)
    assert norm.weight is weight
    assert norm.momentum is None
    assert not norm.training
    for name, value in converted.state_dict().items():
        assert torch.equal(value, before[name])


def test_input_without_channels_is_refused():
    with pytest.raises(ValueError, match=r'takes \(N, C, \.\.\.\), got \(3,\)'):
        CPUSyncBatchNorm(3)(torch.rand(3))
