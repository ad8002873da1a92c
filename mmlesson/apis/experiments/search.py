"""Hyperparameter search with Optuna; each trial is an ordinary run."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from mmlesson.apis.experiments.sweep import RESERVED, Row, SweepRun, plan_runs, train_runs
from mmlesson.apis.experiments.workers import Workers
from mmlesson.config import LoadedConfig, parse_options
from mmlesson.errors import UserError
from mmlesson.runs.summary import FINISHED
from mmlesson.utils.metric_direction import direction

JOURNAL = 'search.journal'
_RANGE = re.compile(r'(?P<key>[^=]+)=(?P<low>.+?)\.\.(?P<high>.+?)(?P<log>:log)?')


@dataclass(frozen=True)
class Range:
    """Range of values of an option.

    Args:
        key: Dotted key.
        low: Smallest value; if both bounds are ints, only ints are tried.
        high: Largest value.
        log: Whether to sample on a logarithmic scale.
    """

    key: str
    low: float
    high: float
    log: bool

    @property
    def distribution(self) -> Any:
        """The range as an Optuna distribution."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if isinstance(self.low, int) and isinstance(self.high, int):
            return IntDistribution(self.low, self.high, log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)


def _is_bound(value: Any) -> TypeGuard[float]:
    """Return whether Optuna can take a value as the end of a range."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return abs(value) < 2**63
    return isinstance(value, float) and math.isfinite(value)


def parse_ranges(words: Sequence[str]) -> list[Range]:
    """Parse ranges of the form ``KEY=LOW..HIGH[:log]``.

    Raises:
        UserError: If a word does not have this form, or its range is not valid.

    Example:
        >>> parse_ranges(['lr=1e-4..0.1:log'])
        [Range(key='lr', low=0.0001, high=0.1, log=True)]
    """
    ranges = []
    for word in words:
        match = _RANGE.fullmatch(word)
        bounds = parse_options(
            [f'{name}={match[name]}' for name in ('low', 'high')] if match else []
        )
        low, high = bounds.get('low'), bounds.get('high')
        if not (match and _is_bound(low) and _is_bound(high)):
            raise UserError(f"--search takes KEY=LOW..HIGH or KEY=LOW..HIGH:log, got '{word}'.")
        if not low < high or (match['log'] and low <= 0):
            raise UserError(f"--search '{word}' must have LOW < HIGH, and LOW > 0 with :log.")
        if match['key'] in RESERVED:
            raise UserError(f"--search cannot vary '{match['key']}'. Use {RESERVED[match['key']]}.")
        ranges.append(Range(match['key'], low, high, bool(match['log'])))
    return ranges


class Search:
    """Hyperparameter search whose state is stored on disk, so that it can be continued.

    A trial is a point of the search space. Its score is the mean, over seeds and folds, of the best
    validation score; the test split is never used. A trial with a failed run has no score.

    Args:
        config: Config file.
        ranges: Search space.
        seeds: Seeds of each trial.
        folds: Number of stratified folds of each trial; 0 for the config's own splits.
        work_dir: Folder for the runs and the state of the search.
        options: Dotted keys and values that all runs share.

    Raises:
        UserError: If Optuna is not installed, or the folder contains another search.
    """

    def __init__(
        self,
        config: Path,
        ranges: Sequence[Range],
        seeds: Sequence[int],
        folds: int,
        work_dir: Path,
        options: Mapping[str, Any],
    ) -> None:
        self._plan = (config, tuple(seeds), folds, work_dir, options)
        # Reports a key that does not exist before the search starts.
        self._runs_per_trial = len(self._runs({span.key: span.low for span in ranges}))
        plan = [LoadedConfig.open(config, options).fingerprint, repr(ranges), list(seeds), folds]
        self._study = _open_study(work_dir, plan)
        self._space = {span.key: span.distribution for span in ranges}

    def train(self, trials: int, workers: int) -> None:
        """Run trials until there are ``trials``, including those of earlier starts.

        Args:
            trials: Total number of trials.
            workers: Number of processes at a time.
        """
        at_once = max(1, workers // self._runs_per_trial)
        with Workers(workers) as crew:
            while pending := self._interrupted() or self._ask(min(at_once, trials - self._count())):
                self._try(pending, crew)

    def _try(self, trials: Mapping[int, Sequence[SweepRun]], crew: Workers) -> None:
        trial_of = {id(run): number for number, runs in trials.items() for run in runs}
        rows: dict[int, list[Row]] = {number: [] for number in trials}
        for run, row in train_runs([run for runs in trials.values() for run in runs], crew):
            rows[trial_of[id(run)]].append(row)
        for number, of_trial in rows.items():
            self._tell(number, of_trial)

    def runs(self) -> list[SweepRun]:
        """Return the runs of all trials, in order."""
        return [run for trial in self._study.trials for run in self._runs(trial.params)]

    def describe_best(self) -> str:
        """Return a description of the best trial."""
        if not any(trial.value is not None for trial in self._study.trials):
            return 'No trial has finished.'
        best, metric = self._study.best_trial, self._study.user_attrs['metric']
        listed = ' '.join(f'{key}={value}' for key, value in best.params.items())
        return f'best trial: {metric} {_sign(metric) * best.value:.4g}, {listed}'

    def _runs(self, params: Mapping[str, Any]) -> list[SweepRun]:
        config, seeds, folds, work_dir, options = self._plan
        return plan_runs(config, [dict(params)], seeds, folds, work_dir, options)

    def _count(self) -> int:
        return len(self._study.trials)

    def _interrupted(self) -> dict[int, list[SweepRun]]:
        """Return the runs of trials that an earlier start did not finish."""
        running = [trial for trial in self._study.trials if trial.state.name == 'RUNNING']
        return {trial.number: self._runs(trial.params) for trial in running}

    def _ask(self, count: int) -> dict[int, list[SweepRun]]:
        trials = [self._study.ask(self._space) for _ in range(count)]
        return {trial.number: self._runs(trial.params) for trial in trials}

    def _tell(self, number: int, rows: Sequence[Row]) -> None:
        from optuna.trial import TrialState

        if any(row['status'] not in FINISHED for row in rows):
            self._study.tell(number, state=TrialState.FAIL)
            return
        metric = next((name for name in rows[0] if name.startswith('val ')), None)
        if metric is None:
            raise UserError('--search needs a validation metric. Add validation, or use --grid.')
        self._study.set_user_attr('metric', metric)
        self._study.tell(number, _sign(metric) * statistics.fmean(row[metric] for row in rows))


def _sign(metric: str) -> int:
    """Return 1 if greater is better, else -1: Optuna maximises the score."""
    return 1 if direction(metric.removeprefix('val ').removeprefix('best ')) == 'greater' else -1


def _open_study(work_dir: Path, plan: Sequence[Any]) -> Any:
    try:
        import optuna
    except ImportError as err:
        raise UserError('--search needs Optuna: pip install "mmlesson[search]".') from err
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    work_dir.mkdir(parents=True, exist_ok=True)
    storage = JournalStorage(JournalFileBackend(str(work_dir / JOURNAL)))
    study = optuna.create_study(
        storage=storage, study_name='search', direction='maximize', load_if_exists=True
    )
    if study.user_attrs.setdefault('plan', None) not in (None, list(plan)):
        raise UserError(f'{work_dir} holds another search. Choose another --work-dir.')
    study.set_user_attr('plan', list(plan))
    # A different seed at each start: the same seed would suggest the same first points again.
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
    return study
