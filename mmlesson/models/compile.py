"""``torch.compile`` for the training step, with a fallback to eager mode."""

from __future__ import annotations

import logging
from typing import Any

import torch


def compile_step(model: Any, options: Any, logger: logging.Logger) -> None:
    """Compile a model's forward pass, and with it the backward pass, for training.

    If a step cannot be compiled, because there is no C++ compiler or torch cannot trace the model,
    this and all later steps run in eager mode, and a warning gives the reason. Validation is not
    compiled: its batches have other sizes, and each size would be compiled again.

    Args:
        model: Model, with or without a distributed wrapper.
        options: True, or arguments of `torch.compile`, such as ``dict(mode='reduce-overhead')``.
        logger: Logger for the outcome.
    """
    from torch._dynamo.exc import TorchDynamoException  # takes 0.45 s, so imported on use

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
        # A CUDA graph overwrites its outputs in the next step; the meter keeps them longer.
        return {name: _kept(loss) for name, loss in losses.items()}

    model._run_forward = run_forward


def _kept(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value
