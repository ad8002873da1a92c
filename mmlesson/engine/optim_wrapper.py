"""Mixed precision on CPUs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn
from torch.optim import Optimizer

from mmlesson.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Trains in bfloat16 on a CPU; the weights stay float32, and no loss scaling is needed.

    mmengine 0.10.7 (optim/optimizer/amp_optimizer_wrapper.py:76) asserts that there is a GPU.

    Args:
        optimizer: The optimizer.
        accumulative_counts: Batches whose gradients make one step.
        clip_grad: Arguments of gradient clipping, as mmengine's ``OptimWrapper`` takes them.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        accumulative_counts: int = 1,
        clip_grad: dict[str, float] | None = None,
    ) -> None:
        super().__init__(optimizer, accumulative_counts, clip_grad)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run the forward pass in bfloat16 where that is safe."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield
