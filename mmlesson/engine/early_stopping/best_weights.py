"""Copies of a model's weights in main memory, and loading them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.hooks import EMAHook
from mmengine.model import is_model_wrapper

Weights = dict[str, Any]


def copy_weights(model: Any) -> Weights:
    """Return a copy of the model's state on the CPU that further training does not change."""
    return {
        name: value.detach().to('cpu', copy=True) if isinstance(value, torch.Tensor) else value
        for name, value in _unwrapped(model).state_dict().items()
    }


def restore_weights(model: Any, weights: Weights, hooks: Iterable[Any]) -> bool:
    """Load ``weights`` into the model and into the average of an `EMAHook`.

    Without the latter, testing would swap the last average in.

    Returns:
        False if the model has these weights already; then nothing is changed.
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
    """Return whether two states of a model are equal, bit for bit."""
    return state.keys() == saved.keys() and all(
        torch.equal(value.cpu(), saved[name]) if isinstance(value, torch.Tensor) else False
        for name, value in state.items()
    )
