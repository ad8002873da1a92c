"""Stopping rule that turns scores into decisions, independent of the Runner and of torch.

`EarlyStoppingHook` uses it during training, `mmlesson.apis.analysis.stopping_replay` afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from mmlesson.early_stopping.prechelt import PRECHELT_CRITERIA, Prechelt
from mmlesson.errors import ArgumentError, check_choice, check_int, check_number

CRITERIA = ('patience', *PRECHELT_CRITERIA)


@dataclass(frozen=True)
class Decision:
    """Decision after one validation.

    Attributes:
        improved: Whether the score is a new best.
        stop: Whether training should end now.
        reason: None, or 'patience' (also for GL, PQ and UP), 'stopping_threshold', 'divergence' or
            'non_finite', as in `summary.json`.
        message: One line for the log.
        wait: Number of validations since the last improvement that counted.
    """

    improved: bool
    stop: bool
    reason: str | None
    message: str
    wait: int


@dataclass
class _State:
    """State of a rule; plain and finite numbers, so that it can be saved."""

    best: float | None = None
    best_epoch: int | None = None
    wait: int = 0


@dataclass
class StoppingRule:
    """Decides after each validation whether training should stop, for one metric.

    Improvement is strict: a score must beat the best by more than ``min_delta``; a tie does not
    count. NaN and infinity never become the best.

    Args:
        rule: 'greater' if higher scores are better, 'less' if lower ones are.
        patience: Number of validations without improvement after which training stops; 0 and 1 both
            stop at the first.
        min_delta: A gain over the best must exceed this to count; in the metric's unit, or as a
            fraction of abs(best) if ``min_delta_mode`` is 'rel'.
        min_delta_mode: 'abs' or 'rel'.
        baseline: The wait is not reset until a score beats this value (by more than ``min_delta``);
            better scores still become the best. Keras postpones stopping while the score improves
            below the baseline; this rule does not.
        stopping_threshold: A score at least as good as this stops training, and becomes the best
            even if it gains less than ``min_delta``.
        divergence_threshold: A score worse than this stops training, and never becomes the best.
        start_from: Epoch of the first validation that counts. Earlier ones neither add to the wait
            nor become the best; the thresholds and ``check_finite`` apply to them too.
        check_finite: Whether NaN or infinity stops training. If not, it counts as no improvement
            (GL, PQ and UP leave it out).
        criterion: Stopping criterion: 'patience' or one of Prechelt's, which measure an error to be
            minimised: the score itself for 'less'; 100 - score for 'greater', which must be a
            percentage. Prechelt counts epochs, this rule counts validations.
            'GL': the error is more than ``gl_alpha`` percent above its minimum.
            'PQ': GL divided by the training progress P is more than ``pq_alpha``; P is 1000 times
            (mean / minimum - 1) of the training error in a strip; evaluated when a strip ends.
            'UP': the error rose in ``up_strips`` consecutive strips; evaluated when a strip ends.
        gl_alpha: Threshold of GL, in percent.
        pq_alpha: Threshold of GL (percent) divided by P (per mille).
        strip: Number of validations in a strip; Prechelt's k.
        up_strips: Number of consecutive strips with a rising error; Prechelt's s.
        owner: Name used in error messages.

    Raises:
        ArgumentError: If an argument has a value that is not accepted.

    Example:
        >>> rule = StoppingRule('greater', patience=2)
        >>> [rule.update(score, epoch).stop for epoch, score in enumerate([90, 91, 91, 90], 1)]
        [False, False, False, True]

    References:
        Prechelt (1998), Early stopping - but when?, doi:10.1007/3-540-49430-8_3.
    """

    rule: str
    patience: int = 5
    min_delta: float = 0.0
    min_delta_mode: str = 'abs'
    baseline: float | None = None
    stopping_threshold: float | None = None
    divergence_threshold: float | None = None
    start_from: int = 0
    check_finite: bool = True
    criterion: str = 'patience'
    gl_alpha: float = 5.0
    pq_alpha: float = 0.75
    strip: int = 5
    up_strips: int = 3
    owner: str = field(default='StoppingRule', repr=False, kw_only=True)
    unit: str = field(default='epoch', init=False, repr=False)  # or 'iteration'
    _state: _State = field(default_factory=_State, init=False, repr=False)

    def __post_init__(self) -> None:
        check_choice(self.owner, 'rule', self.rule, ('greater', 'less'))
        check_choice(self.owner, 'min_delta_mode', self.min_delta_mode, ('abs', 'rel'))
        check_choice(self.owner, 'criterion', self.criterion, CRITERIA)
        for name, minimum in (('patience', 0), ('start_from', 0), ('strip', 1), ('up_strips', 1)):
            check_int(self.owner, name, getattr(self, name), minimum)
        for name in ('min_delta', 'gl_alpha', 'pq_alpha'):
            check_number(self.owner, name, getattr(self, name), 0)
        for name in ('baseline', 'stopping_threshold', 'divergence_threshold'):
            if getattr(self, name) is not None:
                check_number(self.owner, name, getattr(self, name))
        self._check_thresholds()
        self._prechelt = Prechelt(
            criterion=self.criterion,
            rule=self.rule,
            alpha=self.gl_alpha if self.criterion == 'GL' else self.pq_alpha,
            strip=self.strip,
            up_strips=self.up_strips,
            owner=self.owner,
        )

    @property
    def best(self) -> float | None:
        """The best score, or None before the first."""
        return self._state.best

    @property
    def best_epoch(self) -> int | None:
        """Epoch of the best score."""
        return self._state.best_epoch

    @property
    def wait(self) -> int:
        """Number of validations since the last improvement that counted."""
        return self._state.wait

    def update(self, score: float, epoch: int, train_score: float | None = None) -> Decision:
        """Update with the score of one validation and return the decision.

        Args:
            score: Value of the metric.
            epoch: Number of finished epochs, from 1 (iterations in iteration-based training).
            train_score: Training error of this epoch; required by PQ only.

        Raises:
            ArgumentError: If the criterion is not defined for these values.
        """
        value = float(score)
        usable = math.isfinite(value)
        diverged = self.divergence_threshold is not None and self._better(
            self.divergence_threshold, value
        )
        reached = usable and self._reached(value)
        counts = epoch >= self.start_from
        improved = usable and not diverged and self._improves(value, counts, reached)
        message = self._record(value, epoch, improved, counts)
        bad_train = self.criterion == 'PQ' and not math.isfinite(train_score or 0.0)
        if self.check_finite and (bad_train or not usable):
            text = f'the training error is {train_score}' if usable else f'the score is {value}'
            return self._stop('non_finite', text + self._best_text(), improved)
        if diverged:
            text = f'{value:.6g} is worse than the divergence threshold'
            text = f'{text} {self.divergence_threshold:.6g}{self._best_text()}'
            return self._stop('divergence', text, improved)
        if self.criterion == 'patience':
            met = counts and self.wait >= max(1, self.patience)
        else:
            skip = bad_train or not usable or not counts
            measured = '' if skip else self._prechelt.measure(value, train_score)
            met = counts and self._prechelt.met
            message = f'{message}; {measured}' if measured else message
        if reached:
            text = f'{value:.6g} reached the stopping threshold {self.stopping_threshold:.6g}'
            return self._stop('stopping_threshold', text, improved)
        return Decision(improved, met, 'patience' if met else None, message, self.wait)

    def parameters(self) -> dict[str, Any]:
        """Return the arguments as plain data, for comparison with those of another run."""
        names = [entry.name for entry in fields(self) if entry.init and entry.name != 'owner']
        values = {name: getattr(self, name) for name in names}
        return {name: v.item() if hasattr(v, 'item') else v for name, v in values.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return the state: ints, finite floats, lists of floats, bools and None."""
        return {**asdict(self._state), **self._prechelt.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state from a `state_dict`; the arguments are unchanged."""
        expected = set(self.state_dict())
        if set(state) != expected:
            raise ArgumentError(
                f'{self.owner}.load_state_dict must get {", ".join(sorted(expected))}, '
                f'got {", ".join(sorted(state)) or "nothing"}. It is from another version.'
            )
        own = {entry.name for entry in fields(_State)}
        self._state = _State(**{name: state[name] for name in own})
        self._prechelt.load_state_dict({name: state[name] for name in expected - own})

    def _check_thresholds(self) -> None:
        good, bad = self.stopping_threshold, self.divergence_threshold
        if good is not None and bad is not None and not self._better(good, bad):
            raise ArgumentError(
                f'{self.owner}.divergence_threshold must be worse than stopping_threshold {good!r} '
                f'for rule {self.rule!r}, got {bad!r}. Swap them, or set the other rule.'
            )

    def _better(self, score: float, other: float) -> bool:
        return score > other if self.rule == 'greater' else score < other

    def _beats(self, score: float, other: float) -> bool:
        """Return whether ``score`` is better than ``other`` by more than ``min_delta``."""
        delta = self.min_delta * (abs(other) if self.min_delta_mode == 'rel' else 1.0)
        return self._better(score, other + delta if self.rule == 'greater' else other - delta)

    def _reached(self, score: float) -> bool:
        return self.stopping_threshold is not None and not self._better(
            self.stopping_threshold, score
        )

    def _improves(self, score: float, counts: bool, reached: bool) -> bool:
        if self.best is None:
            return counts or reached
        return (reached and self._better(score, self.best)) or (
            counts and self._beats(score, self.best)
        )

    def _record(self, score: float, epoch: int, improved: bool, counts: bool) -> str:
        """Update the best score and the wait count; return a description for the log."""
        before = self.best
        if improved:
            self._state.best, self._state.best_epoch = score, epoch
        elif not counts:
            return f'not counted before {self.unit} {self.start_from}'
        resets = improved and (self.baseline is None or self._beats(score, self.baseline))
        self._state.wait = 0 if resets else self.wait + 1
        limit = f'/{max(1, self.patience)}' if self.criterion == 'patience' else ''
        if not improved:
            return f'no improvement {self.wait}{limit}{self._best_text()}'
        origin = 'the first score' if before is None else f'from {before:.6g}'
        text = f'improved to {score:.6g} ({origin})'
        if resets:
            return text
        return f'{text}, but the baseline {self.baseline:.6g} is not beaten {self.wait}{limit}'

    def _best_text(self) -> str:
        if self.best is None:
            return ', no best yet'
        return f', best {self.best:.6g} at {self.unit} {self.best_epoch}'

    def _stop(self, reason: str, message: str, improved: bool) -> Decision:
        return Decision(improved, True, reason, message, self.wait)


def join_decisions(
    decisions: Mapping[str, Decision], combine: str, monitors: int
) -> tuple[str | None, str]:
    """Combine the decisions of several metrics into one.

    NaN, infinity and divergence of one metric stop training regardless of ``combine``.

    Args:
        decisions: Decisions by metric, without metrics that were not reported.
        combine: 'any' or 'all'.
        monitors: Number of metrics, reported or not.

    Returns:
        The reason to stop, or None to continue; and a line for the log.
    """
    stops = {metric: decision for metric, decision in decisions.items() if decision.stop}
    urgent = {
        metric: decision
        for metric, decision in stops.items()
        if decision.reason in ('non_finite', 'divergence')
    }
    chosen = urgent or (stops if combine == 'any' or len(stops) == monitors else {})
    message = '; '.join(f'{metric}: {decision.message}' for metric, decision in chosen.items())
    return next((decision.reason for decision in chosen.values()), None), message
