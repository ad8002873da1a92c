"""`LessonRunner`: mmengine's Runner with exact resume, safe checkpoints and a run summary."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from torch import nn

from mmlesson.config.schema import DEFAULT_HOOKS
from mmlesson.datasets.label_checks import check_dataset_labels
from mmlesson.datasets.split_conflicts import ALLOW_KEY, check_splits, describe_split
from mmlesson.engine import distributed
from mmlesson.engine.build_errors import naming_refusals
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_building import check_last_batch_size
from mmlesson.engine.runner_saving import SavingRunner
from mmlesson.engine.signals import Interrupted, Interrupts
from mmlesson.engine.stock_types import is_type, lesson_checkpoint_hook
from mmlesson.engine.summary import summarize
from mmlesson.engine.train_metrics import NonFiniteLossError
from mmlesson.errors import UserError
from mmlesson.registry import RUNNERS
from mmlesson.runs.summary import write_summary
from mmlesson.runs.work_dir import claimed, start_name
from mmlesson.utils import rng_state
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.device import use_tf32


@RUNNERS.register_module()
class LessonRunner(SavingRunner):
    """mmengine's ``Runner`` with exact resume, safe checkpoints and a summary of each run.

    It takes what mmengine's takes. Beyond that it reads from the config: ``device`` ('auto', 'cpu',
    'cuda', 'cuda:1', 'mps'), ``test_after_train`` (apply the final model to the test split),
    ``allow_split_conflicts`` (see `check_splits`), ``env_cfg.cpu_threads`` (the number of CPU
    threads instead of that of `choose_threads`), and for speed on a GPU ``tf32``,
    ``channels_last`` and ``device_resident`` (True or False; see `keep_on_device`); ``compile`` and
    ``sync_bn`` are mmengine's, and work without a GPU too.
    """

    _stages: dict[str, list[Hook]]
    _starts: ClassVar[set[str]] = set()  # names of the starts of this process
    _timestamp: str
    _train_loop: Any
    _owns_work_dir = False
    _test_loop: Any
    _train_dataloader: Any
    optim_wrapper: Any

    # -- setting up ---------------------------------------------------------------------------

    def setup_env(self, env_cfg: dict[str, Any]) -> None:
        """Set up as mmengine does, under a name that no other start has.

        mmengine 0.10.7 (utils/manager.py:109): two runs begun in one second share their message
        hub, logger and visualizer, and in one work_dir their folder too.
        """
        use_tf32(self.cfg.get('tf32', False))
        self._cpu_threads = env_cfg.get('cpu_threads')
        if self.distributed:
            distributed.join_process_group(self.launcher)
            device = self.cfg.get('device', 'auto')
            distributed.connect(device, env_cfg.get('dist_cfg', {}).get('timeout'))
        if self.device.type == 'cuda':
            torch.cuda.set_device(self.device)  # allocations without a device use this one
        super().setup_env(env_cfg)
        name = self._claim_start_folder() if is_main_process() else None
        self._timestamp = distributed.broadcast(name)

    def _claim_start_folder(self) -> str:
        """Create the folder of this start, and return its name."""
        stamp, work_dir = self._timestamp, Path(self._work_dir)
        while True:
            name = start_name(work_dir, stamp, self._starts)
            try:
                (work_dir / name).mkdir(parents=True)  # of two starts, one succeeds
            except FileExistsError:
                if not (work_dir / name).is_dir():
                    raise
                continue
            self._starts.add(name)
            return name

    def set_randomness(
        self, seed: int | None = None, diff_rank_seed: bool = False, deterministic: bool = False
    ) -> None:
        """Seed as mmengine does; ``deterministic`` also sets up cuBLAS, which otherwise raises."""
        if deterministic:
            os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
        super().set_randomness(seed, diff_rank_seed, deterministic)

    @cached_property
    def interrupts(self) -> Interrupts:
        """Received signals."""
        return Interrupts(self.logger)

    @property
    def interrupted_by(self) -> int | None:
        """Number of the signal that interrupted this run, or None."""
        return self.interrupts.agreed

    @cached_property
    def config_text(self) -> str:
        """The config as text, formatted once.

        Formatting takes 0.1 s; mmengine 0.10.7 (runner/runner.py:2215) does it for each checkpoint.
        """
        return str(self.cfg.pretty_text)

    @property
    def dataset_meta(self) -> dict[str, Any] | None:
        """Metadata of the training dataset, or None if it is not built."""
        dataset = getattr(getattr(self._train_loop, 'dataloader', None), 'dataset', None)
        meta: dict[str, Any] | None = getattr(dataset, 'metainfo', None)
        return meta

    @property
    def checks_every_step(self) -> bool:
        """Whether to check the loss at every step; on a GPU this would synchronise the device."""
        return self.device.type == 'cpu'

    def _log_env(self, env_cfg: dict[str, Any]) -> None:
        """Log the identity of the run in one line."""
        import mmengine

        self.logger.info(
            f'mmengine {mmengine.__version__}, torch {torch.__version__}, device {self.device}, '
            f'seed {self.seed}, {self.world_size} process(es)'
        )

    def dump_config(self) -> None:
        """Write the config, as Python, into the folder of this start.

        mmengine 0.10.7 (runner/runner.py:2277) writes to work_dir and overwrites older files.
        """
        if is_main_process():
            name = Path(self.cfg.filename or 'config').stem
            write_text(Path(self.log_dir, f'{name}.py'), self.config_text)

    @property
    def log_dir(self) -> str:
        """Folder of this start, with its log, scalars and config."""
        return str(self._log_dir)

    def register_default_hooks(self, hooks: dict[str, Any] | None = None) -> None:
        """Register our default hooks, updated with ``hooks``; None removes a hook.

        mmengine's ``LoggerHook`` needs its timer and runtime information hooks. They cost about as
        much as a training step of a small model, and are registered only together with it.
        """
        hooks = dict(hooks or {})
        logger = hooks.get('logger') or {}
        defaults: dict[str, Any] = dict(DEFAULT_HOOKS)
        if str(logger.get('type', '') if isinstance(logger, dict) else '').endswith('LoggerHook'):
            defaults['runtime_info'] = {'type': 'RuntimeInfoHook'}
            defaults['timer'] = {'type': 'IterTimerHook'}
        self.register_hook({'type': 'mmlesson.StatusHook'})
        for hook in {**defaults, **hooks}.values():
            if hook is not None:
                self.register_hook(hook)

    def register_hook(self, hook: Any, priority: Any = None) -> None:
        """Register one hook; mmengine's ``CheckpointHook`` is replaced by ours."""
        if is_type(hook, 'CheckpointHook'):
            hook, notes = lesson_checkpoint_hook(hook, 'max_iters' not in (self._train_loop or {}))
            for note in notes:
                self.logger.warning(note)
        with naming_refusals('a hook'):
            super().register_hook(hook, priority)
        self._stages = {}

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks that implement this stage; an error names the hook.

        mmengine 0.10.7 (runner/runner.py:1838) hides the traceback of a TypeError, and calls every
        hook at every stage.
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

    # -- running ------------------------------------------------------------------------------

    def train(self) -> nn.Module:
        """Train, and write a summary however training ends.

        Raises:
            UserError: If another process is training in work_dir, or it holds a run that is not
                resumed. Nothing of that run is changed.
        """
        with ExitStack() as held:
            self._claim_work_dir(held)
            return self._train()

    def _claim_work_dir(self, held: ExitStack) -> None:
        """Hold the folder until training ends; if that is refused, remove what this start wrote."""
        resumes = self._resume or self.status.resumed_from is not None or self._owns_work_dir
        refusal = None
        if is_main_process():
            try:
                held.enter_context(claimed(Path(self.work_dir), resumes))
            except UserError as err:
                refusal = str(err)
        refusal = distributed.broadcast(refusal)
        if refusal is not None:
            if is_main_process():
                shutil.rmtree(self.log_dir, ignore_errors=True)
            raise UserError(refusal)
        self._owns_work_dir = True

    def _train(self) -> nn.Module:
        status, failure = 'failed', None
        try:
            with self.interrupts.noting():
                model = super().train()
            status = 'early_stopped' if self.status.stop else 'completed'
            if self.cfg.get('test_after_train') and self._test_loop is not None:
                self._apply_to_test()
            return model
        except Interrupted:
            status = 'interrupted'
            raise
        except KeyboardInterrupt:  # before or after the loop
            self.interrupts.agreed = signal.SIGINT
            raise
        except Exception as err:
            self.status.failure = failure = distributed.explain_peer_failure(err)
            distributed.report_failure(failure)
            if failure is err:
                raise
            raise failure from err
        finally:
            try:
                self._leave_summary(status, failure)
            finally:
                self.end_records()
                if status == 'interrupted':  # a launcher ends all processes when the first exits
                    distributed.barrier()

    def _apply_to_test(self) -> None:
        self._test_loop = self.build_test_loop(self._test_loop)
        self.test_loop.run()

    def test(self) -> dict[str, float]:
        """Test a loaded model, unless it was trained on samples of the test split."""
        try:
            metrics: dict[str, float] = super().test()
        finally:
            self.close_records()
        return dict(metrics)

    def _init_model_weights(self) -> None:
        """Initialise the weights, and check the splits."""
        super()._init_model_weights()
        if self.world_size == 1:
            check_last_batch_size(self.train_dataloader, self.bare_model)
        self._describe('train', self.train_dataloader)
        if self._val_loop is not None:
            self._describe('val', self.val_dataloader)
        if self.cfg.get('test_after_train') and self._test_loop is not None:
            self._describe('test', self.test_dataloader)
        self._check_splits(self.status.splits)
        if self.world_size > 1:
            rng_state.seed_process(self.seed, self.rank)

    def _describe(self, name: str, loader: Any) -> None:
        """Record the samples of a split; our datasets describe all three splits."""
        for other, split in getattr(loader.dataset, 'splits', {}).items():
            self.status.splits.setdefault(other, {'size': split.size, 'sha256': split.sha256})
        check_dataset_labels(loader.dataset, self.bare_model)
        facts = self.status.splits[name] = describe_split(loader.dataset)
        self.logger.info(f'{name} split: {facts["size"]} samples, sha256 {facts["sha256"]}')

    def _check_splits(self, splits: dict[str, dict[str, Any]]) -> None:
        """Refuse splits that share samples with training, unless the config allows it."""
        validates = not self._testing and self._val_loop is not None
        if validates and self.val_dataloader is self.train_dataloader:  # by --overfit-batches
            splits = {name: facts for name, facts in splits.items() if name != 'val'}
        for warning in check_splits(splits, bool(self.cfg.get(ALLOW_KEY))):
            self.logger.warning(warning)

    def begin_epoch(self, epoch: int) -> None:
        """Announce a new epoch to the sampler and the message hub."""
        sampler = self.train_dataloader.sampler
        if hasattr(sampler, 'set_epoch'):
            sampler.set_epoch(epoch)
        self.message_hub.update_info('epoch', epoch)
        self.message_hub.update_info('max_epochs', self.max_epochs)
        self.message_hub.update_info('max_iters', self.max_iters)

    # -- ending -------------------------------------------------------------------------------

    def save_interrupted(self) -> None:
        """Save a checkpoint, then exit with the status of the signal."""
        name = f'epoch_{self.epoch}_iter_{self.iter}.pth'
        self.save_checkpoint(self.work_dir, name)
        self.note_last(name)
        distributed.barrier()
        self.logger.warning(f'Saved {name}; continue with --resume.')
        raise Interrupted(128 + (self.interrupted_by or 0))

    def stop_non_finite(self, what: str) -> None:
        """Stop the run because of a NaN or infinite loss, before a checkpoint is written."""
        bad = [
            f'{name} ({kind})'
            for name, parameter in reversed(list(self.bare_model.named_parameters()))
            for kind, tensor in (('gradient', parameter.grad), ('weight', parameter))
            if tensor is not None and not bool(torch.isfinite(tensor).all())
        ]
        where = f'epoch {self.epoch + 1}, iteration {self.iter + 1}'
        named = ', '.join(bad[:6]) or 'only the loss'
        message = f'{what} at {where}; not finite, from the output backwards: {named}'
        self.status.request_stop('non_finite', message, progress_of(self)[0] + 1)
        raise NonFiniteLossError(
            f'{message}. Lower the learning rate, or look at the data of this batch.'
        ) from None

    def _leave_summary(self, status: str, failure: Exception | None) -> None:
        if not is_main_process():
            return
        try:
            write_summary(Path(self.work_dir), summarize(self, status, failure))
        except OSError as err:
            if failure is None:
                raise
            self.logger.warning(f'The summary could not be written either: {err}')


def _acts(hook: Hook, stage: str) -> bool:
    if stage in Hook.stages:
        return stage in hook.get_triggered_stages()
    return hasattr(hook, stage)
