"""Datasets kept in the memory of the training device (``device_resident`` of a config)."""

from __future__ import annotations

import logging
from typing import Any

import torch

from mmlesson.datasets.array_dataset import ArrayDataset
from mmlesson.errors import UserError

_SHARE = 0.5  # of the free memory; the rest is for the model, its gradients and activations


def keep_on_device(loader: Any, device: torch.device, logger: logging.Logger) -> bool:
    """Move the arrays of a loader's dataset to a device, if they fit.

    A batch is then an index operation on the device, and no copy from main memory.

    Args:
        loader: A DataLoader.
        device: Device of the model.
        logger: Logger for the reason if the data stay in main memory.

    Returns:
        Whether the arrays are on the device.

    Raises:
        UserError: If the loader has workers or pins memory: other processes cannot use the arrays.
    """
    dataset = loader.dataset
    if not isinstance(dataset, ArrayDataset):
        logger.warning(
            f'device_resident: {type(dataset).__name__} is no ArrayDataset, so that its samples '
            'are copied from main memory.'
        )
        return False
    if loader.num_workers or loader.pin_memory:
        raise UserError(
            f'device_resident needs num_workers=0 and pin_memory=False, got num_workers='
            f'{loader.num_workers} and pin_memory={loader.pin_memory} for the {dataset.split} '
            'split. Set them, or device_resident=False.'
        )
    free = _free_bytes(device)
    if free is not None and dataset.nbytes > _SHARE * free:
        logger.warning(
            f'device_resident: the {dataset.split} split takes {dataset.nbytes / 1e6:,.0f} MB, '
            f'more than half of the {free / 1e6:,.0f} MB that are free on {device}, and stays in '
            'main memory.'
        )
        return False
    dataset.to(device)
    return True


def _free_bytes(device: torch.device) -> int | None:
    """Return the free memory of a GPU; None for a device that shares main memory."""
    return torch.cuda.mem_get_info(device)[0] if device.type == 'cuda' else None
