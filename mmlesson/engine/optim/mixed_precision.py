"""`MixedPrecisionOptimWrapper`: mixed-precision training on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor, nn
from torch.optim import Optimizer

from mmlesson.errors import check_choice
from mmlesson.registry import OPTIM_WRAPPERS

DTYPES = {'bfloat16': torch.bfloat16, 'float16': torch.float16}


@OPTIM_WRAPPERS.register_module()
class MixedPrecisionOptimWrapper(OptimWrapper):
    """Trains in 16 bits where that is numerically safe; the weights stay float32.

    bfloat16 has the range of float32 and needs no loss scaling. In float16, for GPUs without
    bfloat16, small gradients would underflow. The loss is therefore scaled up, and gradients are
    scaled down before the step, which is skipped if any overflowed (Micikevicius et al. 2018,
    arXiv:1710.03740).

    mmengine 0.10.7 (optim/optimizer/amp_optimizer_wrapper.py:76) requires a GPU, and uses float16
    even where bfloat16 is available.

    Args:
        optimizer: Optimizer.
        dtype: 'bfloat16' or 'float16'. Default: bfloat16, or float16 on a GPU without bfloat16.
        accumulative_counts: Number of batches whose gradients are accumulated for one step.
        clip_grad: Arguments of gradient clipping, as in mmengine's ``OptimWrapper``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        dtype: str | None = None,
        accumulative_counts: int = 1,
        clip_grad: dict[str, float] | None = None,
    ) -> None:
        super().__init__(optimizer, accumulative_counts, clip_grad)
        check_choice('MixedPrecisionOptimWrapper', 'dtype', dtype, (None, *DTYPES))
        self.device_type = optimizer.param_groups[0]['params'][0].device.type
        self.dtype = DTYPES[dtype or _best_dtype(self.device_type)]
        needs_scale = self.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(self.device_type, enabled=needs_scale)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run the forward pass in 16 bits where that is numerically safe."""
        with super().optim_context(model), torch.autocast(self.device_type, self.dtype):
            yield

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Compute the gradients of the scaled loss."""
        self.scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs: Any) -> None:
        """Unscale and clip the gradients; skip the step if any overflowed."""
        if self.clip_grad_kwargs:
            self.scaler.unscale_(self.optimizer)
            self._clip_grad()
        self.scaler.step(self.optimizer, **kwargs)
        self.scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the optimizer and of the loss scaler."""
        state: dict[str, Any] = super().state_dict()
        return {**state, 'loss_scaler': self.scaler.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a `state_dict`, also one of a run in full precision."""
        state = dict(state_dict)
        scale = state.pop('loss_scaler', None)
        if scale:
            self.scaler.load_state_dict(scale)
        super().load_state_dict(state)


def _best_dtype(device_type: str) -> str:
    if device_type != 'cuda' or torch.cuda.is_bf16_supported(including_emulation=False):
        return 'bfloat16'
    return 'float16'
