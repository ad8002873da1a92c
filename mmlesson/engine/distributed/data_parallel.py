"""Data-parallel models: wrapper, synchronised batch norm and weighted losses."""

from __future__ import annotations

from inspect import signature
from typing import Any

import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from mmlesson.errors import check_choice
from mmlesson.models.sync_batch_norm import CPUSyncBatchNorm, set_idle
from mmlesson.registry import MODEL_WRAPPERS

# Buffers are averaged once an epoch, not sent before each step; newer torch renamed the switch.
_SYNC_BUFFERS = (
    'forward_sync_buffers'
    if 'forward_sync_buffers' in signature(DistributedDataParallel).parameters
    else 'broadcast_buffers'
)


@MODEL_WRAPPERS.register_module()
class LessonDataParallel(MMDistributedDataParallel):
    """mmengine's wrapper on any device, weighting each process by its number of samples.

    Gradients are averaged over processes. Each loss is weighted first, so that the average is the
    gradient of the mean loss over all samples, however unevenly they are distributed.

    Args:
        module: The model, on its device.
        find_unused_parameters: Whether some parameters may be unused in a step.
        static_graph: Whether every step uses the same parameters.
        bucket_cap_mb: Size of a gradient bucket, in megabytes.

    Attributes:
        loss_weight: Weight of the loss of the next step.
    """

    def __init__(
        self,
        module: nn.Module,
        find_unused_parameters: bool = False,
        static_graph: bool = False,
        bucket_cap_mb: int = 25,
    ) -> None:
        device = next(module.parameters()).device
        super().__init__(
            module=module,
            device_ids=[device.index] if device.type == 'cuda' else None,
            find_unused_parameters=find_unused_parameters,
            static_graph=static_graph,
            bucket_cap_mb=bucket_cap_mb,
            **{_SYNC_BUFFERS: False},
        )
        self.loss_weight = 1.0

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, Tensor]:
        """Run one training step; return the log variables of this process's samples."""
        if self.loss_weight == 0:
            set_idle(self.module, True)
        with optim_wrapper.optim_context(self):
            data = self.module.data_preprocessor(data, training=True)
            losses = self._run_forward(data, mode='loss')
        if self.loss_weight == 0:
            set_idle(self.module, False)
        loss, log_vars = self.module.parse_losses(losses)
        optim_wrapper.update_params(loss if self.loss_weight == 1 else loss * self.loss_weight)
        logged: dict[str, Tensor] = log_vars
        return logged


def wrap_for_processes(model: nn.Module, config: dict[str, Any]) -> nn.Module:
    """Return the model in a distributed wrapper: ours, unless ``type`` is set.

    mmengine 0.10.7 (runner/runner.py:898) passes a GPU id even on CPUs.
    """
    settings = {'type': 'mmlesson.LessonDataParallel', **config}
    kind: Any = MODEL_WRAPPERS.get(settings['type'])
    defaults: dict[str, Any] = {'module': model}
    ours = isinstance(kind, type) and issubclass(kind, LessonDataParallel)
    if isinstance(kind, type) and issubclass(kind, DistributedDataParallel) and not ours:
        device = next(model.parameters()).device
        defaults['device_ids'] = [device.index] if device.type == 'cuda' else None
    wrapped: nn.Module = MODEL_WRAPPERS.build(settings, default_args=defaults)
    return wrapped


def convert_batch_norm(model: nn.Module, kind: str, device: torch.device) -> nn.Module:
    """Return the model with batch norms whose statistics cover all processes.

    Args:
        model: The model.
        kind: 'torch', as mmengine's ``sync_bn`` spells it.
        device: Device of the model; torch's SyncBatchNorm works on GPUs only.
    """
    check_choice('config', 'sync_bn', kind, ('torch',))
    if device.type == 'cpu':
        return CPUSyncBatchNorm.convert(model)
    converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    return converted


@torch.no_grad()
def average_running_statistics(model: nn.Module) -> None:
    """Average the batch norm statistics, so that all processes validate and save the same model.

    Each process has seen different samples. Synchronised statistics (SyncBN) are already equal.
    """
    running = [
        buffer
        for module in model.modules()
        if isinstance(module, _BatchNorm) and module.track_running_stats
        for buffer in (module.running_mean, module.running_var)
        if buffer is not None
    ]
    if not running:
        return
    flat = torch.cat([buffer.flatten() for buffer in running])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for buffer, mean in zip(running, flat.split([b.numel() for b in running]), strict=True):
        buffer.copy_(mean.view_as(buffer))
