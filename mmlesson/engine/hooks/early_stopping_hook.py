"""`EarlyStoppingHook`: a superset of mmengine's hook, exact when resumed or distributed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dist import broadcast_object_list, get_world_size, is_main_process
from mmengine.logging import print_log

from mmlesson.early_stopping.best_weights import Weights, copy_weights, restore_weights
from mmlesson.early_stopping.rule import Decision, StoppingRule, join_decisions
from mmlesson.early_stopping.rule_set import build_rules, monitor_names
from mmlesson.engine.hooks.monitor import as_number, not_reported
from mmlesson.engine.hooks.stage_hook import StagedHook
from mmlesson.engine.run_status import progress_of, status_of
from mmlesson.engine.runner_protocol import RunnerLike
from mmlesson.errors import UserError, check_choice, shorten
from mmlesson.registry import HOOKS

_OWNER = 'EarlyStoppingHook'


@HOOKS.register_module()
class EarlyStoppingHook(StagedHook):
    """Stop training when validation no longer improves, and keep the best weights.

    A config of mmengine's ``EarlyStoppingHook`` works unchanged, in any mmengine runner. Compared
    with mmengine 0.10:

    - ``min_delta`` defaults to 0, not 0.1; a gain of exactly ``min_delta`` is no improvement, and
      neither is a tie (in mmengine, a constant metric never stops if ``min_delta`` is 0).
    - A score of exactly ``stopping_threshold`` stops training.
    - NaN and infinity never become the best score.
    - The direction is derived from complete words of the metric's name: 'topology_loss' is a loss.
    - ``strict`` defaults to True: a monitor that was not reported raises `UserError`. If nothing
      is reported, as by the validation of a detector without detections, the hook warns and skips
      this validation, which does not count for ``patience``.
    - The state is saved and resumed, and training ends with the best weights in the model.
    - The priority is 40, not 100, so that the hook runs before `EMAHook` (50) swaps the averaged
      weights out, and keeps the weights that were validated.

    Of validations with the same score the first is the best one, and its weights are kept. Unlike
    in `LessonCheckpointHook` the loss decides no tie: a tie is no improvement for ``patience``.

    ``patience`` counts validations, as in mmengine, and 0 means 1. The hook acts in
    ``after_val_epoch`` and ``after_train``, and only while training.

    Args:
        monitor: Name of a validation metric, or a list of names; names starting with 'train/' are
            looked up in the means of the last training epoch.
        rule: 'greater' or 'less'; derived from the metric's name if None.
        min_delta: A gain must exceed this to count; accuracy is in percent, 0-100.
        strict: Whether a monitor that is not reported is an error, or only a warning in the log.
        check_finite: Whether NaN or infinity stops training; if not, it is no improvement.
        patience: Number of validations without improvement after which training stops.
        stopping_threshold: A score at least as good as this stops training.
        min_delta_mode: 'abs', or 'rel' for a fraction of abs(best).
        baseline: Score that must be beaten before an improvement counts.
        divergence_threshold: A score worse than this stops training.
        start_from: Epoch (or iteration) of the first validation that counts.
        restore_best: Whether to end training with the weights of the first monitor's best
            validation; with an `EMAHook` these are the averaged weights.
        criterion: 'patience', or Prechelt's 'GL', 'PQ' (needs the training loss) or 'UP'; see
            `StoppingRule` for this and the next four arguments.
        gl_alpha: Threshold of the generalisation loss, in percent.
        pq_alpha: Threshold of the generalisation loss divided by the training progress.
        strip: Number of validations in a strip.
        up_strips: Number of consecutive strips in which the error must rise.
        combine: With several monitors, whether 'any' or 'all' of them must stop. NaN, infinity and
            divergence of one always stop. ``rule``, ``min_delta``, ``baseline`` and the two
            thresholds may then be lists with a value for each monitor.

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
        self.rules = build_rules(_OWNER, monitor_names(_OWNER, monitor), per_monitor, shared)
        self._first = next(iter(self.rules.values()))
        self.stopped: dict[str, Any] | None = None
        self._best_weights: Weights | None = None
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
        """'greater' or 'less', for the first monitor."""
        return self._first.rule

    @property
    def patience(self) -> int:
        """Number of validations without improvement after which training stops."""
        return self._first.patience

    @property
    def best_score(self) -> float:
        """Best score of the first monitor; the worst infinity before the first score."""
        if self._first.best is None:
            return -math.inf if self.rule == 'greater' else math.inf
        return self._first.best

    @property
    def wait_count(self) -> int:
        """Number of validations since the first monitor's last improvement that counted."""
        return self._first.wait

    def before_train(self, runner: RunnerLike) -> None:
        """Check that training can be stopped early."""
        if not hasattr(runner.train_loop, 'stop_training'):
            raise UserError(
                f'{type(runner.train_loop).__name__} must have an attribute stop_training for '
                f'{_OWNER}. Derive the loop from EpochBasedTrainLoop or IterBasedTrainLoop.'
            )
        if getattr(runner, 'val_loop', True) is None:
            raise UserError(
                f'{_OWNER} must have a validation to monitor, got val_cfg=None. '
                'Set val_dataloader, val_cfg and val_evaluator, or remove the hook.'
            )
        self._training = True

    def after_val_epoch(self, runner: RunnerLike, metrics: dict[str, float] | None = None) -> None:
        """Decide on rank 0, broadcast the decision and act on it."""
        if not self._training:  # accessing train_loop would build the training set
            return
        verdict = _broadcast(self._verdict(runner, metrics or {}) if is_main_process() else {})
        if verdict['error'] is not None:
            raise UserError(verdict['error'])
        for metric, state in verdict['states'].items():
            self.rules[metric].load_state_dict(state)
        for line in verdict['warnings']:
            runner.logger.warning(line)
        for line in verdict['lines']:
            runner.logger.info(line)
        if verdict['improved'] and self.restore_best:
            self._best_weights = copy_weights(runner.model)
        self.stopped = verdict['stop']
        if self.stopped is not None:
            status_of(runner).request_stop(**self.stopped)

    def after_train(self, runner: RunnerLike) -> None:
        """Load the best weights unless the model already has them."""
        self._training = False
        if not self.restore_best or self._best_weights is None:
            return
        status_of(runner).restored_epoch = self._first.best_epoch
        if restore_weights(runner.model, self._best_weights, getattr(runner, 'hooks', ())):
            unit, epoch = self._first.unit, self._first.best_epoch
            runner.logger.info(f'Restored the best weights, of {unit} {epoch}')

    def state_dict(self) -> dict[str, Any]:
        """Return the state as plain data and tensors, for a checkpoint."""
        rules = {
            metric: {'parameters': rule.parameters(), 'state': rule.state_dict()}
            for metric, rule in self.rules.items()
        }
        return {'rules': rules, 'stopped': self.stopped, 'best_weights': self._best_weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load a `state_dict` when resuming; the arguments are those of the config.

        The state of a metric is used if it is still monitored with the same direction, the best
        weights if they are still those of the first monitor.
        """
        for metric, rule in self.rules.items():
            saved = state['rules'].get(metric)
            if saved is None or saved['parameters']['rule'] != rule.rule:
                why = 'has another rule' if saved else 'was not monitored'
                _log(f'{_OWNER}: {metric} {why} in the checkpoint, so its state starts fresh')
                continue
            rule.load_state_dict(saved['state'])
            for name, value in rule.parameters().items():
                before = saved['parameters'].get(name)
                if before != value:
                    _log(
                        f'{_OWNER}: {name} of {metric} is {shorten(value)} as the config says, '
                        f'no longer {shorten(before)} as in the checkpoint'
                    )
        self.stopped = state['stopped']
        is_same_first = next(iter(state['rules']), None) == next(iter(self.rules))
        keep = is_same_first and self._first.best is not None
        self._best_weights = state['best_weights'] if keep else None

    def _verdict(self, runner: RunnerLike, metrics: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of this validation as plain data that can be broadcast."""
        epoch, unit = progress_of(runner)
        train = status_of(runner).train_metrics
        reported = {**{f'train/{name}': value for name, value in train.items()}, **metrics}
        decisions: dict[str, Decision] = {}
        warnings = []
        try:
            for metric, rule in self.rules.items():
                if metric not in reported:
                    warnings.append(self._missing(metric, reported, is_empty=not metrics))
                    continue
                rule.unit = unit
                score = as_number(f'{_OWNER}.monitor', metric, reported[metric])
                decisions[metric] = rule.update(score, epoch, self._train_loss(rule, train))
        except UserError as err:
            return {'error': str(err)}
        reason, message = join_decisions(decisions, self.combine, len(self.rules))
        first = decisions.get(next(iter(self.rules)))
        return {
            'error': None,
            'states': {metric: self.rules[metric].state_dict() for metric in decisions},
            'lines': [
                f'early stopping on {name}: {decision.message}'
                for name, decision in decisions.items()
            ],
            'warnings': warnings,
            'improved': first is not None and first.improved,
            'stop': reason and {'reason': reason, 'message': message, 'epoch': epoch},
        }

    def _missing(self, metric: str, reported: Mapping[str, Any], *, is_empty: bool) -> str:
        """Return the message for a monitor that was not reported; if strict, raise it.

        Args:
            metric: Name of the monitor.
            reported: Metrics of validation and training, by name.
            is_empty: Whether validation reported nothing at all.
        """
        if is_empty:
            return (
                f'The validation reported no metrics: {_OWNER} skips it, without counting it for '
                'patience.'
            )
        text = not_reported(f'{_OWNER}.monitor', metric, reported, 'validation')
        if self.strict:
            raise UserError(text)
        return text

    def _train_loss(self, rule: StoppingRule, train: Mapping[str, Any]) -> float | None:
        if rule.criterion != 'PQ' or 'loss' not in train:
            return None
        return as_number(f'{_OWNER}.monitor', 'train/loss', train['loss'])


def _broadcast(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return rank 0's verdict on every rank."""
    box = [verdict]
    if get_world_size() > 1:
        broadcast_object_list(box)
    return box[0]


def _log(message: str) -> None:
    print_log(message, logger='current')
