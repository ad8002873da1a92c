"""Statistics of the training data for the preprocessor of a model."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn

from mmlesson.datasets.statistics import training_statistics
from mmlesson.engine import distributed

_SHOWN = 4  # channels whose statistics are logged


def fit_preprocessor(model: nn.Module, loader: Any, logger: logging.Logger | None = None) -> None:
    """Fit the preprocessor of a model to the training data, if it needs their statistics.

    With several processes, rank 0 reads the data and the others wait for its result, so that all
    have the same, and a pass over files is made once.

    Args:
        model: The model, without a distributed wrapper.
        loader: The training DataLoader.
        logger: Logger for one line on the statistics, or None.
    """
    preprocessor: Any = getattr(model, 'data_preprocessor', None)
    if not getattr(preprocessor, 'needs_statistics', False):
        return
    found = None
    if distributed.rank() == 0:
        found = [values.tolist() for values in training_statistics(loader)]
    distributed.barrier()  # unlike a broadcast, it has no timeout: the pass may take minutes
    mean, std = (torch.tensor(values) for values in distributed.broadcast(found))
    preprocessor.fit(mean, std)
    if logger is not None:
        logger.info(
            'Standardised with the mean and deviation of the training data '
            f'(mean {_brief(mean)}; deviation {_brief(std)}).'
        )


def _brief(values: Tensor) -> str:
    shown = ', '.join(f'{value:.4g}' for value in values[:_SHOWN].tolist())
    return shown if len(values) <= _SHOWN else f'{shown}, ... of {len(values)}'
