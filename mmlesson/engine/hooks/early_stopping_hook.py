"""Early stopping: a superset of mmengine's hook whose decision survives resuming and many ranks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.dist import broadcast_object_list, get_world_size, is_main_process
from mmengine.hooks import EMAHook, Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import IterBasedTrainLoop

from mmlesson.engine.early_stopping.rule import Decision, StoppingRule, join_decisions
from mmlesson.errors import ArgumentError, UserError, check_choice, did_you_mean
from mmlesson.registry import HOOKS
from mmlesson.utils.metric_direction import direction

_OWNER = 'EarlyStoppingHook'
_PER_MONITOR = ('rule', 'min_delta', 'baseline', 'stopping_threshold', 'divergence_threshold')


@HOOKS.register_module()
class EarlyStoppingHook(Hook):
    """Stop training when validation says that going on is no use, and keep the best weights.

    It acts in ``after_val_epoch`` (decides, sets ``train_loop.stop_training`` and ``runner.stop``)
    and ``after_train`` (loads the best weights back), and only while training: validating or
    testing alone never touches ``runner.train_loop``, which would build the training set.

    A config of mmengine's hook works as it is. What differs from mmengine 0.10:

    - ``min_delta`` is 0 by default, not 0.1, and must be >= 0; a gain of exactly ``min_delta`` is
      no improvement. A tie is none either: mmengine never stops on a flat metric if it is 0.
    - Reaching ``stopping_threshold`` exactly stops.
    - NaN and infinity never become the best; with ``check_finite=False`` they count as no
      improvement. ``best_score`` is always a float.
    - The direction is told from whole words of the name: 'topology_loss' is a loss.
    - ``strict`` is True by default, and a monitor that was not reported raises `UserError`, not
      RuntimeError; with ``strict=False`` the warning goes to the log.
    - Nothing happens in ``before_run``; a train loop without ``stop_training`` is refused in
      ``before_train``, by `UserError`. ``after_val_epoch`` does nothing before ``before_train``.
    - The state is saved and resumed; the best weights are in the model when training ends.
    - Priority 40, not 100: before `EMAHook` (50) swaps the averaged weights out again, so that the
      weights kept are those that validation saw.

    As in mmengine, ``patience=0`` equals 1, and validations are counted, not epochs.

    Args:
        monitor: Metric as the validation reports it; one beginning with 'train/' is looked up in
            the means of the last training epoch (``runner.train_metrics``). Or several metrics.
        rule: 'greater' or 'less'; told from the metric's name if None.
        min_delta: Gain that does not count yet; accuracy is in percent, 0-100.
        strict: Whether a monitor that is not reported ends the run. If not, the log warns.
        check_finite: Whether NaN or infinity stops training.
        patience: Validations without improvement after which training stops.
        stopping_threshold: A score as good as this stops training.
        min_delta_mode: 'abs', or 'rel' for a fraction of abs(best).
        baseline: Must be beaten before an improvement counts.
        divergence_threshold: A score worse than this stops training.
        start_from: Epoch (iteration, in iteration-based training) of the first validation that
            counts.
        restore_best: Whether training ends with the weights of the best validation of the first
            monitor. With an `EMAHook` these are the averaged weights, and the average is set too.
        criterion: 'patience', or Prechelt's 'GL', 'PQ' (needs the training loss) or 'UP'.
        gl_alpha: See `StoppingRule`, as for the next three.
        pq_alpha: GL per training progress.
        strip: Validations in a strip.
        up_strips: Strips in a row in which the error must rise.
        combine: With several monitors, stop if 'any' says so or once 'all' do. NaN, infinity and
            divergence of one stop always. ``rule``, ``min_delta``, ``baseline`` and the two
            thresholds may then be lists, one value per monitor.

    Raises:
        ArgumentError: If an argument has a value that is not accepted.
    """

    priority = 40

    def __init__(
        self,
        monitor: str | Sequence[str],
        rule: str | Sequence[str | None] | None = None,
        min_delta: float | Sequence[float] = 0.0,
        strict: bool = True,
        check_finite: bool = True,
        patience: int = 5,
        stopping_threshold: float | Sequence[float | None] | None = None,
        *,
        min_delta_mode: str = 'abs',
        baseline: float | Sequence[float | None] | None = None,
        divergence_threshold: float | Sequence[float | None] | None = None,
        start_from: int = 0,
        restore_best: bool = True,
        criterion: str = 'patience',
        gl_alpha: float = 5.0,
        pq_alpha: float = 0.75,
        strip: int = 5,
        up_strips: int = 3,
        combine: str = 'any',
    ) -> None:
        check_choice(_OWNER, 'combine', combine, ('any', 'all'))
        self.monitor = monitor
        self.strict = strict
        self.restore_best = restore_best
        self.combine = combine
        per_monitor = {
            'rule': rule,
            'min_delta': min_delta,
            'baseline': baseline,
            'stopping_threshold': stopping_threshold,
            'divergence_threshold': divergence_threshold,
        }
        shared: dict[str, Any] = {
            'patience': patience,
            'min_delta_mode': min_delta_mode,
            'start_from': start_from,
            'check_finite': check_finite,
            'criterion': criterion,
            'gl_alpha': gl_alpha,
            'pq_alpha': pq_alpha,
            'strip': strip,
            'up_strips': up_strips,
        }
        self.rules = _build_rules(_monitors(monitor), per_monitor, shared)
        self._first = next(iter(self.rules.values()))
        self.stopped: dict[str, Any] | None = None
        self._best_weights: dict[str, Any] | None = None
        self._training = False

    @property
    def best(self) -> dict[str, Any] | None:
        """Metric, value and epoch of the best validation of the first monitor, or None."""
        if self._first.best is None:
            return None
        metric = next(iter(self.rules))
        return {'metric': metric, 'value': self._first.best, 'epoch': self._first.best_epoch}

    @property
    def rule(self) -> str:
        """Direction of the first monitor."""
        return self._first.rule

    @property
    def patience(self) -> int:
        """Validations without improvement after which training stops."""
        return self._first.patience

    @property
    def best_score(self) -> float:
        """Best score of the first monitor; the worst infinity before there is one."""
        if self._first.best is None:
            return -math.inf if self.rule == 'greater' else math.inf
        return self._first.best

    @property
    def wait_count(self) -> int:
        """Validations since the first monitor's last improvement that counted."""
        return self._first.wait

    def before_train(self, runner: Any) -> None:
        """Check that training can be stopped, and go to work."""
        if not hasattr(runner.train_loop, 'stop_training'):
            raise UserError(
                f'{type(runner.train_loop).__name__} must have an attribute stop_training for '
                f'{_OWNER}. Derive the loop from EpochBasedTrainLoop or IterBasedTrainLoop.'
            )
        if getattr(runner, 'val_loop', True) is None:
            raise UserError(
                f'{_OWNER} must have a validation to listen to, got val_cfg=None. '
                'Set val_dataloader, val_cfg and val_evaluator, or remove the hook.'
            )
        self._training = True

    def after_val_epoch(self, runner: Any, metrics: dict[str, float] | None = None) -> None:
        """Decide on rank 0, tell all ranks, and act."""
        if not self._training:
            return
        verdict = _share(self._verdict(runner, metrics or {}) if is_main_process() else {})
        if verdict['error'] is not None:
            raise UserError(verdict['error'])
        for metric, state in verdict['states'].items():
            self.rules[metric].load_state_dict(state)
        for line in verdict['warnings']:
            runner.logger.warning(line)
        for line in verdict['lines']:
            runner.logger.info(line)
        if verdict['improved'] and self.restore_best:
            self._best_weights = _copy_weights(runner.model)
        self.stopped = verdict['stop']
        if self.stopped is not None:
            self._stop(runner, self.stopped)

    def after_train(self, runner: Any) -> None:
        """Load the best weights back, unless the model has them already."""
        self._training = False
        if not self.restore_best or self._best_weights is None:
            return
        runner.restored_epoch = self._first.best_epoch
        model = _unwrapped(runner.model)
        if _same_weights(model.state_dict(), self._best_weights):
            return
        model.load_state_dict(self._best_weights)
        for hook in getattr(runner, 'hooks', ()):
            if isinstance(hook, EMAHook):  # or testing would swap the last average in
                hook.ema_model.module.load_state_dict(self._best_weights)
        unit, epoch = self._first.unit, self._first.best_epoch
        runner.logger.info(f'restored best weights of {unit} {epoch}')

    def state_dict(self) -> dict[str, Any]:
        """Return plain data and tensors, to be saved with a checkpoint."""
        rules = {
            metric: {'parameters': one.parameters(), 'state': one.state_dict()}
            for metric, one in self.rules.items()
        }
        return {'rules': rules, 'stopped': self.stopped, 'best_weights': self._best_weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`, for resuming only; the arguments stay those of the config.

        What was saved for a metric counts only if it is still a monitor with the same direction;
        the best weights only if they are still the first monitor's.
        """
        for metric, one in self.rules.items():
            saved = state['rules'].get(metric)
            if saved is None or saved['parameters']['rule'] != one.rule:
                why = 'has another rule' if saved else 'was not monitored'
                _log(f'{_OWNER}: {metric} {why} in the checkpoint, so it starts anew')
                continue
            one.load_state_dict(saved['state'])
            for name, value in one.parameters().items():
                before = saved['parameters'].get(name)
                if before != value:
                    _log(
                        f'{_OWNER}: {name} of {metric} is {value!r} as the config says, '
                        f'no longer {before!r} as in the checkpoint'
                    )
        self.stopped = state['stopped']
        is_same_first = next(iter(state['rules']), None) == next(iter(self.rules))
        keep = is_same_first and self._first.best is not None
        self._best_weights = state['best_weights'] if keep else None

    def _verdict(self, runner: Any, metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Return all that this validation leads to, as plain data that can be sent to the ranks."""
        epoch, unit = _progress(runner)
        train = getattr(runner, 'train_metrics', None)
        train = train if isinstance(train, Mapping) else {}
        reported = {**{f'train/{name}': value for name, value in train.items()}, **metrics}
        decisions: dict[str, Decision] = {}
        warnings = []
        try:
            for metric, one in self.rules.items():
                if metric not in reported:
                    warnings.append(self._missing(metric, reported))
                    continue
                one.unit = unit
                score = _number(metric, reported[metric])
                decisions[metric] = one.update(score, epoch, self._train_loss(one, train))
        except UserError as err:
            return {'error': str(err)}
        reason, message = join_decisions(decisions, self.combine, len(self.rules))
        return {
            'error': None,
            'states': {metric: self.rules[metric].state_dict() for metric in decisions},
            'lines': [
                f'early stopping on {name}: {one.message}' for name, one in decisions.items()
            ],
            'warnings': warnings,
            'improved': any(
                one.improved for name, one in decisions.items() if self.rules[name] is self._first
            ),
            'stop': reason and {'reason': reason, 'message': message, 'epoch': epoch},
        }

    def _missing(self, metric: str, reported: Mapping[str, Any]) -> str:
        """Return the complaint about a monitor that was not reported, or raise it if strict."""
        names = ', '.join(repr(name) for name in reported) or 'nothing'
        text = (
            f'{_OWNER}.monitor {metric!r} was not reported; the validation reports: {names}.'
            f'{did_you_mean(metric, reported)}'
        )
        if self.strict:
            raise UserError(text)
        return text

    def _train_loss(self, rule: StoppingRule, train: Mapping[str, Any]) -> float | None:
        if rule.criterion != 'PQ' or 'loss' not in train:
            return None
        return _number('train/loss', train['loss'])

    def _stop(self, runner: Any, stop: dict[str, Any]) -> None:
        runner.stop = dict(stop)
        runner.train_loop.stop_training = True
        unit = self._first.unit
        runner.logger.info(f'early stopping at {unit} {stop["epoch"]}: {stop["message"]}')


def _monitors(monitor: Any) -> list[str]:
    monitors = [monitor] if isinstance(monitor, str) else monitor
    is_list = isinstance(monitors, Sequence) and len(monitors) > 0
    if not is_list or not all(isinstance(one, str) and one for one in monitors):
        raise ArgumentError(
            f'{_OWNER}.monitor must be the name of a metric or a list of names, got {monitor!r}.'
        )
    if len(set(monitors)) < len(monitors):
        raise ArgumentError(f'{_OWNER}.monitor must hold each name once, got {monitor!r}.')
    return list(monitors)


def _build_rules(
    monitors: list[str], per_monitor: Mapping[str, Any], shared: Mapping[str, Any]
) -> dict[str, StoppingRule]:
    columns = {name: _spread(name, value, monitors) for name, value in per_monitor.items()}
    rules = {}
    for index, metric in enumerate(monitors):
        own = {name: column[index] for name, column in columns.items()}
        own['rule'] = direction(metric) if own['rule'] is None else own['rule']
        rules[metric] = StoppingRule(**own, **shared, owner=_OWNER)
    return rules


def _spread(name: str, value: Any, monitors: list[str]) -> list[Any]:
    """Return one value per monitor."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value] * len(monitors)
    if len(value) != len(monitors):
        raise ArgumentError(
            f'{_OWNER}.{name} must be one value or a list of {len(monitors)}, one per monitor, '
            f'got {value!r}.'
        )
    return list(value)


def _share(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return rank 0's verdict on every rank."""
    box = [verdict]
    if get_world_size() > 1:
        broadcast_object_list(box)
    return box[0]


def _progress(runner: Any) -> tuple[int, str]:
    """Return how many epochs are finished; iterations, where the loop knows no epochs."""
    if isinstance(runner.train_loop, IterBasedTrainLoop):
        return int(runner.train_loop.iter), 'iteration'
    return int(runner.train_loop.epoch), 'epoch'


def _number(metric: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as err:
        raise UserError(
            f'{_OWNER}.monitor {metric!r} must be one number, got {type(value).__name__}. '
            'Monitor a metric that is averaged over the classes.'
        ) from err


def _unwrapped(model: Any) -> Any:
    return model.module if is_model_wrapper(model) else model


def _copy_weights(model: Any) -> dict[str, Any]:
    """Return a copy in main memory that further training does not reach."""
    state = _unwrapped(model).state_dict()
    return {
        name: value.detach().to('cpu', copy=True) if isinstance(value, torch.Tensor) else value
        for name, value in state.items()
    }


def _same_weights(state: Mapping[str, Any], saved: Mapping[str, Any]) -> bool:
    return state.keys() == saved.keys() and all(
        torch.equal(value.cpu(), saved[name]) if isinstance(value, torch.Tensor) else False
        for name, value in state.items()
    )


def _log(message: str) -> None:
    print_log(message, logger='current')
