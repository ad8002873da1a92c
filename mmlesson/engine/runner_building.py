"""`BuildingRunner`: the part of the runner that builds models, loaders, loops and evaluators."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import torch
from mmengine.dist import get_rank
from mmengine.model import is_model_wrapper, revert_sync_batchnorm
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import BaseLoop, LogProcessor, Runner
from torch import nn
from torch.utils.data import DataLoader

from mmlesson.config.schema import train_loop_type
from mmlesson.datasets.build import build_dataset
from mmlesson.engine import screen
from mmlesson.engine.build_errors import naming_refusals
from mmlesson.engine.device_resident import keep_on_device
from mmlesson.engine.distributed import batch_shards
from mmlesson.engine.distributed.data_parallel import convert_batch_norm, wrap_for_processes
from mmlesson.engine.fit_preprocessor import fit_preprocessor
from mmlesson.engine.log_processor import LessonLogProcessor
from mmlesson.engine.message_buffers import use_growing_buffers
from mmlesson.engine.run_status import RunStatus
from mmlesson.engine.stock_types import lesson_optim_wrapper
from mmlesson.errors import UserError
from mmlesson.evaluation.column_evaluator import column_evaluator
from mmlesson.models.compile import compile_step
from mmlesson.registry import SCOPE, in_own_scope
from mmlesson.utils import rng_state
from mmlesson.utils.device import resolve_device, use_channels_last
from mmlesson.utils.threads import set_threads, step_work

_COLLATE = {SCOPE: 'mmlesson.lesson_collate', 'mmpretrain': 'default_collate'}
"""Collate function that the models of a toolbox expect, where it is not mmengine's default."""


