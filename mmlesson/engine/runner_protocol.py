"""`RunnerLike`: what hooks and loops use of a runner."""

from __future__ import annotations

from typing import Any, Protocol

import torch

from mmlesson.engine.run_status import RunStatus
from mmlesson.engine.signals import Interrupts


class RunnerLike(Protocol):
    """The part of mmengine's ``Runner`` that hooks rely on; `LessonRunner` has it too.

    mmengine has no type annotations that a checker could read, so what it gives is Any. What only
    `LessonRunner` has, such as ``bare_model``, is declared by `LessonRunnerLike`.
    """

    cfg: Any
    model: Any
    work_dir: str
    logger: Any
    visualizer: Any
    message_hub: Any
    optim_wrapper: Any
    param_schedulers: Any

    @property
    def train_loop(self) -> Any:
        """Training loop; built, with its dataset, when first asked for."""

    @property
    def val_loop(self) -> Any:
        """Validation loop, or None."""

    @property
    def train_dataloader(self) -> Any:
        """Loader of the training split."""

    @property
    def hooks(self) -> list[Any]:
        """Registered hooks in the order of their priority."""

    @property
    def epoch(self) -> int:
        """Epochs that are finished."""

    @property
    def iter(self) -> int:
        """Iterations that are finished."""

    @property
    def max_epochs(self) -> int:
        """Epochs that the run will have."""

    @property
    def max_iters(self) -> int:
        """Iterations that the run will have."""

    @property
    def rank(self) -> int:
        """This process's number among all."""

    @property
    def world_size(self) -> int:
        """Number of processes."""


class LessonRunnerLike(RunnerLike, Protocol):
    """What only `LessonRunner` has."""

    status: RunStatus
    _train_loop: Any
    _randomness_cfg: dict[str, Any]
    device: torch.device
    seed: int
    experiment_name: str

    @property
    def bare_model(self) -> Any:
        """Model without a distributed wrapper."""

    @property
    def is_replica(self) -> bool:
        """Whether each of several processes trains on all samples."""

    @property
    def checks_every_step(self) -> bool:
        """Whether reading the loss after each step costs nothing."""

    @property
    def interrupts(self) -> Interrupts:
        """Signals received."""

    @property
    def interrupted_by(self) -> int | None:
        """Number of the signal that ends this run, or None."""

    @property
    def dataset_meta(self) -> dict[str, Any] | None:
        """Meta information of the training dataset."""

    @property
    def config_text(self) -> str:
        """Config as text."""

    @property
    def val_dataloader(self) -> Any:
        """Loader of the validation split."""

    @property
    def test_dataloader(self) -> Any:
        """Loader of the test split."""

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Call the hooks of a stage."""

    def set_randomness(
        self, seed: int | None, diff_rank_seed: bool = False, deterministic: bool = False
    ) -> None:
        """Seed Python, NumPy and torch."""

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """Build the optimizer wrapper."""

    def begin_epoch(self, epoch: int) -> None:
        """Announce an epoch."""

    def restore_random_state(self) -> None:
        """Restore the random state of a resumed run."""

    def save_checkpoint(self, out_dir: str, filename: str) -> None:
        """Save everything that resuming needs."""

    def note_last(self, name: str) -> None:
        """Let ``last_checkpoint`` name a checkpoint."""

    def save_interrupted(self) -> None:
        """Save and end after a signal."""

    def stop_non_finite(self, what: str) -> None:
        """End the run at a loss that is not finite."""
