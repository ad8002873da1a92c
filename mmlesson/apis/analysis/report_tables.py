"""Tables of the report of a run: results, classes, layers, splits, environment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from mmengine.config import Config

from mmlesson.apis.analysis.report_texts import texts
from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import read_checkpoint
from mmlesson.runs.chinese import chinese_layer, chinese_metric
from mmlesson.runs.conclusion import metric_name
from mmlesson.runs.data_meta import dataset_meta
from mmlesson.runs.run import Run
from mmlesson.runs.summary import UNFINISHED, final_step

Rows = list[tuple[Any, ...]]

LARGEST_SAMPLE = 10**7
"""Most numbers in one sample of a model whose layers are listed."""


def fill(words: str, *values: object) -> Markup:
    """Fill values into the braces of a text, escaped."""
    return Markup(words).format(*values)


def foreign(text: object, language: str) -> Any:
    """Return a text that exists in English only, marked as such in another language."""
    return text if language == 'en' else Markup('<span lang="en">{}</span>').format(text)


def metric_label(split: str, name: str, language: str) -> str:
    """Return the label of a metric of a split: 'val loss'."""
    return f'{split} {metric_name(name)}' if language == 'en' else chinese_metric(f'{split}/{name}')


def result_rows(run: Run, language: str) -> Rows:
    """Return labels and results of a run."""
    summary, words = run.summary, texts(language)
    best = summary.get('best')
    steps = 'epochs' if summary['epochs'] else 'iterations'
    rows: Rows = [
        (words[steps], summary[steps]),
        (words['training'], words['seconds'].format(summary['train_seconds'])),
        (words['device'], summary['device'] or words['unknown']),
        (words['seed'], summary['seed']),
    ]
    if best:
        name = metric_name(best['metric']) if language == 'en' else chinese_metric(best['metric'])
        rows.append((words['best'], fill(words['best_at'], name, best['value'], best['epoch'])))
    for split in ('train', 'val', 'test'):
        numbers = (summary.get(split) or {}).items()
        rows += [
            (metric_label(split, name, language), f'{value:.4g}')
            for name, value in numbers
            if isinstance(value, int | float)
        ]
    rows.append((words['checkpoint'], _checkpoint_text(run, words)))
    rows.append((words['sha256'], summary['weights_sha256'] or words['unknown']))
    return rows


def _checkpoint_text(run: Run, words: Mapping[str, str]) -> str:
    """Return the file of the weights that the results are of."""
    if run.status == UNFINISHED:
        last = run.last_checkpoint
        return fill(words['last'], last.name) if last else words['none']
    if not run.final_checkpoint:
        return words['no_file']
    unit, number = final_step(run.summary)
    return fill(words[f'at_{unit}'], run.final_checkpoint.name, number)


def class_table(run: Run, meta: Mapping[str, Any], language: str) -> dict[str, Rows] | None:
    """Return head and rows of the test results by class, or None if the run has none.

    Args:
        run: The run.
        meta: Description of its training data, see `data_meta`; classes that it does not name are
            numbered.
        language: Language of the head.
    """
    columns = run.summary.get('test_by_class') or {}
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        return None
    words, count = texts(language), lengths.pop()
    named = [str(name) for name in meta.get('classes') or ()]
    classes = named if len(named) == count else [str(label) for label in range(count)]
    head = (words['class'], *(words.get(name, name) for name in columns))
    cells = [[_percent(value) for value in values] for values in columns.values()]
    return {'head': [head], 'rows': list(zip(classes, *cells, strict=True))}


def _percent(value: Any) -> str:
    return f'{value:.1f}' if isinstance(value, int | float) else str(value)  # or 'nan'


def data_meta(run: Run) -> dict[str, Any]:
    """Return the description of a run's training data in its checkpoint; empty without one."""
    try:
        return dataset_meta(read_checkpoint(run.checkpoint_to_apply))
    except UserError:
        return {}


def layer_table(run: Run, meta: Mapping[str, Any], language: str) -> Rows | Markup:
    """Return name, output shape and parameters of each layer, or why they cannot be shown.

    The model is built from the config, and a sample of zeros passes through it: no data are read.

    Args:
        run: The run.
        meta: Description of its training data, with 'input_shape'.
        language: Language of the names.
    """
    words, shape = texts(language), _sample_shape(meta.get('input_shape'))
    if shape is None:
        return fill(words['no_layers'], words['no_shape'])
    try:
        rows, total = _layers(run.config.config, shape)
    except Exception as err:  # the run may be of another version, or of classes that are not here
        line = str(err).partition('\n')[0] or type(err).__name__
        return fill(words['no_layers'], foreign(line, language))
    if language == 'zh':
        rows = [(chinese_layer(name), *rest) for name, *rest in rows]
    return [*rows, (words['total'], '', total)]


def _sample_shape(found: Any) -> tuple[int, ...] | None:
    """Return the shape of a sample as a checkpoint has it; None if it is unknown or too large."""
    if not isinstance(found, list | tuple):
        return None
    is_valid = all(isinstance(side, int) and side > 0 for side in found)
    return tuple(found) if is_valid and math.prod(found) <= LARGEST_SAMPLE else None


def _layers(config: Config, shape: tuple[int, ...]) -> tuple[Rows, str]:
    from mmlesson.apis.analysis.build import build_model
    from mmlesson.apis.analysis.model_summary import inspect_model
    from mmlesson.visualization.figures.layer_names import layer_names

    model = build_model(config)
    facts, names = inspect_model(model, shape, with_fields=False), layer_names(model)
    rows: Rows = [
        (
            names.get(layer.name, layer.kind if layer.name == 'model' else layer.name),
            ' × '.join(map(str, layer.output_shape)) or '1',
            f'{layer.parameters:,}',
        )
        for layer in facts.layers
    ]
    return rows, f'{facts.parameters:,}'


def split_rows(summary: Mapping[str, Any], language: str) -> Rows:
    """Return name, size and hash of each split."""
    words = texts(language)
    return [
        (words.get(name, name), facts['size'], facts['sha256'])
        for name, facts in summary['splits'].items()
    ]


def environment_rows(summary: Mapping[str, Any], language: str) -> Rows:
    """Return names and versions of what a run ran on."""
    words = texts(language)
    known = dict(summary.get('environment') or {})
    packages = known.pop('packages', {})
    rows = [(words.get(name, name), value) for name, value in known.items()]
    return [(name, value) for name, value in [*rows, *packages.items()] if value]
