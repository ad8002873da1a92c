"""Abstention: inputs that a model is not sure of are predicted as 'unknown'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmlesson.errors import RunError, UserError

if TYPE_CHECKING:  # it imports torch, which an exported model does not need
    from mmlesson.runs.run import Run

UNKNOWN = 'unknown'
UNKNOWN_LABEL = -1
WANTED = 99.0  # percent of the answers that are to be right, if nothing else is asked for


@dataclass(frozen=True)
class Threshold:
    """The probability from which on a prediction is given, and how it was chosen.

    Attributes:
        value: Smallest probability of an answer, 0-1.
        source: Where it comes from, for people.
    """

    value: float
    source: str


def read_threshold(asked: str | float, run: Run | None) -> Threshold:
    """Return the threshold that an option asks for.

    Args:
        asked: A probability, 0-1; 'auto' for the lowest one from which on 99 % of the answers on
            the validation split of the run are right; 'auto:95' for another percentage.
        run: The run whose model is applied; None for an exported model.

    Raises:
        UserError: If ``asked`` has another form, the model has no probabilities, or there is no
            validation split.
        RunError: If no threshold reaches the accuracy.
    """
    kind, _, rest = str(asked).partition(':')
    number = _number(rest or WANTED) if kind == 'auto' else _number(asked)
    if number is None or not 0 <= number <= (100 if kind == 'auto' else 1):
        raise UserError(
            "min-confidence must be a probability from 0 to 1, 'auto', or 'auto:P' with P percent "
            f'of right answers, got {asked!r}.'
        )
    if kind != 'auto':
        return Threshold(number, 'as asked')
    if run is None:
        raise UserError(
            'min-confidence auto needs the folder of a run, since it is chosen on the validation '
            'split. For an exported model give a probability, such as the one printed for the run.'
        )
    return _chosen(run, number)


def _number(text: str | float) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _chosen(run: Run, percent: float) -> Threshold:
    from mmlesson.apis.analysis.finished_run import read_figure_context
    from mmlesson.evaluation.calibration import confidence_threshold

    context = read_figure_context(run)
    if 'val' not in context.splits:
        raise UserError(
            f'{run.folder} has no validation split to choose a confidence on. Give a number.'
        )
    confidences = context.confidences('val')
    if confidences is None:
        raise _no_probabilities()
    correct = context.predicted('val') == context.splits['val'].labels
    value = confidence_threshold(confidences.clip(0, 1), correct, percent / 100)
    if value is None:
        raise RunError(
            f'No confidence makes {percent:g} % of the answers on the validation split right. '
            'Ask for less, as auto:90, or give a number.'
        )
    answered = confidences >= value
    source = (
        f'chosen on the validation split, where it answers {100 * answered.mean():.1f} % of the '
        f'samples, {100 * correct[answered].mean():.1f} % of them correctly'
    )
    return Threshold(value, source)


def abstain(predictions: Sequence[Mapping[str, Any]], threshold: float) -> list[dict[str, Any]]:
    """Return predictions with 'unknown', index -1, in place of each below the threshold.

    Args:
        predictions: Predictions as returned by `Inferencer`; their scores stay.
        threshold: Smallest probability of an answer, 0-1.

    Raises:
        UserError: If the model has no probabilities.
    """
    if any(prediction['pred_score'] is None for prediction in predictions):
        raise _no_probabilities()
    unknown = {'pred_label': UNKNOWN_LABEL, 'pred_class': UNKNOWN}
    return [
        {**prediction, **(unknown if prediction['pred_score'] < threshold else {})}
        for prediction in predictions
    ]


def _no_probabilities() -> UserError:
    return UserError(
        'min-confidence needs a model with probabilities; this one only ranks classes.'
    )
