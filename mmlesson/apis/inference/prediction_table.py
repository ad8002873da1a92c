"""Predictions as a table, in a file or on a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.text_table import format_table

COLUMNS = ('source', 'pred_label', 'pred_class', 'pred_score')


def write_csv(file: Path, predictions: Sequence[dict[str, Any]], classes: Sequence[str]) -> None:
    """Write one line per prediction: `COLUMNS`, then the probability of each class, 0-1.

    Args:
        file: Where to.
        predictions: As `Inferencer` gives them.
        classes: Names, for the head of the last columns; numbers where there are too few.
    """
    count = max(
        (len(prediction['pred_scores']) for prediction in predictions), default=len(classes)
    )
    names = [classes[i] if i < len(classes) else str(i) for i in range(count)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow([*COLUMNS, *(f'score_{name}' for name in names)])
    for prediction in predictions:
        # Nine digits give a float32 back exactly.
        score, *scores = (
            f'{value:.9g}' for value in (prediction['pred_score'], *prediction['pred_scores'])
        )
        writer.writerow([*(prediction[name] for name in COLUMNS[:-1]), score, *scores])
    write_text(file, text.getvalue())


def format_predictions(predictions: Sequence[dict[str, Any]]) -> str:
    """Return predictions as a table for people, probabilities in percent."""
    rows = [
        [
            prediction['source'],
            prediction['pred_class'],
            str(prediction['pred_label']),
            f'{100 * prediction["pred_score"]:.1f} %',
        ]
        for prediction in predictions
    ]
    return format_table(['input', 'class', 'index', 'probability'], rows, left=2)


def format_failures(failed: Sequence[dict[str, str]], total: int) -> str:
    """Return which inputs could not be read, a line each, and why."""
    lines = [f'{failure["source"]}: {failure["reason"]}' for failure in failed]
    head = f'{len(failed)} of {total} inputs could not be read:'
    return f'{head} {lines[0]}' if len(lines) == 1 else '\n  '.join([head, *lines])
