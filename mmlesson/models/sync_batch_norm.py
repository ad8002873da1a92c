"""Batch normalisation over the samples of all processes, on CPUs."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _SumOverProcesses(torch.autograd.Function):
    """Sum of a tensor over all processes; the backward pass sums the gradients in the same way."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        total = value.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


class CPUSyncBatchNorm(_BatchNorm):
    """Batch norm whose mean and variance are those of the batches of all processes.

    torch's ``SyncBatchNorm`` only supports GPUs; this class is for CPUs, so that one process and
    several train the same model. In evaluation and in a single process it is torch's batch norm.
    Arguments, parameters and state are those of `torch.nn.BatchNorm1d`.

    Shape:
        Input (N, C, ...), N may differ between processes; output of the same shape. Sums are taken
        in float32.

    References:
        Ioffe, Szegedy (2015), arXiv:1502.03167.
    """

    is_idle = False  # whether this process has no sample of its own in this step

    def forward(self, input: Tensor) -> Tensor:
        """Return the input, normalised per channel."""
        alone = not dist.is_initialized() or dist.get_world_size() == 1
        if alone or not self.training:
            return super().forward(input)
        return self._normalise(input.float()).to(input.dtype)

    def _normalise(self, input: Tensor) -> Tensor:
        axes = [axis for axis in range(input.ndim) if axis != 1]
        shape = (1, -1, *[1] * (input.ndim - 2))
        share = 0.0 if self.is_idle else 1.0
        own = torch.tensor([share * (input.numel() // input.shape[1])])
        sums = _SumOverProcesses.apply(torch.cat([share * input.sum(axes), own]))
        count = sums[-1].detach()
        mean = sums[:-1] / count
        centred = input - mean.view(shape)
        # Two passes, because E[x^2] - E[x]^2 would lose precision.
        variance = _SumOverProcesses.apply(share * centred.square().sum(axes)) / count
        self._follow(mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
        output = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            output = output * self.weight.view(shape) + self.bias.view(shape)
        return output

    @torch.no_grad()
    def _follow(self, mean: Tensor, unbiased_variance: Tensor) -> None:
        if not self.track_running_stats or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        rate = self.momentum
        if rate is None:  # a plain average over all batches
            rate = 1.0 / float(self.num_batches_tracked)
        for running, new in ((self.running_mean, mean), (self.running_var, unbiased_variance)):
            if running is not None:
                running.lerp_(new, rate)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f'CPUSyncBatchNorm takes (N, C, ...), got {tuple(input.shape)}.')

    @classmethod
    def convert(cls, module: nn.Module) -> nn.Module:
        """Return a module with all batch norms replaced; parameters and state are kept."""
        if isinstance(module, _BatchNorm) and not isinstance(module, cls):
            new = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
            )
            new.train(module.training)
            for name, tensor in [*module._parameters.items(), *module._buffers.items()]:
                setattr(new, name, tensor)
            return new
        for name, child in module.named_children():
            setattr(module, name, cls.convert(child))
        return module


def set_idle(model: nn.Module, is_idle: bool) -> None:
    """Set whether the batch norms ignore this process's samples in this step."""
    for module in model.modules():
        if isinstance(module, CPUSyncBatchNorm):
            module.is_idle = is_idle
