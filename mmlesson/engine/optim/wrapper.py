"""`LessonOptimWrapper`: mmengine's ``OptimWrapper`` with less overhead per step."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from mmengine.optim import OptimWrapper
from torch import Tensor, nn
from torch.optim import Optimizer


class LessonOptimWrapper(OptimWrapper):
    """mmengine's ``OptimWrapper`` without the operations that have no effect.

    mmengine 0.10.7 (optim/optimizer/optimizer_wrapper.py:366) divides each loss by 1, which adds an
    operation to the forward and to the backward pass. `LessonRunner` uses this class where the
    config names mmengine's or none; the arguments are mmengine's, and so are all results.
    """

    def scale_loss(self, loss: Tensor) -> Tensor:
        """Return the loss divided by the number of batches of an update."""
        scaled: Tensor = loss if self._accumulative_counts == 1 else super().scale_loss(loss)
        return scaled

    def optim_context(self, model: nn.Module) -> AbstractContextManager[None]:
        """Return a context that does not average gradients over processes before the update."""
        if self._accumulative_counts == 1:
            return nullcontext()
        context: AbstractContextManager[None] = super().optim_context(model)
        return context

    def zero_grad(self, **kwargs: Any) -> None:
        """Remove the gradients, as torch's ``zero_grad()`` does, without its profiling."""
        if kwargs or type(self.optimizer).zero_grad is not Optimizer.zero_grad:
            super().zero_grad(**kwargs)
            return
        for group in self.optimizer.param_groups:
            for parameter in group['params']:
                parameter.grad = None