class BuildingRunner(Runner):
    """mmengine's ``Runner`` with changes to how it builds models, loaders, loops and evaluators."""

    _train_dataloader: Any
    _train_loop: Any
    _cpu_threads: int | None = None  # env_cfg.cpu_threads

    @cached_property
    def device(self) -> torch.device:
        """Device that the model trains on."""
        return resolve_device(self.cfg.get('device', 'auto'))

    @cached_property
    def status(self) -> RunStatus:
        """State of this run, shared by loops, hooks and the summary."""
        return RunStatus(self)

    @cached_property
    def is_quiet(self) -> bool:
        """Whether the terminal shows less than the log file; see `screen.is_quiet`."""
        return screen.is_quiet(self.cfg)

    @property
    def epoch(self) -> int:
        """Number of finished epochs; 0 without training.

        In validation or testing, mmengine 0.10.7 (runner/runner.py:532) would build the training
        loop, and with it the training set, to compute this.
        """
        return self._train_loop.epoch if isinstance(self._train_loop, BaseLoop) else 0

    @property
    def iter(self) -> int:
        """Number of finished iterations; 0 without training, see `epoch`."""
        return self._train_loop.iter if isinstance(self._train_loop, BaseLoop) else 0

    @property
    def bare_model(self) -> nn.Module:
        """The model without a distributed wrapper."""
        model: nn.Module = self.model.module if is_model_wrapper(self.model) else self.model
        return model

    def build_message_hub(self, message_hub: dict[str, Any] | None = None) -> Any:
        """Build the message hub; its histories cost the same at each iteration."""
        hub = super().build_message_hub(message_hub)
        use_growing_buffers(hub)
        return hub

    def build_model(self, model: Any) -> nn.Module:
        """Build the model, its inner parts looked up where its type comes from.

        Dataloaders without a ``collate_fn`` get the one that the model expects: mmlesson's for our
        models, mmpretrain's for theirs, and mmengine's default for those of other toolboxes.
        """
        with naming_refusals('model'):
            built: nn.Module = super().build_model(
                in_own_scope(model) if isinstance(model, dict) else model
            )
        collate = collate_of(built)
        for name in ('_train_dataloader', '_val_dataloader', '_test_dataloader'):
            loader = getattr(self, name)
            if isinstance(loader, dict):
                setattr(self, name, {'collate_fn': collate, **loader})
        return built

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """Build the optimizer wrapper; see `lesson_optim_wrapper` for the types that are ours."""
        if isinstance(optim_wrapper, dict):
            optim_wrapper, notes = lesson_optim_wrapper(optim_wrapper, self.device)
            for note in notes:
                self.logger.warning(note)
        with naming_refusals('optim_wrapper'):
            return super().build_optim_wrapper(optim_wrapper)

    def build_param_scheduler(self, scheduler: Any) -> Any:
        """Build the schedules; a refused argument is reported with its key."""
        with naming_refusals('param_scheduler'):
            return super().build_param_scheduler(scheduler)

    def build_visualizer(self, visualizer: Any = None) -> Any:
        """Build the visualizer; a refused argument is reported with its key."""
        with naming_refusals('visualizer'):
            return super().build_visualizer(visualizer)

    def build_val_loop(self, loop: Any) -> Any:
        """Build the validation loop; a refused argument is reported with its key."""
        with naming_refusals('val_cfg'):
            return self._place_data(super().build_val_loop(loop))

    def build_test_loop(self, loop: Any) -> Any:
        """Build the test loop; a refused argument is reported with its key."""
        with naming_refusals('test_cfg'):
            return self._place_data(super().build_test_loop(loop))

    @property
    def is_replica(self) -> bool:
        """Whether each of several processes trains on all samples.

        True for a model without parameters to optimise: the perceptron rule processes samples one
        after the other and cannot be parallelised.
        """
        return self.distributed and not is_model_wrapper(self.model)

    def wrap_model(self, model_wrapper_cfg: Any, model: nn.Module) -> nn.Module:
        """Move the model to ``device``, and wrap it for several processes.

        mmengine 0.10.7 supports only the device detected at import.
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
        """Compile the training step if configured; see `compile_step`."""
        if self.cfg.get('compile') and target == 'train_step':
            with naming_refusals('compile'):
                compile_step(self.model, self.cfg.compile, self.logger)

    def build_logger(self, *args: Any, **kwargs: Any) -> Any:
        """Build the logger without a warning for each registry that a scope lacks.

        On a terminal it prints warnings only, unless ``verbose`` is set.
        mmengine 0.10.7 (registry/registry.py:355) expects every scope to have all registries.
        """
        logger = super().build_logger(*args, **kwargs)
        logger.addFilter(lambda record: 'Failed to search registry' not in record.getMessage())
        if self.is_quiet:
            screen.show_warnings_only(logger)
        return logger

    def build_log_processor(self, log_processor: Any) -> Any:
        """Build our log processor where the config names none or mmengine's."""
        stock = (None, LogProcessor, 'LogProcessor', 'mmengine.LogProcessor')
        if isinstance(log_processor, dict) and log_processor.get('type') in stock:
            own = ('type', '_scope_')  # _scope_: that of a base in another package
            arguments = {key: value for key, value in log_processor.items() if key not in own}
            with naming_refusals('log_processor'):
                return LessonLogProcessor(**arguments)
        with naming_refusals('log_processor'):
            return super().build_log_processor(log_processor)

    @staticmethod
    def build_dataloader(
        dataloader: Any, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader[Any]:
        """Build a loader as mmengine does, with workers whose augmentation is exact on resume.

        Workers are restarted in each epoch, seeded by (seed, rank, worker, epoch). The random state
        of a persistent worker could not be saved in a checkpoint.
        """
        if isinstance(dataloader, DataLoader):
            return dataloader
        config = {key: value for key, value in dataloader.items() if key != 'persistent_workers'}
        dataset = config.get('dataset')
        kind = dataset.get('type') if isinstance(dataset, dict) else type(dataset).__name__
        with naming_refusals(f'the loader of {kind}'):
            if isinstance(dataset, dict):
                config['dataset'] = build_dataset(dataset)
            config.setdefault('collate_fn', {'type': 'mmlesson.lesson_collate'})
            loader = Runner.build_dataloader(config, seed, diff_rank_seed)
        if loader.num_workers > 0 and 'worker_init_fn' not in dataloader:
            loader.worker_init_fn = partial(
                rng_state.seed_worker, seed=seed or 0, rank=get_rank(), sampler=loader.sampler
            )
        return loader

    def build_evaluator(self, evaluator: Any) -> Any:
        """Build an evaluator whose results are gathered over the network.

        On CPUs, mmengine 0.10.7 (dist/dist.py:952) gathers them in files in ./.dist_test, which all
        machines would have to share.
        """
        with naming_refusals('the evaluator'):
            built = column_evaluator(super().build_evaluator(evaluator))
        for metric in built.metrics:
            metric.collect_device = 'gpu'  # mmengine's word for collectives, gloo's too
        return built

    def build_train_loop(self, loop: Any) -> Any:
        """Build our loop for ``by_epoch`` and for mmengine's own loop types.

        The preprocessor is fitted here, before hooks copy the model as ``EMAHook`` does: its
        statistics may have another size afterwards.
        """
        if isinstance(loop, dict):
            kind = train_loop_type(loop, is_our_runner=True)
            loop = {**{k: v for k, v in loop.items() if k != 'by_epoch'}, 'type': kind}
        if self.is_replica and isinstance(self._train_dataloader, dict):
            loader = self.build_dataloader(self._train_dataloader, seed=self.seed)
            batch_shards.take_all(loader.sampler)
            self._train_dataloader = loader
        with naming_refusals('train_cfg'):
            built = super().build_train_loop(loop)
        fit_preprocessor(self.bare_model, built.dataloader, self.logger)
        return self._place_data(built)

    def _place_data(self, loop: Any) -> Any:
        """Return a loop, its data on the device if the config asks for it; choose the threads."""
        self._choose_threads(loop.dataloader)
        if self.cfg.get('device_resident', False):
            keep_on_device(loop.dataloader, self.device, self.logger)
        return loop

    def _choose_threads(self, loader: DataLoader[Any]) -> None:
        """Choose the number of CPU threads for the steps of a loop; the training loop decides."""
        if isinstance(self._train_loop, BaseLoop):
            return
        if self.device.type == 'cpu' or self._cpu_threads is not None:
            meta = getattr(loader.dataset, 'metainfo', None) or {}
            work = step_work(self.bare_model, meta.get('input_shape'), loader.batch_size)
            count, reason = set_threads(work, self._cpu_threads)
            self.logger.info(f'CPU threads: {count} ({reason})')


def toolbox_of(model: nn.Module) -> str:
    """Return the OpenMMLab package whose conventions a model follows.

    That is the package of its class, or of the first base class that belongs to one; for a model
    that is derived from mmengine's classes alone, the default scope.
    """
    toolboxes = {SCOPE, *MODELS.children}
    for base in type(model).__mro__:
        package = base.__module__.partition('.')[0]
        if package in toolboxes:
            return package
    scope = DefaultScope.get_current_instance()
    return scope.scope_name if scope is not None else SCOPE


def collate_of(model: nn.Module) -> dict[str, Any]:
    """Return the config of the collate function that a model expects; see `toolbox_of`."""
    return {'type': _COLLATE.get(toolbox_of(model), 'pseudo_collate')}


def check_last_batch_size(loader: DataLoader[Any], model: nn.Module) -> None:
    """Refuse a last batch of one sample where batch normalisation has one value per sample.

    Raises:
        UserError: With what to set, before the first epoch and not at its end.
    """
    batches: Any = loader.batch_sampler
    size, samples = getattr(batches, 'batch_size', None), getattr(batches, 'sampler', ())
    if not size or size < 2 or getattr(batches, 'drop_last', True) or len(samples) % size != 1:
        return
    norms = [name for name, module in model.named_modules() if type(module) is nn.BatchNorm1d]
    if norms:
        raise UserError(
            f'train_dataloader.batch_size: {len(samples)} samples in batches of {size} leave a '
            f'last batch of one, and {norms[0]} (BatchNorm1d) needs several. Set drop_last=True, '
            'or another batch_size.'
        )
