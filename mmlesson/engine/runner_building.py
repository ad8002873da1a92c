"""`BuildingRunner`: how the runner builds models, loaders, loops and evaluators."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import torch
from mmengine.dist import get_rank
from mmengine.model import is_model_wrapper, revert_sync_batchnorm
from mmengine.registry import DATASETS
from mmengine.runner import BaseLoop, LogProcessor, Runner
from torch import nn
from torch.utils.data import DataLoader

from mmlesson.config.schema import train_loop_type
from mmlesson.datasets.collate import name_failing_samples
from mmlesson.engine.distributed import batch_shards
from mmlesson.engine.distributed.data_parallel import convert_batch_norm, wrap_for_processes
from mmlesson.engine.log_processor import LessonLogProcessor
from mmlesson.engine.run_status import RunStatus
from mmlesson.models.compile import compile_step
from mmlesson.registry import in_own_scope
from mmlesson.utils import rng_state
from mmlesson.utils.device import resolve_device, use_channels_last


class BuildingRunner(Runner):
    """mmengine's ``Runner``, as far as it builds: model, loaders, loops, evaluators, logger."""

    _train_dataloader: Any
    _train_loop: Any

    @cached_property
    def device(self) -> torch.device:
        """Device that the model trains on."""
        return resolve_device(self.cfg.get('device', 'auto'))

    @cached_property
    def status(self) -> RunStatus:
        """State of this run, shared by loops, hooks and the summary."""
        return RunStatus(self)

    @property
    def epoch(self) -> int:
        """Epochs that are finished; 0 without training.

        mmengine 0.10.7 (runner/runner.py:532) builds the training loop, and with it the training
        set, when a validation or a test asks for this.
        """
        return self._train_loop.epoch if isinstance(self._train_loop, BaseLoop) else 0

    @property
    def iter(self) -> int:
        """Iterations that are finished; 0 without training, see `epoch`."""
        return self._train_loop.iter if isinstance(self._train_loop, BaseLoop) else 0

    @property
    def bare_model(self) -> nn.Module:
        """The model without a distributed wrapper."""
        model: nn.Module = self.model.module if is_model_wrapper(self.model) else self.model
        return model

    def build_model(self, model: Any) -> nn.Module:
        """Build the model, its inner parts looked up where its type comes from."""
        built: nn.Module = super().build_model(
            in_own_scope(model) if isinstance(model, dict) else model
        )
        return built

    @property
    def is_replica(self) -> bool:
        """Whether each of several processes trains on all samples.

        So it is with a model that has nothing for an optimizer: the perceptron's rule takes one
        sample after the other, and cannot be spread.
        """
        return self.distributed and not is_model_wrapper(self.model)

    def wrap_model(self, model_wrapper_cfg: Any, model: nn.Module) -> nn.Module:
        """Move the model to ``device``, and wrap it if there are several processes.

        mmengine 0.10.7 knows only the device that it found at import.
        """
        if is_model_wrapper(model):
            return model
        model = model.to(self.device)
        if self.cfg.get('channels_last', False):
            use_channels_last(model)
        if not self.distributed:
            reverted: nn.Module = revert_sync_batchnorm(model)
            return reverted
        if not any(parameter.requires_grad for parameter in model.parameters()):
            return model
        if self.cfg.get('sync_bn'):
            model = convert_batch_norm(model, self.cfg.sync_bn, self.device)
        unused = {'find_unused_parameters': self.cfg.get('find_unused_parameters', False)}
        return wrap_for_processes(model, model_wrapper_cfg or unused)

    def _maybe_compile(self, target: str) -> None:
        """Compile the training step if the config asks for it; see `compile_step`."""
        if self.cfg.get('compile') and target == 'train_step':
            compile_step(self.model, self.cfg.compile, self.logger)

    def build_logger(self, *args: Any, **kwargs: Any) -> Any:
        """Build the logger, without a warning for each registry that a scope does not have.

        mmengine 0.10.7 (registry/registry.py:355) expects every scope to have all registries.
        """
        logger = super().build_logger(*args, **kwargs)
        logger.addFilter(lambda record: 'Failed to search registry' not in record.getMessage())
        return logger

    def build_log_processor(self, log_processor: Any) -> Any:
        """Build our log processor where the config names none or mmengine's."""
        stock = (None, LogProcessor, 'LogProcessor', 'mmengine.LogProcessor')
        if isinstance(log_processor, dict) and log_processor.get('type') in stock:
            arguments = {key: value for key, value in log_processor.items() if key != 'type'}
            return LessonLogProcessor(**arguments)
        return super().build_log_processor(log_processor)

    @staticmethod
    def build_dataloader(
        dataloader: Any, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader[Any]:
        """Build a loader as mmengine does, with workers whose augmentation can be replayed.

        Workers are restarted in each epoch, seeded by (seed, rank, worker, epoch): a persistent
        worker has a random state that no checkpoint can hold.
        """
        if isinstance(dataloader, DataLoader):
            return dataloader
        config = {key: value for key, value in dataloader.items() if key != 'persistent_workers'}
        if isinstance(config.get('dataset'), dict):
            config['dataset'] = name_failing_samples(_build_dataset(config['dataset']))
        config.setdefault('collate_fn', {'type': 'mmlesson.lesson_collate'})
        loader = Runner.build_dataloader(config, seed, diff_rank_seed)
        if loader.num_workers > 0 and 'worker_init_fn' not in dataloader:
            loader.worker_init_fn = partial(
                rng_state.seed_worker, seed=seed or 0, rank=get_rank(), sampler=loader.sampler
            )
        return loader

    def build_evaluator(self, evaluator: Any) -> Any:
        """Build an evaluator whose metrics are gathered over the network.

        mmengine 0.10.7 (dist/dist.py:952): on CPUs they meet in files in ./.dist_test, which all
        machines would have to share.
        """
        built = super().build_evaluator(evaluator)
        for metric in built.metrics:
            metric.collect_device = 'gpu'  # mmengine's word for collectives, gloo's too
        return built

    def build_train_loop(self, loop: Any) -> Any:
        """Build our loop, for ``by_epoch`` and for mmengine's own loop types."""
        if isinstance(loop, dict):
            kind = train_loop_type(loop, is_our_runner=True)
            loop = {**{k: v for k, v in loop.items() if k != 'by_epoch'}, 'type': kind}
        if self.is_replica and isinstance(self._train_dataloader, dict):
            loader = self.build_dataloader(self._train_dataloader, seed=self.seed)
            batch_shards.take_all(loader.sampler)
            self._train_dataloader = loader
        return super().build_train_loop(loop)


def _build_dataset(config: dict[str, Any]) -> Any:
    """Build a dataset as mmengine's ``Runner.build_dataloader`` does."""
    dataset = DATASETS.build(in_own_scope(config))
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    return dataset
