"""Copying, restoring and comparing model weights in main memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.hooks import EMAHook
from mmengine.model import is_model_wrapper

Weights = dict[str, Any]


def copy_weights(model: Any) -> Weights:
    """Return a CPU copy of the model's state that further training does not change."""
    return {
        name: value.detach().to('cpu', copy=True) if isinstance(value, torch.Tensor) else value
        for name, value in _unwrapped(model).state_dict().items()
    }


def restore_weights(model: Any, weights: Weights, hooks: Iterable[Any]) -> bool:
    """Load ``weights`` into the model and into the average of an `EMAHook`.

    Otherwise testing would swap in the last average.

    Returns:
        False if the model already has these weights and is unchanged.
    """
    model = _unwrapped(model)
    if same_weights(model.state_dict(), weights):
        return False
    model.load_state_dict(weights)
    for hook in hooks:
        if isinstance(hook, EMAHook):
            hook.ema_model.module.load_state_dict(weights)
    return True


def _unwrapped(model: Any) -> Any:
    return model.module if is_model_wrapper(model) else model


def same_weights(state: Mapping[str, Any], saved: Mapping[str, Any]) -> bool:
    """Return whether two model states are bitwise equal."""
    return state.keys() == saved.keys() and all(
        torch.equal(value.cpu(), saved[name]) if isinstance(value, torch.Tensor) else False
        for name, value in state.items()
    )
