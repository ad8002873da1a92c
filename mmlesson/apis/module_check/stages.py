"""Stages of the check of a module within one process."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from torch import Tensor, nn

from mmlesson.apis.analysis.build import (
    build_model,
    build_silent_runner,
    scratch_folder,
    training_batch,
)
from mmlesson.apis.analysis.gradient_check import check_config_gradients
from mmlesson.apis.analysis.limit_batches import first_batches, is_by_epoch
from mmlesson.config import LoadedConfig
from mmlesson.errors import RunError

STEPS = 40  # on one batch, after which the loss must have fallen
TOLERANCE = 1e-4  # relative and absolute, of a sample alone against the same in a batch
WRONG = 0.01  # relative error of a gradient; many kinks of a large network blur smaller ones


class SkipStageError(Exception):
    """A stage that does not apply; the message states the reason."""


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Args:
        config: Config file.
        folder: Folder for files of the check.
    """

    config: Path
    folder: Path

    def open(self, **options: Any) -> Config:
        """Return the config, read anew, with options by key; '__' stands for a dot."""
        values = {key.replace('__', '.'): value for key, value in options.items()}
        loaded = LoadedConfig.open(self.config, {'device': 'cpu', **values})
        return loaded.require_valid().config


def builds(subject: Subject) -> str:
    """Check the config, and build the model and a batch."""
    config = subject.open()
    model = build_model(config)
    batch = training_batch(config, model, 2)
    inputs = batch['inputs']
    shape = tuple(inputs.shape[1:]) if isinstance(inputs, Tensor) else type(inputs).__name__
    count = sum(p.numel() for p in model.parameters())
    return f'{type(model).__name__}, {count:,} parameters, samples {shape}'


def one_step(subject: Subject) -> str:
    """Take one step of training, and validate on one batch."""
    losses, changed = _train(subject.open(), steps=1, validates=True)
    if not losses:
        return 'no loss is reported'
    if not math.isfinite(losses[0]):
        raise RunError(f'the first loss is {losses[0]}')
    if not changed and losses[0] != 0:
        raise RunError('the step changed no weight: does the loss reach them?')
    return f'loss {losses[0]:.4g}'


def loss_falls(subject: Subject) -> str:
    """Train on one batch."""
    config = subject.open()
    losses, _ = _train(config, STEPS, validates=False)
    if not losses:
        raise SkipStageError('no loss is reported')
    last = sum(losses[-5:]) / len(losses[-5:])
    text = f'{losses[0]:.4g} to {last:.4g} in {len(losses)} steps on one batch'
    if not (last < losses[0] or last == 0):
        raise RunError(f'the loss went from {text}. Is the learning rate suitable?')
    return text


def batch_sizes(subject: Subject) -> str:
    """Compare a batch of one, and a last batch that is not full, with the same in a batch."""
    config = subject.open()
    model = build_model(config)
    batch = training_batch(config, model, 5)
    if not isinstance(batch['inputs'], Tensor):
        raise SkipStageError('the inputs of a batch are no tensor')
    model.train()
    _loss(model, _first(batch, 3)).detach()  # an odd tail in training
    model.eval()
    with torch.no_grad():
        whole = _outputs(model, batch)
        for size in (1, 3):
            part = _first(batch, size)
            for (name, found), (_, expected) in zip(_outputs(model, part), whole, strict=True):
                _compare(name, found, expected, size)
            _loss(model, part)
    return 'one and three samples give what they give in a batch of five'


def saves_and_loads(subject: Subject) -> str:
    """Save the weights, and load them into a model with other initial weights."""
    config = subject.open()
    model = build_model(config)
    batch = training_batch(config, model, 4)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    config.randomness = {**(config.get('randomness') or {}), 'seed': 12345}
    other = build_model(config)
    other.load_state_dict(torch.load(file, weights_only=True))
    model.eval(), other.eval()
    with torch.no_grad():
        pairs = list(zip(_outputs(model, batch), _outputs(other, batch), strict=True))
    for (name, first), (_, second) in pairs:
        if not torch.equal(first, second):
            raise RunError(
                f'{name} returns something else after loading: part of its state is in no '
                'parameter and no buffer'
            )
    return f'{len(model.state_dict())} tensors, {file.getbuffer().nbytes:,} bytes'


def devices(subject: Subject) -> str:
    """Take the loss and its gradient on each device, in float32 and in bfloat16."""
    config = subject.open()
    model = build_model(config)
    batch = training_batch(config, model, 4)
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise SkipStageError('no parameter is trained by a gradient')
    names = ['cpu', *(['cuda'] if torch.cuda.is_available() else [])]
    for name in names:
        moved = _moved(batch, name)
        model.to(name).train()
        for is_mixed in (False, True):
            with torch.autocast(name, torch.bfloat16, enabled=is_mixed):
                loss = _loss(model, moved)
            model.zero_grad()
            loss.backward()
            grads = [p.grad for p in trained if p.grad is not None]
            if not all(bool(g.isfinite().all()) for g in [loss.detach(), *grads]):
                mode = 'bfloat16' if is_mixed else 'float32'
                raise RunError(f'the loss or a gradient is not finite on {name} in {mode}')
    return f'{" and ".join(names)}, float32 and bfloat16{"" if len(names) > 1 else "; no GPU here"}'


