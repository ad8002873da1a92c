"""Conclusion of a run: whether its claims hold, the verdict, and what to look at next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from mmlesson.config.course import next_lesson
from mmlesson.config.source_files import shown
from mmlesson.errors import ArgumentError, UserError
from mmlesson.runs.claims import Claim, check_claim, look_up, shown_value
from mmlesson.runs.summary import FINISHED, final_text, read_summary
from mmlesson.utils.shipped import shipped_configs

Rows = list[tuple[str, str]]
"""Labels and texts."""

FIGURE_OF_CLAIM = {
    'diagnosis': 'learning_curves',
    'epochs': 'learning_curves',
    'stop/reason': 'perceptron_mistakes',
    'facts/perceptron': 'perceptron_mistakes',
    'train/mistakes': 'perceptron_mistakes',
}
"""The figure that shows whether a claim holds, by the start of its metric."""

FIRST_FIGURES = (
    *(
        'decision_regions',
        'predictions',
        'feature_maps',
        'mistakes',
        'confusion_matrix',
        'hidden_space',
    ),
    *('weights', 'learning_curves'),
)
"""Figures for all other claims, the most telling first."""


@dataclass(frozen=True)
class ClaimResult:
    """Whether a claim holds for one run, which is of one seed.

    Attributes:
        claim: The claim.
        holds: Whether it holds; None if it was not checked.
        observed: What was observed, as text; '' if nothing was.
        problem: Why it was not checked; '' if it was.
    """

    claim: Claim
    holds: bool | None
    observed: str = ''
    problem: str = ''

    def __str__(self) -> str:
        if self.holds is None:
            start = f'here {self.observed}' if self.observed else 'not checked'
            return f'{start}{"; " if self.observed else ": "}{self.problem}'
        is_sentence = self.claim.value is True  # such as 'perceptron bound holds'
        yes, no = ('yes', 'no') if is_sentence else ('holds', 'does not hold')
        verb = yes if self.holds else no
        scope = '' if self.claim.over == 'each' else ' for this seed'
        is_said = is_sentence or self.observed == str(self.claim.value)  # by the claim itself
        return f'{verb}{scope}' if is_said else f'{verb}{scope} ({self.observed})'


def conclusion(run: Path, claims: Sequence[Mapping[str, Any]] = ()) -> Rows:
    """Return the conclusion of a run that has ended.

    Args:
        run: Work directory.
        claims: ``expect`` of its config.
    """
    summary = read_summary(run)
    rows = [('ended', _end(summary))]
    final = final_text(summary)
    rows += [('weights', final)] if final else []
    rows += [
        (f'{name} result', metrics_text(summary[name])) for name in ('val', 'test') if summary[name]
    ]
    rows += [
        ('claim', f'{claim_text(result.claim)}: {result}')
        for result in claim_results(run, summary, claims)
    ]
    rows += _verdict(summary['diagnosis'])
    figure = figure_to_open(run, claims)
    rows += [('open', shown(figure.absolute()))] if figure else []
    rows.append(('all files', shown(run.absolute())))
    following = next_lesson(Path(summary['config'])) if summary['config'] else None
    rows += [('next', _train_command(following))] if following else []
    return rows


def _train_command(config: Path) -> str:
    """Return the command that trains a config: by its name if it is a shipped one."""
    names = [name for name, file in shipped_configs().items() if file == config.absolute()]
    return f'mmlesson train {names[0] if names else quote(shown(config.absolute()))}'


def claim_text(claim: Claim) -> str:
    """Return a claim in words: 'test accuracy >= 98.5 on average', 'perceptron bound holds'."""
    name = metric_name(claim.metric.removeprefix('facts/'))
    return str(claim).replace(claim.metric, name, 1).replace(f'{name} == True', name, 1)


def parsed_claims(claims: Sequence[Mapping[str, Any]]) -> list[Claim]:
    """Return the claims of ``expect``; entries that are not valid are left to `find_lessons`."""
    found = []
    for entry in claims if isinstance(claims, list | tuple) else ():
        try:
            found.append(Claim.from_config(entry))
        except ArgumentError:
            continue
    return found


def metrics_text(metrics: Mapping[str, Any]) -> str:
    """Return 'loss 0.1234, accuracy 97.5'; values that are not numbers are left out."""
    return ', '.join(
        f'{metric_name(name)} {value:.4g}'
        for name, value in metrics.items()
        if isinstance(value, int | float)
    )


def metric_name(name: str) -> str:
    """Return the name of a metric for readers: 'accuracy' for 'accuracy/top1'."""
    return name.removesuffix('/top1').replace('/', ' ').replace('_', ' ')


def _end(summary: Mapping[str, Any]) -> str:
    unit = 'epochs' if summary['epochs'] or not summary['iterations'] else 'iterations'
    units = unit.removesuffix('s') if summary[unit] == 1 else unit
    text = f'after {summary[unit]} {units}, {summary["train_seconds"]:.1f} s of training'
    stop = summary['stop']
    return f'{text}: {stop["message"]}' if stop else text


def claim_results(
    run: Path, summary: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]
) -> list[ClaimResult]:
    """Return whether each claim holds for a run.

    Args:
        run: Work directory; a run of the lesson to compare with is expected beside it.
        summary: Its summary.
        claims: ``expect`` of its config.
    """
    return [_result(run, summary, claim) for claim in parsed_claims(claims)]


def _result(run: Path, summary: Mapping[str, Any], claim: Claim) -> ClaimResult:
    others: list[dict[str, Any]] = []
    try:
        if claim.lesson is not None:
            other = _run_of(run, claim.lesson, summary['seed'])
            if other is None:
                seen = shown_value(look_up(summary, claim.metric))
                return ClaimResult(claim, None, seen, f'train {claim.lesson} to compare')
            others = [other]
        outcome = check_claim(claim, [summary], others)
    except UserError as err:
        return ClaimResult(claim, None, problem=str(err))
    return ClaimResult(claim, outcome.holds, outcome.observed)


def _run_of(run: Path, lesson: str, seed: Any) -> dict[str, Any] | None:
    """Return the summary of another lesson's finished run with the same seed, beside this run."""
    try:
        summary = read_summary(run.parent / Path(lesson).stem)
    except UserError:
        return None
    return summary if summary['seed'] == seed and summary['status'] in FINISHED else None


def _verdict(diagnosis: Mapping[str, Any] | None) -> Rows:
    if not diagnosis:
        return []
    steps = diagnosis['try_next']
    steps = [steps] if isinstance(steps, str) else steps
    return [
        ('verdict', f'{diagnosis["verdict"]}: {diagnosis["evidence"]}'),
        *[('try', step) for step in steps],
    ]


def figure_to_open(run: Path, claims: Sequence[Mapping[str, Any]] = ()) -> Path | None:
    """Return the figure of a run that shows most of what its lesson claims; None without figures.

    Args:
        run: Work directory.
        claims: ``expect`` of its config.
    """
    metrics = [claim.metric for claim in parsed_claims(claims)]
    wanted = [
        name
        for start, name in FIGURE_OF_CLAIM.items()
        for metric in metrics[:1]
        if metric.startswith(start)
    ]
    files = (run / 'figures' / f'{name}.png' for name in (*wanted, *FIRST_FIGURES))
    return next((file for file in files if file.is_file()), None)
