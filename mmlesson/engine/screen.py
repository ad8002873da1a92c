"""Output of a run on a terminal: introduction, one line per epoch, conclusion.

The log file keeps what the terminal does not show.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.runs.conclusion import claim_text, metric_name, parsed_claims

MAX_CLASSES = 10  # named in the introduction
NAME_CELLS = 12  # of a terminal, for the name of a class


def is_quiet(config: Mapping[str, Any]) -> bool:
    """Return whether a run shows little: on a terminal, unless the config asks for more.

    Args:
        config: A config; ``verbose``, the log level DEBUG and a logger hook other than
            `ProgressHook` ask for the complete log.
    """
    wants_log = config.get('verbose') or config.get('log_level') in ('DEBUG', logging.DEBUG)
    logger = (config.get('default_hooks') or {}).get('logger', {'type': 'ProgressHook'})
    kind = logger.get('type') if isinstance(logger, Mapping) else logger
    is_ours = str(kind).rpartition('.')[2] == 'ProgressHook'
    return is_ours and not wants_log and is_main_process() and sys.stdout.isatty()


def show_warnings_only(logger: logging.Logger) -> None:
    """Let a logger print only warnings and errors, without date and origin."""
    for handler in logger.handlers:
        if type(handler) is logging.StreamHandler:
            handler.setLevel(max(handler.level, logging.WARNING))
            handler.setFormatter(_ShortFormatter())


class _ShortFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f'{record.levelname.lower()}: {super().format(record)}'


def print_rows(rows: Sequence[tuple[str, str]], console: Console | None = None) -> None:
    """Print labels and texts in two columns; texts wrap to the width of the terminal.

    Args:
        rows: Labels and texts; a label that repeats is printed once.
        console: Console; of standard output if None.
    """
    console = Console() if console is None else console
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow='fold')
    before = ''
    for label, text in rows:
        table.add_row(Text('' if label == before else label), Text(_encodable(text)))
        before = label
    console.print(table)


def _encodable(text: str) -> str:
    """Return a text with '?' for characters that standard output cannot show."""
    encoding = getattr(sys.stdout, 'encoding', None) or 'utf-8'
    return text.encode(encoding, 'replace').decode(encoding)


def introduction(runner: LessonRunnerLike) -> list[tuple[str, str]]:
    """Return the claims of a run, its model and its data; `announce` has named the lesson."""
    claims = parsed_claims(runner.cfg.get('expect') or ())
    rows = [('claim', claim_text(claim)) for claim in claims]
    rows.append(('model', _model_text(runner.bare_model)))
    classes = [str(name) for name in (runner.dataset_meta or {}).get('classes') or ()]
    rows += [('classes', _classes_text(classes))] if classes else []
    rows.append(('data', _splits_text(runner.status.splits)))
    resumed = runner.status.resumed_from
    rows += [('resumed', f'{Path(resumed).name}')] if resumed is not None else []
    return rows


def _model_text(model: Any) -> str:
    count = sum(parameter.numel() for parameter in model.parameters())
    count = count or sum(buffer.numel() for buffer in model.buffers())  # as of a perceptron
    backbone = getattr(model, 'backbone', None)
    name = type(model if backbone is None else backbone).__name__
    return f'{name}, {count:,} parameters'


def _classes_text(classes: Sequence[str]) -> str:
    names = [
        name if cell_len(name) <= NAME_CELLS else f'{set_cell_size(name, NAME_CELLS - 1)}…'
        for name in classes[:MAX_CLASSES]
    ]
    more = ', …' if len(classes) > MAX_CLASSES else ''
    return f'{len(classes)}: {", ".join(names)}{more}'


def _splits_text(splits: Mapping[str, Mapping[str, Any]]) -> str:
    return ', '.join(f'{name} {facts["size"]:,}' for name, facts in splits.items()) + ' samples'


def epoch_line(
    place: str, train: Mapping[str, Any], val: Mapping[str, Any] | None, width: int
) -> str:
    """Return the results of an epoch in one line.

    Args:
        place: 'epoch 3/40'.
        train: Training metrics.
        val: Validation metrics, in brackets after those of training; None without validation.
        width: Of the terminal, in cells; metrics for which there is no room are left out.

    Example:
        >>> epoch_line('epoch 3/40', {'loss': 0.5, 'accuracy/top1': 75.0}, {'loss': 0.6}, 80)
        'epoch 3/40  loss 0.5 (val 0.6)  accuracy 75'
    """
    line = place
    for name in dict.fromkeys([*train, *(val or {})]):
        part = _metric_text(name, train.get(name), (val or {}).get(name))
        if part and cell_len(f'{line}  {part}') <= width:
            line = f'{line}  {part}'
    return line


def _metric_text(name: str, train: Any, val: Any) -> str:
    own, other = (f'{v:.4g}' if isinstance(v, int | float) else '' for v in (train, val))
    if own and other:
        return f'{metric_name(name)} {own} (val {other})'
    if other:
        return f'val {metric_name(name)} {other}'
    return f'{metric_name(name)} {own}' if own else ''
