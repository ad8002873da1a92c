"""`FinalPoint`: what learning curves mark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FinalPoint:
    """Validation of the weights that a run ended with.

    Args:
        label: Which weights they are, e.g. 'epoch 9'.
        epoch: Their epoch.
        loss: Their validation loss, or None.
        accuracy: Their validation accuracy in percent, or None.
    """

    label: str
    epoch: int
    loss: float | None = None
    accuracy: float | None = None
