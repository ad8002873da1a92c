"""`LessonOptimWrapper`: mmengine's ``OptimWrapper`` with less overhead per step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from mmengine.optim import OptimWrapper
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim import optimizer as torch_optimizer


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

    def step(self, **kwargs: Any) -> None:
        """Update the parameters, as torch's ``step()`` does, without its profiling."""
        update = None if kwargs or self.clip_grad_kwargs else _unwrapped_step(self.optimizer)
        if update is None:
            super().step(**kwargs)
        else:
            update(self.optimizer)

    def zero_grad(self, **kwargs: Any) -> None:
        """Remove the gradients, as torch's ``zero_grad()`` does, without its profiling."""
        if kwargs or type(self.optimizer).zero_grad is not Optimizer.zero_grad:
            super().zero_grad(**kwargs)
            return
        for group in self.optimizer.param_groups:
            for parameter in group['params']:
                parameter.grad = None


def _unwrapped_step(optimizer: Optimizer) -> Callable[[Optimizer], object] | None:
    """Return ``step`` without torch's profiling and search for hooks; None if these are needed.

    torch 2.14 (optim/optimizer.py:527) wraps the ``step`` of each class in them, which takes a
    thirteenth of a training step of a small network.
    """
    step = type(optimizer).step
    is_wrapped = getattr(step, 'hooked', False) and 'step' not in vars(optimizer)
    if not is_wrapped or _has_step_hooks(optimizer):
        return None
    return getattr(step, '__wrapped__', None)


def _has_step_hooks(optimizer: Optimizer) -> bool:
    """Return whether hooks act before or after a step; True where torch stores them elsewhere."""
    return any(
        getattr(owner, f'{prefix}_{time}_hooks', True)
        for owner, prefix in (
            (optimizer, '_optimizer_step'),
            (torch_optimizer, '_global_optimizer'),
        )
        for time in ('pre', 'post')
    )
