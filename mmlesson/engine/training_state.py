"""Training state: everything that a checkpoint holds for an exact resume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmengine.dist import all_reduce
from mmengine.hooks import Hook

from mmlesson.engine.distributed.data_parallel import average_running_statistics
from mmlesson.engine.distributed.process_group import all_gather, world_size
from mmlesson.engine.optim.resume import resume_optimizers, scheduler_states
from mmlesson.engine.run_status import progress_of
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import CheckpointError, load_weights, require_resumable
from mmlesson.utils import rng_state


def capture(runner: LessonRunnerLike) -> dict[str, Any]:
    """Return everything that a resumed run needs to end with the same result.

    All processes must call this: each has its own sums, gradients and random state.
    """
    if world_size() > 1:
        average_running_statistics(runner.bare_model)
    return {
        'meta': {
            'cfg': runner.config_text,
            'seed': runner.seed,
            'experiment_name': runner.experiment_name,
            'epoch': runner.epoch,
            'iter': runner.iter,
            'dataset_meta': runner.dataset_meta,
        },
        'state_dict': runner.bare_model.state_dict(),
        'optimizer_settings': runner.optimizer_settings,
        'optimizer': runner.optim_wrapper.state_dict(),
        'param_schedulers': scheduler_states(runner.param_schedulers),
        'loop': runner.train_loop.state_dict(),
        'gradients': _pending_gradients(runner),
        'random_state': all_gather(rng_state.capture()),  # one per process
        'train_metrics': runner.status.train_metrics,
        'val_metrics': runner.status.val_metrics,
        'stop': runner.status.stop,
        'splits': runner.status.splits,
        'hooks': {name: hook.state_dict() for name, hook in stateful_hooks(runner.hooks).items()},
    }


def restore(runner: LessonRunnerLike, checkpoint: Mapping[str, Any], filename: str) -> None:
    """Restore the result of `capture`, except for the random state, which is restored last.

    Args:
        runner: A runner of the same config, with its model and datasets built.
        checkpoint: Contents of the checkpoint.
        filename: Name of the checkpoint, for error messages.

    Raises:
        UserError: If the checkpoint cannot be resumed, or belongs to another run; the message
            states the differences.
    """
    require_resumable(checkpoint, filename)
    _refuse_other_data(runner, checkpoint, filename)
    load_weights(runner.bare_model, checkpoint, filename, strict=True)
    _take_seed(runner, checkpoint['meta']['seed'])
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    with _naming_misfit('the optimizer and its schedules', filename):
        resume_optimizers(runner, checkpoint, filename)
    for name, parameter in runner.bare_model.named_parameters():
        if name in checkpoint['gradients']:
            parameter.grad = checkpoint['gradients'][name].to(parameter.device)
    with _naming_misfit('the training loop', filename):
        runner.train_loop.load_state_dict(checkpoint['loop'])
    _refuse_beyond_end(runner, filename)
    runner.status.train_metrics = checkpoint['train_metrics']
    runner.status.val_metrics = checkpoint['val_metrics']
    for name, hook in stateful_hooks(runner.hooks).items():
        if name in checkpoint['hooks']:
            with _naming_misfit(type(hook).__name__, filename):
                hook.load_state_dict(checkpoint['hooks'][name])
    _take_stop(runner, checkpoint['stop'])


@contextmanager
def _naming_misfit(what: str, filename: str) -> Iterator[None]:
    """Raise `CheckpointError` where a part of a checkpoint is not what its owner expects."""
    try:
        yield
    except UserError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as err:
        raise CheckpointError(
            f'{filename} cannot be resumed from: the state of {what} in it does not fit this run '
            f'({type(err).__name__}: {err}).'
        ) from err


def _refuse_beyond_end(runner: LessonRunnerLike, filename: str) -> None:
    loop = runner.train_loop
    done, unit = progress_of(runner)
    last = loop.max_epochs if unit == 'epoch' else loop.max_iters
    if done > last:
        raise CheckpointError(
            f'{filename} is of {unit} {done}, and the config trains to {unit} {last}. Raise '
            f'train_cfg.max_{"epochs" if unit == "epoch" else "iters"}, or start a new run.'
        )
    if loop.batch_idx > len(loop.dataloader):
        raise CheckpointError(
            f'{filename} is of batch {loop.batch_idx} of an epoch, which has '
            f'{len(loop.dataloader)} batches. Put the data settings back, or start a new run.'
        )


def stateful_hooks(hooks: list[Hook]) -> dict[str, Any]:
    """Return the hooks that have a state, by class name; the second of a class is 'Name#2'."""
    named: dict[str, Any] = {}
    for hook in hooks:
        if hasattr(hook, 'state_dict') and hasattr(hook, 'load_state_dict'):
            name = type(hook).__name__
            count = sum(other.split('#')[0] == name for other in named)
            named[f'{name}#{count + 1}' if count else name] = hook
    return named


def _pending_gradients(runner: LessonRunnerLike) -> dict[str, Any]:
    """Return the accumulated gradients, if an optimizer step takes several batches."""
    if getattr(runner.optim_wrapper, '_accumulative_counts', 1) == 1:
        return {}
    named = runner.bare_model.named_parameters()
    gradients = {name: p.grad.clone() for name, p in named if p.grad is not None}
    if world_size() > 1:  # until a step averages them, each process has its own gradients
        for gradient in gradients.values():
            all_reduce(gradient, op='mean')
    return gradients


def _refuse_other_data(
    runner: LessonRunnerLike, checkpoint: Mapping[str, Any], filename: str
) -> None:
    then, now = checkpoint['splits'].get('train', {}), runner.status.splits.get('train', {})
    for key in ('source', 'sha256'):
        if then.get(key) != now.get(key):
            raise UserError(
                f'{filename} was trained on another training split ({then.get("size")} samples,'
                f' {key} {str(then.get(key))[:12]}; now {now.get("size")} samples, '
                f'{str(now.get(key))[:12]}). Put the data settings back, or start a new run.'
            )


def _take_seed(runner: LessonRunnerLike, seed: int) -> None:
    if seed == runner.seed:
        return
    runner.logger.warning(f'The seed {seed} of the checkpoint is used, not {runner.seed}.')
    runner._randomness_cfg.update(seed=seed)
    runner.set_randomness(**runner._randomness_cfg)
    # Samplers were built with the previous seed; mmengine 0.10.7 (runner.py:2051) leaves it there.
    sampler = runner.train_dataloader.sampler
    if hasattr(sampler, 'seed'):
        sampler.seed = seed


def _take_stop(runner: LessonRunnerLike, stop: dict[str, Any] | None) -> None:
    if stop is None:
        return
    if runner.cfg.get('resume_after_stop'):
        runner.logger.warning(
            f'The run had stopped ({stop["message"]}); it continues as requested.'
        )
        return
    runner.status.request_stop(**stop)
    runner.logger.warning(
        'This stop is in the checkpoint: no training is left. '
        'Continue nevertheless with --resume-after-stop.'
    )
