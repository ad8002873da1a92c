"""The Runner: mmengine's, with its defects mended in this one place."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

import torch
from mmengine.dist import get_rank, is_main_process, master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from mmlesson.datasets.splits import check_disjoint, describe_split
from mmlesson.engine import random_state
from mmlesson.engine.checkpoint import (
    LAST,
    CheckpointError,
    load_weights,
    newest_whole,
    read_checkpoint,
    weights_sha256,
    write_checkpoint,
    write_text,
)
from mmlesson.engine.meter import NonFiniteLossError
from mmlesson.engine.summary import write_summary
from mmlesson.errors import UserError
from mmlesson.registry import RUNNERS, in_own_scope

DEFAULT_HOOKS: dict[str, dict[str, Any]] = {
    'sampler_seed': {'type': 'DistSamplerSeedHook'},
    'logger': {'type': 'mmlesson.ProgressHook'},
    'param_scheduler': {'type': 'ParamSchedulerHook'},
    'checkpoint': {'type': 'mmlesson.LessonCheckpointHook'},
}


class Interrupted(SystemExit):
    """A signal ended the run in good order; exit status 128 + signal, as shells report it."""


@RUNNERS.register_module()
class LessonRunner(Runner):
    """mmengine's ``Runner`` with exact resume, safe checkpoints and a summary of each run.

    It takes what mmengine's takes. Beyond that it reads from the config: ``device`` ('auto', 'cpu',
    'cuda', 'cuda:1', 'mps') and ``test_after_train`` (apply the final model to the test split).

    Attributes:
        train_metrics: Training metrics of the last epoch, per sample, e.g. 'accuracy/top1' in
            percent.
        val_metrics: What the last validation reported.
        stop: Why training ended before its last epoch (reason, message, epoch), or None.
    """

    _timestamps_taken: ClassVar[set[str]] = set()
    _timestamp: str
    _test_loop: Any
    optim_wrapper: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.train_metrics: dict[str, float] = {}
        self.val_metrics: dict[str, float] = {}
        self.test_metrics: dict[str, float] | None = None
        self.stop: dict[str, Any] | None = None
        self.splits: dict[str, dict[str, Any]] = {}
        self.interrupted_by: int | None = None
        self.resume_after_stop = False
        self._resumed: dict[str, Any] | None = None
        self._stages: dict[str, list[Hook]] = {}
        super().__init__(*args, **kwargs)

    # -- setting up ---------------------------------------------------------------------------

    def setup_env(self, env_cfg: dict[str, Any]) -> None:
        """Set up as mmengine does, under a name that no other run of this process has.

        mmengine 0.10.7 (utils/manager.py:109): two runs begun in one second share their message
        hub, logger and visualizer.
        """
        super().setup_env(env_cfg)
        stamp, count = self._timestamp, 1
        while self._timestamp in self._timestamps_taken:
            count += 1
            self._timestamp = f'{stamp}_{count}'
        self._timestamps_taken.add(self._timestamp)

    @cached_property
    def _config_text(self) -> str:
        # Formatting it takes 0.1 s; mmengine 0.10.7 (runner/runner.py:2215) does so at each save.
        return str(self.cfg.pretty_text)

    @cached_property
    def device(self) -> torch.device:
        """Where the model trains."""
        return resolve_device(self.cfg.get('device', 'auto'))

    @property
    def checks_every_step(self) -> bool:
        """Whether a look at the loss is free of charge: a GPU would have to be waited for."""
        return self.device.type == 'cpu'

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

    def wrap_model(self, model_wrapper_cfg: Any, model: nn.Module) -> nn.Module:
        """Move the model to ``device``; mmengine 0.10.7 knows only the one found at import."""
        if self.distributed or is_model_wrapper(model):
            return super().wrap_model(model_wrapper_cfg, model)
        return model.to(self.device)

    def _log_env(self, env_cfg: dict[str, Any]) -> None:
        """Log what a run needs to be told apart, not two screens of it."""
        import mmengine

        self.logger.info(
            f'mmengine {mmengine.__version__}, torch {torch.__version__}, device {self.device}, '
            f'seed {self.seed}, {self.world_size} process(es)'
        )

    def dump_config(self) -> None:
        """Keep the config in the folder of this start.

        mmengine 0.10.7 (runner/runner.py:2277) writes it to work_dir, over that of older starts.
        """
        if is_main_process():
            name = Path(self.cfg.filename).name if self.cfg.filename else 'config.py'
            self.cfg.dump(str(Path(self.log_dir) / name))

    def build_logger(self, *args: Any, **kwargs: Any) -> Any:
        """Build the logger, without a warning per registry that a scope has no need of.

        mmengine 0.10.7 (registry/registry.py:355) expects every scope to have all registries.
        """
        logger = super().build_logger(*args, **kwargs)
        logger.addFilter(lambda record: 'Failed to search registry' not in record.getMessage())
        return logger

    @property
    def log_dir(self) -> str:
        """Folder of this start: log, scalars and config."""
        return str(self._log_dir)

    def register_default_hooks(self, hooks: dict[str, Any] | None = None) -> None:
        """Register our default hooks, changed by ``hooks``; None takes one away.

        mmengine's ``LoggerHook`` needs its timer and runtime information, which cost about as much
        as a step of a small model; they come with it alone.
        """
        hooks = dict(hooks or {})
        logger = hooks.get('logger') or {}
        defaults: dict[str, Any] = dict(DEFAULT_HOOKS)
        if str(logger.get('type', '') if isinstance(logger, dict) else '').endswith('LoggerHook'):
            defaults = {
                'runtime_info': {'type': 'RuntimeInfoHook'},
                'timer': {'type': 'IterTimerHook'},
                **defaults,
            }
        for hook in {**defaults, **hooks}.values():
            if hook is not None:
                self.register_hook(hook)

    def register_hook(self, hook: Any, priority: Any = None) -> None:
        """Register one hook."""
        super().register_hook(hook, priority)
        self._stages.clear()

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks that do something at this stage; an error names the hook.

        mmengine 0.10.7 (runner/runner.py:1838) hides the traceback of a TypeError, and calls each
        hook at each stage.
        """
        hooks = self._stages.get(fn_name)
        if hooks is None:
            hooks = [hook for hook in self._hooks if _acts(hook, fn_name)]
            self._stages[fn_name] = hooks
        for hook in hooks:
            try:
                getattr(hook, fn_name)(self, **kwargs)
            except Exception:
                self.logger.error('%s failed in %s', type(hook).__name__, fn_name)
                raise
        if fn_name == 'after_val_epoch':
            self.val_metrics = dict(kwargs.get('metrics') or {})

    @staticmethod
    def build_dataloader(
        dataloader: Any, seed: int | None = None, diff_rank_seed: bool = False
    ) -> DataLoader[Any]:
        """Build a loader as mmengine does, with workers whose augmentation can be replayed.

        Workers start anew in each epoch, seeded by (seed, rank, worker, epoch): a worker that
        lives on carries a random state that no checkpoint can hold.
        """
        if isinstance(dataloader, DataLoader):
            return dataloader
        config = {key: value for key, value in dataloader.items() if key != 'persistent_workers'}
        if isinstance(config.get('dataset'), dict):
            config['dataset'] = in_own_scope(config['dataset'])
        config.setdefault('collate_fn', {'type': 'mmlesson.lesson_collate'})
        loader = Runner.build_dataloader(config, seed, diff_rank_seed)
        if loader.num_workers > 0 and 'worker_init_fn' not in dataloader:
            loader.worker_init_fn = partial(
                random_state.seed_worker, seed=seed or 0, rank=get_rank(), sampler=loader.sampler
            )
        return loader

    def build_train_loop(self, loop: Any) -> Any:
        """Build our loop for ``by_epoch`` as well as for mmengine's own loop types."""
        if isinstance(loop, dict):
            loop = dict(loop)
            kind = loop.pop('type', None)
            by_epoch = loop.pop('by_epoch', None)
            ours = {
                None: 'LessonEpochLoop' if by_epoch is not False else 'LessonIterLoop',
                'EpochBasedTrainLoop': 'LessonEpochLoop',
                'IterBasedTrainLoop': 'LessonIterLoop',
            }
            loop['type'] = f'mmlesson.{ours[kind]}' if kind in ours else kind
        return super().build_train_loop(loop)

    # -- running ------------------------------------------------------------------------------

    def train(self) -> nn.Module:
        """Train, and leave a summary however it ends."""
        status, failure = 'failed', None
        try:
            with self._signals_noted():
                model = super().train()
            status = 'early_stopped' if self.stop else 'completed'
            if self.cfg.get('test_after_train') and self._test_loop is not None:
                self._apply_to_test()
            return model
        except Interrupted:
            status = 'interrupted'
            raise
        except Exception as err:
            failure = err
            raise
        finally:
            self._leave_summary(status, failure)

    def _apply_to_test(self) -> None:
        self._test_loop = self.build_test_loop(self._test_loop)
        self._describe('test', self.test_dataloader)
        check_disjoint(self.splits['train'], self.splits['test'])
        self.test_metrics = dict(self.test_loop.run())

    def test(self) -> dict[str, float]:
        """Measure a loaded model on the test split, unless it was trained on samples of it."""
        metrics: dict[str, float] = super().test()
        self.test_metrics = dict(metrics)
        return self.test_metrics

    def _init_model_weights(self) -> None:
        """Initialise the weights, and the preprocessor from the training split alone."""
        super()._init_model_weights()
        self._describe('train', self.train_dataloader)
        if self._val_loop is not None:
            self._describe('val', self.val_dataloader)
        preprocessor: Any = getattr(self.bare_model, 'data_preprocessor', None)
        dataset = self.train_dataloader.dataset
        if getattr(preprocessor, 'needs_statistics', False) and hasattr(dataset, 'statistics'):
            preprocessor.fit(*dataset.statistics())

    def _describe(self, name: str, loader: Any) -> None:
        """Note which samples a split has; ours know all three at once."""
        known = getattr(loader.dataset, 'splits', {})
        for other, split in known.items():
            self.splits.setdefault(other, {'size': split.size, 'sha256': split.sha256})
        self.splits[name] = describe_split(loader.dataset)
        facts = self.splits[name]
        self.logger.info(f'{name} split: {facts["size"]} samples, sha256 {facts["sha256"]}')

    def begin_epoch(self, epoch: int) -> None:
        """Tell samplers, and all who cannot see the runner, that an epoch begins."""
        sampler = self.train_dataloader.sampler
        if hasattr(sampler, 'set_epoch'):
            sampler.set_epoch(epoch)
        self.message_hub.update_info('epoch', epoch)
        self.message_hub.update_info('max_epochs', self.max_epochs)
        self.message_hub.update_info('max_iters', self.max_iters)

    # -- ending -------------------------------------------------------------------------------

    @contextmanager
    def _signals_noted(self) -> Iterator[None]:
        """Note Ctrl-C and SIGTERM so that the step is finished; a second one ends at once."""
        kinds = (signal.SIGINT, signal.SIGTERM)

        def note(number: int, frame: FrameType | None) -> None:
            self.interrupted_by = number
            for kind in kinds:
                signal.signal(kind, signal.SIG_DFL)
            self.logger.warning('Interrupted: finishing the step, then saving. Again: end at once.')

        try:
            before = {kind: signal.signal(kind, note) for kind in kinds}
        except ValueError:  # only the main thread may; elsewhere signals are its business
            before = {}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def save_interrupted(self) -> None:
        """Save, then end with the status that the signal asks for."""
        name = f'epoch_{self.epoch}_iter_{self.iter}.pth'
        self.save_checkpoint(self.work_dir, name)
        self.note_last(name)
        self.logger.warning(f'Saved {name}; go on with --resume.')
        raise Interrupted(128 + (self.interrupted_by or 0))

    def stop_non_finite(self, what: str) -> None:
        """End the run at a loss that is NaN or infinite, before a checkpoint of it is written."""
        bad = [
            f'{name} ({kind})'
            for name, parameter in reversed(list(self.bare_model.named_parameters()))
            for kind, tensor in (('gradient', parameter.grad), ('weight', parameter))
            if tensor is not None and not bool(torch.isfinite(tensor).all())
        ]
        where = f'epoch {self.epoch + 1}, iteration {self.iter + 1}'
        self.stop = {
            'reason': 'non_finite',
            'message': f'{what} at {where}; not finite, from the output on: '
            f'{", ".join(bad[:6]) or "nothing but the loss"}',
            'epoch': self.epoch + 1,
        }
        raise NonFiniteLossError(
            f'{self.stop["message"]}. Lower the learning rate, or look at the data of this batch.'
        ) from None

    def _leave_summary(self, status: str, failure: Exception | None) -> None:
        if is_main_process():
            write_summary(Path(self.work_dir), self.summarize(status, failure))

    def summarize(self, status: str, failure: Exception | None = None) -> dict[str, Any]:
        """Return what ``summary.json`` holds."""
        loop = self._train_loop
        seconds = getattr(loop, 'train_seconds', 0.0)
        samples = getattr(loop, 'samples_seen', 0)
        best = next((hook.best for hook in self._hooks if getattr(hook, 'best', None)), None)
        return {
            'config': str(self.cfg.filename) if self.cfg.filename else None,
            'seed': self.seed,
            'device': str(self.device),
            'world_size': self.world_size,
            'status': status,
            'error': f'{type(failure).__name__}: {failure}' if failure else None,
            'epochs': getattr(loop, '_epoch', 0),
            'iterations': getattr(loop, '_iter', 0),
            'train_seconds': round(seconds, 4),
            'samples_per_second': round(samples / seconds, 1) if seconds else 0.0,
            'best': best,
            'stop': self.stop,
            'val': self.val_metrics or None,
            'test': self.test_metrics,
            'splits': {
                name: {'size': facts['size'], 'sha256': facts['sha256']}
                for name, facts in self.splits.items()
            },
            'diagnosis': None,
            'weights_sha256': weights_sha256(self.bare_model),
        }

    # -- saving and resuming --------------------------------------------------------------------

    def note_last(self, name: str) -> None:
        """Point ``last_checkpoint`` to a file beside it; the name is relative, so runs can move."""
        if is_main_process():
            write_text(Path(self.work_dir) / LAST, name + '\n')

    @master_only
    def save_checkpoint(self, out_dir: str, filename: str, **_: Any) -> None:
        """Save everything that a resumed run needs to end as this one would.

        Args:
            out_dir: Folder.
            filename: Name in it.
            _: What mmengine's own ``CheckpointHook`` passes; all is always saved.
        """
        checkpoint: dict[str, Any] = {
            'meta': {
                'cfg': self._config_text,
                'seed': self.seed,
                'experiment_name': self.experiment_name,
                'epoch': self.epoch,
                'iter': self.iter,
                'dataset_meta': getattr(self.train_dataloader.dataset, 'metainfo', None),
            },
            'state_dict': self.bare_model.state_dict(),
            'optimizer': self.optim_wrapper.state_dict(),
            'param_schedulers': _scheduler_states(self.param_schedulers),
            'loop': self.train_loop.state_dict(),
            'gradients': self._pending_gradients(),
            'random_state': random_state.capture(),
            'train_metrics': self.train_metrics,
            'val_metrics': self.val_metrics,
            'stop': self.stop,
            'splits': self.splits,
            'hooks': {
                type(hook).__name__: hook.state_dict()
                for hook in self._hooks
                if hasattr(hook, 'state_dict')
            },
        }
        self.call_hook('before_save_checkpoint', checkpoint=checkpoint)
        write_checkpoint(Path(out_dir) / filename, checkpoint)

    def _pending_gradients(self) -> dict[str, Any]:
        """Return gradients accumulated so far, where an optimizer step takes several batches."""
        if getattr(self.optim_wrapper, '_accumulative_counts', 1) == 1:
            return {}
        named = self.bare_model.named_parameters()
        return {name: p.grad for name, p in named if p.grad is not None}

    def load_or_resume(self) -> None:
        """Load weights, or go on with an earlier run; say so where there is none."""
        if self._has_loaded:
            return
        if self._resume and self._load_from is None:
            found, skipped = newest_whole(Path(self.work_dir))
            for line in skipped:
                self.logger.warning(f'Skipped: {line}')
            if found is None:
                self.logger.warning(
                    f'Nothing to resume in {self.work_dir}: training starts from the beginning.'
                )
                return
            self.resume(str(found))
        elif self._resume:
            self.resume(self._load_from)
        elif self._load_from is not None:
            self.load_checkpoint(self._load_from, strict=self._testing)

    @property
    def _testing(self) -> bool:
        return not isinstance(self._train_loop, BaseLoop)  # not built: this is no training run

    def load_checkpoint(
        self,
        filename: str,
        map_location: Any = 'cpu',
        strict: bool = True,
        revise_keys: Any = None,
    ) -> dict[str, Any]:
        """Load weights from a file; it must fit, unless ``strict`` is False.

        mmengine 0.10.7 (runner/runner.py:2110) loads what happens to fit and goes on.
        """
        checkpoint = read_checkpoint(filename)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        load_weights(self.bare_model, checkpoint, str(filename), strict)
        self._has_loaded = True
        trained = (checkpoint.get('splits') or {}).get('train')
        if self._testing and trained and self._test_loop is not None:
            self._describe('test', self.test_dataloader)
            check_disjoint(trained, self.splits['test'])
        self.logger.info(f'Loaded {filename}')
        return checkpoint

    def resume(self, filename: str, *_: Any, **__: Any) -> None:
        """Go on from a checkpoint as if the run had never been interrupted."""
        checkpoint = read_checkpoint(filename)
        if 'loop' not in checkpoint:
            raise CheckpointError(
                f'{filename} holds weights only, nothing to resume from. '
                'Start from its weights with --cfg-options load_from=PATH.'
            )
        self._refuse_other_data(filename, checkpoint)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        load_weights(self.bare_model, checkpoint, str(filename), strict=True)
        self._resume_seed(checkpoint['meta']['seed'])
        self.optim_wrapper = self.build_optim_wrapper(self.optim_wrapper)
        self.optim_wrapper.load_state_dict(checkpoint['optimizer'])
        for name, parameter in self.bare_model.named_parameters():
            if name in checkpoint['gradients']:
                parameter.grad = checkpoint['gradients'][name].to(parameter.device)
        _load_schedulers(self.param_schedulers, checkpoint['param_schedulers'])
        self.train_loop.load_state_dict(checkpoint['loop'])
        self.train_metrics = checkpoint['train_metrics']
        self.val_metrics = checkpoint['val_metrics']
        self._resume_hooks(checkpoint['hooks'])
        self._resume_stop(checkpoint['stop'])
        self._resumed = checkpoint['random_state']
        self._has_loaded = True
        self.logger.info(f'Resumed {filename} at epoch {self.epoch}, iteration {self.iter}')

    def restore_random_state(self) -> None:
        """Put the random state back that was resumed, once, when all else has been built."""
        if self._resumed is not None:
            random_state.restore(self._resumed)
            self._resumed = None

    def _refuse_other_data(self, filename: str, checkpoint: Mapping[str, Any]) -> None:
        then, now = checkpoint['splits'].get('train', {}), self.splits.get('train', {})
        for key in ('source', 'sha256'):
            if then.get(key) != now.get(key):
                raise UserError(
                    f'{filename} was trained on another training split ({then.get("size")} samples,'
                    f' {key} {str(then.get(key))[:12]}; now {now.get("size")} samples, '
                    f'{str(now.get(key))[:12]}). Put the data settings back, or start a new run.'
                )

    def _resume_seed(self, seed: int) -> None:
        if seed == self.seed:
            return
        self.logger.warning(f'The seed {seed} of the checkpoint is used, not {self.seed}.')
        self._randomness_cfg.update(seed=seed)
        self.set_randomness(**self._randomness_cfg)
        # Samplers were built with the other one; mmengine 0.10.7 (runner.py:2051) leaves it there.
        sampler = self.train_dataloader.sampler
        if hasattr(sampler, 'seed'):
            sampler.seed = seed

    def _resume_hooks(self, states: Mapping[str, Any]) -> None:
        for hook in self._hooks:
            if type(hook).__name__ in states and hasattr(hook, 'load_state_dict'):
                hook.load_state_dict(states[type(hook).__name__])

    def _resume_stop(self, stop: dict[str, Any] | None) -> None:
        if stop is None:
            return
        if self.resume_after_stop:
            self.logger.warning(f'The run had stopped ({stop["message"]}); going on as asked.')
            return
        self.stop, self.train_loop.stop_training = stop, True
        self.logger.warning(
            f'The run stopped at epoch {stop["epoch"]} ({stop["message"]}): nothing is left to '
            'train. Go on all the same with --resume-after-stop.'
        )


