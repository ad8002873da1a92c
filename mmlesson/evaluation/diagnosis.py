"""Diagnosis of underfitting and overfitting from the training and the validation loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

FEW_EPOCHS = 3
"""Fewer validations than this are too few for a diagnosis."""

RISE = 0.15
"""Smallest rise of the validation loss that counts, as a fraction of its lowest value."""

NOISE = 0.02
"""The same as a fraction of the loss of guessing, which matters if the loss is near zero."""

HIGH = 0.5
"""A loss above this fraction of the loss of guessing is high."""

TRY_NEXT = {
    'overfit': [
        'stop early: custom_hooks = [dict(type="EarlyStoppingHook", monitor="loss")]',
        'more training data, or a smaller network (hidden_sizes, channels)',
        'dropout, or optim_wrapper.optimizer.weight_decay',
    ],
    'underfit': [
        'a larger network: more layers or units (hidden_sizes, channels)',
        'a non-linear activation, if there is none',
        'more epochs, or another learning rate',
    ],
    'good': [
        'use the test split once, at the end: tuning on it would make it a second validation split'
    ],
}


def diagnose(
    train_losses: Sequence[float], val_losses: Sequence[float], num_classes: int
) -> dict[str, Any] | None:
    """Diagnose a run from its two loss curves.

    Overfit: the validation loss has risen clearly above its lowest value and is above the training
    loss. Underfit: otherwise, if the training loss is high compared with ln C, the loss of guessing
    among C classes. Good: otherwise.

    Args:
        train_losses: Cross-entropy per sample in nats, at each validation.
        val_losses: The same on the validation split.
        num_classes: C.

    Returns:
        'verdict' ('underfit', 'good' or 'overfit'), 'evidence' and 'try_next'; None if there are
        too few validations or values that are not finite.

    References:
        Goodfellow, Bengio, Courville (2016), Deep Learning, section 5.2.
    """
    pairs = [p for p in zip(train_losses, val_losses, strict=True) if all(map(math.isfinite, p))]
    if len(pairs) < max(FEW_EPOCHS, len(train_losses)):
        return None
    tail = pairs[-max(1, len(pairs) // 10) :]  # the last tenth: single validations are noisy
    train = sum(pair[0] for pair in tail) / len(tail)
    val = sum(pair[1] for pair in tail) / len(tail)
    lowest = min(val for _, val in pairs)
    guessing = math.log(num_classes)
    if val - lowest > max(RISE * lowest, NOISE * guessing) and val > train:
        verdict = 'overfit'
    elif train > HIGH * guessing:
        verdict = 'underfit'
    else:
        verdict = 'good'
    means = f'means of the last {len(tail)} validations; ' if len(tail) > 1 else ''
    evidence = (
        f'training loss {train:.3g}, validation loss {val:.3g} ({means}lowest: {lowest:.3g}); '
        f'guessing among {num_classes} classes gives {guessing:.3g}'
    )
    return {'verdict': verdict, 'evidence': evidence, 'try_next': TRY_NEXT[verdict]}
