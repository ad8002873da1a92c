"""Predictions as a table, in a file or on a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmlesson.errors import cut
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.text_table import format_table

MAX_LISTED = 20
"""Inputs that could not be read, listed with their reasons; of more, the number is given."""

COLUMNS = ('source', 'pred_label', 'pred_class', 'pred_score')


def write_csv(file: Path, predictions: Sequence[dict[str, Any]], classes: Sequence[str]) -> None:
    """Write one line per prediction: `COLUMNS`, then the probability of each class, 0-1.

    Of a model without probabilities, the columns of scores are left out.

    Args:
        file: Output file.
        predictions: Predictions as returned by `Inferencer`.
        classes: Class names for the header; a class without a name is given by its index.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    if not _have_probabilities(predictions):
        writer.writerow(COLUMNS[:-1])
        writer.writerows([prediction[name] for name in COLUMNS[:-1]] for prediction in predictions)
        write_text(file, text.getvalue())
        return
    count = max(
        (len(prediction['pred_scores']) for prediction in predictions), default=len(classes)
    )
    names = [classes[i] if i < len(classes) else str(i) for i in range(count)]
    writer.writerow([*COLUMNS, *(f'score_{name}' for name in names)])
    for prediction in predictions:
        # Nine digits identify a float32 exactly.
        score, *scores = (
            f'{value:.9g}' for value in (prediction['pred_score'], *prediction['pred_scores'])
        )
        writer.writerow([*(prediction[name] for name in COLUMNS[:-1]), score, *scores])
    write_text(file, text.getvalue())


def _have_probabilities(predictions: Sequence[dict[str, Any]]) -> bool:
    return all(prediction['pred_score'] is not None for prediction in predictions)


def format_predictions(predictions: Sequence[dict[str, Any]]) -> str:
    """Return predictions as a table for people; probabilities in percent, if the model has any."""
    head = ['input', 'class', 'index']
    rows = [
        [prediction['source'], prediction['pred_class'], str(prediction['pred_label'])]
        for prediction in predictions
    ]
    if _have_probabilities(predictions):
        head.append('probability')
        for row, prediction in zip(rows, predictions, strict=True):
            row.append(f'{100 * prediction["pred_score"]:.1f} %')
    return format_table(head, rows, left=2)


def format_failures(failed: Sequence[dict[str, str]], total: int) -> str:
    """Return a line for each of the first inputs that could not be read, with the reason."""
    lines = [
        f'{cut(failure["source"], 300)}: {cut(failure["reason"], 400)}'
        for failure in failed[:MAX_LISTED]
    ]
    if len(failed) > MAX_LISTED:
        lines.append(f'and {len(failed) - MAX_LISTED} more.')
    head = f'{len(failed)} of {total} inputs could not be read:'
    return f'{head} {lines[0]}' if len(lines) == 1 else '\n  '.join([head, *lines])