def resolve_device(name: str) -> torch.device:
    """Return the device that ``name`` means; 'auto' takes a GPU where there is one.

    Raises:
        UserError: If there is no such device here.
    """
    if name == 'auto':
        if torch.cuda.is_available():
            return torch.device('cuda', torch.cuda.current_device())
        return torch.device('mps' if torch.backends.mps.is_available() else 'cpu')
    kind, _, index = name.partition(':')
    if kind not in ('cpu', 'cuda', 'mps') or (index and not index.isdigit()):
        raise UserError(f"device must be auto, cpu, cuda, cuda:N or mps, got '{name}'.")
    if kind == 'cuda' and int(index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"device '{name}' was asked for, but torch sees {torch.cuda.device_count()} CUDA "
            'device(s) here. Use --device cpu, or install a CUDA build of torch.'
        )
    if kind == 'mps' and not torch.backends.mps.is_available():
        raise UserError("device 'mps' was asked for, but there is none here. Use --device cpu.")
    return torch.device(name)


def _acts(hook: Hook, stage: str) -> bool:
    if stage in Hook.stages:
        return stage in hook.get_triggered_stages()
    return hasattr(hook, stage)


def _scheduler_states(schedulers: Any) -> Any:
    if isinstance(schedulers, dict):
        return {name: _scheduler_states(items) for name, items in schedulers.items()}
    # Functions are rebuilt from the config; plain data is all that a checkpoint holds.
    return [
        {key: value for key, value in item.state_dict().items() if not callable(value)}
        for item in schedulers or []
    ]


def _load_schedulers(schedulers: Any, states: Any) -> None:
    if isinstance(schedulers, dict):
        for name, items in schedulers.items():
            _load_schedulers(items, states[name])
        return
    if len(schedulers or []) != len(states):
        raise UserError(
            f'The config has {len(schedulers or [])} param_scheduler(s), the checkpoint '
            f'{len(states)}. Put the schedule back, or start a new run.'
        )
    for scheduler, state in zip(schedulers or [], states, strict=True):
        scheduler.load_state_dict(state)
