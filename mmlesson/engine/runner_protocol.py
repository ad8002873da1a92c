"""`RunnerLike` and `LessonRunnerLike`: the parts of a runner that hooks and loops use."""

from __future__ import annotations

from typing import Any, Protocol

import torch

from mmlesson.engine.run_status import RunStatus
from mmlesson.engine.signals import Interrupts


class RunnerLike(Protocol):
    """The part of mmengine's ``Runner`` that hooks use.

    mmengine is not marked as typed, so its objects are Any for type checkers.
    """

    cfg: Any
    model: Any
    work_dir: str
    logger: Any
    visualizer: Any
    message_hub: Any
    optim_wrapper: Any
    param_schedulers: Any
    hooks: list[Any]
    train_loop: Any  # built, with its dataset, on first access
    val_loop: Any  # None without validation
    train_dataloader: Any
    val_dataloader: Any
    test_dataloader: Any
    epoch: int  # number of finished epochs
    iter: int  # number of finished iterations
    max_epochs: int
    max_iters: int
    seed: int
    rank: int
    world_size: int
    experiment_name: str
    _train_loop: Any  # not built on access
    _randomness_cfg: dict[str, Any]

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks of a stage."""

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """Build the optimizer wrapper."""

    def set_randomness(self, seed: int | None, **settings: bool) -> None:
        """Seed Python, NumPy and torch."""

    def save_checkpoint(self, out_dir: str, filename: str, **options: Any) -> None:
        """Save everything that resuming needs."""


class LessonRunnerLike(RunnerLike, Protocol):
    """The part of `LessonRunner` that mmengine's ``Runner`` does not have."""

    status: RunStatus
    device: torch.device
    bare_model: Any
    is_replica: bool
    is_quiet: bool
    checks_every_step: bool
    interrupts: Interrupts
    interrupted_by: int | None
    dataset_meta: dict[str, Any] | None
    config_text: str
    optimizer_settings: dict[str, Any] | None  # of optimizers and schedulers, as built

    def begin_epoch(self, epoch: int) -> None:
        """Announce a new epoch to the sampler."""

    def restore_random_state(self) -> None:
        """Restore the random state of a resumed run."""

    def note_last(self, name: str) -> None:
        """Write the name of a checkpoint into ``last_checkpoint``."""

    def save_interrupted(self) -> None:
        """Save a checkpoint and exit after a signal."""

    def stop_non_finite(self, what: str) -> None:
        """Stop the run because of a NaN or infinite loss."""
