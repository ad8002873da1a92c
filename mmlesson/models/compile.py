"""``torch.compile`` for the training step, with a fallback to eager mode."""

from __future__ import annotations

import logging
from typing import Any

import torch


def compile_step(model: Any, options: Any, logger: logging.Logger) -> None:
    """Compile a model's forward pass, and with it the backward pass, for training.

    A step that cannot be compiled, because there is no C++ compiler or the model does what torch
    cannot trace, is taken as it was, and so are all later ones; a warning says why. Validation
    stays as it was: its batches have other sizes, and each would be compiled again.

    Args:
        model: With a distributed wrapper or without.
        options: True, or arguments of `torch.compile`, such as ``dict(mode='reduce-overhead')``.
        logger: Told how it went.
    """
    from torch._dynamo.exc import TorchDynamoException  # 0.45 s that only compiling pays for

    eager = model._run_forward
    settings = options if isinstance(options, dict) else {}
    compiled = torch.compile(eager, **settings)
    logger.info('The training step is compiled: the first steps take longer.')

    def run_forward(data: Any, mode: str) -> Any:
        nonlocal compiled
        if mode != 'loss' or compiled is eager:
            return eager(data, mode)
        try:
            losses = compiled(data, mode)
        except TorchDynamoException as err:
            cause = ' '.join(str(err).split())[:200]
            logger.warning(f'Not compiled, and trained as it is: {cause}')
            compiled = eager
            return eager(data, mode)
        # A CUDA graph writes over its outputs in the next step; the meter keeps them for longer.
        return {name: _kept(loss) for name, loss in losses.items()}

    model._run_forward = run_forward


def _kept(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value