def gradients(subject: Subject) -> str:
    """Compare the gradients with finite differences."""
    config = subject.open()
    model = build_model(config)
    if not any(p.requires_grad for p in model.parameters()):
        raise SkipStageError('no parameter is trained by a gradient')
    report = check_config_gradients(config, tolerance=WRONG, max_entries=5)
    if any(check.is_wrong(WRONG) for check in report.checks):
        raise RunError('; '.join(report.faults))
    compared = sum(check.compared > 0 for check in report.checks)
    if not compared:
        raise SkipStageError('every entry that was tried is at a kink of the loss')
    return f'{compared} of {len(report.checks)} parameters against finite differences'


class _Recorder(Hook):
    """Records the loss of each step."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Record a step."""
        if 'loss' in (outputs or {}):
            self.losses.append(float(torch.as_tensor(outputs['loss']).detach()))


def _train(config: Config, steps: int, validates: bool) -> tuple[list[float], bool]:
    """Train on the first batch; return the losses, and whether a weight changed."""
    if not validates:
        config.update(val_dataloader=None, val_cfg=None, val_evaluator=None)
    length: dict[str, Any] = {'val_begin': 1, 'val_interval': steps, 'dynamic_intervals': None}
    length['max_epochs' if is_by_epoch(config) else 'max_iters'] = steps
    planned = dict(config.train_cfg)
    config.param_scheduler = None
    with scratch_folder() as folder:
        runner = build_silent_runner(config, folder / 'run')
        loader = runner.build_dataloader(runner._train_dataloader, seed=runner.seed)
        runner._train_dataloader = first_batches(loader, 1)
        runner._train_loop = {**planned, **length}
        if validates and runner._val_loop is not None:
            whole = runner.build_dataloader(runner._val_dataloader, seed=runner.seed)
            runner._val_dataloader = first_batches(whole, 1)
        recorder = _Recorder()
        runner.register_hook(recorder)
        before = [value.clone() for value in runner.bare_model.state_dict().values()]
        runner.train()
        after = runner.bare_model.state_dict().values()
    changed = any(
        a.shape != b.shape or not torch.equal(a, b) for a, b in zip(before, after, strict=True)
    )
    return recorder.losses, changed


def _loss(model: nn.Module, batch: Mapping[str, Any]) -> Tensor:
    losses = model(**batch, mode='loss')
    parsed: Tensor = model.parse_losses(losses)[0]  # type: ignore[operator]
    return parsed


def _outputs(model: nn.Module, batch: Mapping[str, Any]) -> list[tuple[str, Tensor]]:
    """Return the tensors that the backbone and the model return, with their names."""
    with _recorded(getattr(model, 'backbone', None)) as features:
        whole = model(batch['inputs'], mode='tensor')
    named = [(type(model).__name__, tensor) for tensor in _tensors(whole)]
    return [*features, *named]


@contextmanager
def _recorded(module: Any) -> Iterator[list[tuple[str, Tensor]]]:
    """Collect what a module returns."""
    found: list[tuple[str, Tensor]] = []
    if not isinstance(module, nn.Module):
        yield found
        return
    name = type(module).__name__
    handle = module.register_forward_hook(
        lambda module, args, output: found.extend((name, tensor) for tensor in _tensors(output))
    )
    try:
        yield found
    finally:
        handle.remove()


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value.detach()]
    items = value.values() if isinstance(value, Mapping) else value
    is_container = isinstance(value, Mapping | list | tuple)
    return [tensor for item in items for tensor in _tensors(item)] if is_container else []


def _compare(name: str, found: Tensor, expected: Tensor, size: int) -> None:
    wanted = (size, *expected.shape[1:])
    if found.shape != wanted:
        raise RunError(
            f'{name} returns the shape {tuple(found.shape)} for {size} sample(s), expected '
            f'{wanted}. Does it squeeze the axis of the batch away?'
        )
    if not torch.allclose(found, expected[:size], TOLERANCE, TOLERANCE):
        raise RunError(f'{name} returns something else for a sample when the batch has {size}')


def _first(value: Any, size: int) -> Any:
    """Return the first samples of a batch."""
    if isinstance(value, Mapping):
        return {key: _first(item, size) for key, item in value.items()}
    return value[:size] if isinstance(value, Tensor | list) else value


def _moved(value: Any, device: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _moved(item, device) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, device) for item in value]
    return value.to(device) if hasattr(value, 'to') else value
