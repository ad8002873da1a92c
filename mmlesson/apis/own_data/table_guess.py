"""Guess of a config for a table: label, columns, missing values, sizes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mmlesson.apis.own_data.config_text import ConfigGuess, quoted, quoted_list
from mmlesson.apis.own_data.label_guess import guess_label, is_text, usual_label
from mmlesson.apis.own_data.sizes import batch_size, check_split_sizes, epochs
from mmlesson.datasets.table import TableDataset
from mmlesson.datasets.table_columns import parse_column, parse_labels, parse_texts
from mmlesson.datasets.table_reading import UNNAMED, TableError, is_number, read_table
from mmlesson.errors import cut, shorten
from mmlesson.utils.quiet import quiet_mmengine

_FEW = 10  # rows of a table too small to know an identifier by its different values
_IDENTIFIER = re.compile(r'(^|[\W_])(id|uuid|guid|index|idx|nr|no|number|row)$|(?<=[a-z])(Id|ID)$')
_CHINESE = ('编号', '序号', '学号', '身份证号')


def guess_table(path: Path, label: str | None, encoding: str) -> ConfigGuess:
    """Return a config for a table, which is read as training will read it.

    Args:
        path: CSV, TSV or Parquet file.
        label: Label column, or None to guess it.
        encoding: Encoding of a text file.

    Raises:
        TableError: If the table cannot be read, or has no label or no feature.
    """
    frame = _read(path, encoding)
    named = usual_label(list(frame.columns)) if label is None else label
    frame = _read_again(frame, path, encoding, named)
    label, why = guess_label(frame, str(path), label)
    if label != named:
        frame = _read_again(frame, path, encoding, label)
    _check_header(path, frame, label)
    notes = [f'label: {label!r}, {why}']
    features, omitted = _choose_features(frame, label)
    notes += [f'left out {name!r}: {reason}' for name, reason in omitted.items()]
    if not features:
        raise TableError(f'{path} has no column to learn from. {" ".join(notes[1:])}')
    missing, note = _missing(frame, features, label)
    notes += [note] if note else []
    options: dict[str, Any] = {'path': str(path.absolute()), 'label': label}
    if omitted:
        options['features'] = features
    options |= {'missing': missing} if missing != 'error' else {}
    options |= {'encoding': encoding} if encoding != 'utf-8' else {}
    with quiet_mmengine():
        data = TableDataset('train', **options)
    check_split_sizes(str(path), data, notes)
    return _config(path, options, data, notes)


def _read(path: Path, encoding: str, label: str | None = None) -> Any:
    try:
        frame = read_table(path, encoding=encoding, label=label)
        for name in frame.columns:
            if is_text(frame[name]):
                parse_texts(frame[name])  # refuses lists
        return frame
    except TableError as err:
        text = str(err).replace('or train with encoding=, such as', 'or set --encoding, such as')
        raise TableError(text) from err


def _read_again(frame: Any, path: Path, encoding: str, label: str | None) -> Any:
    """Return the table as read for its label, whose cells NA and None are classes."""
    if label not in frame.columns or not frame[label].isna().any():
        return frame
    return _read(path, encoding, label)


def _check_header(path: Path, frame: Any, label: str) -> None:
    """Refuse a table whose first row has cells instead of names: a class and a number."""
    _, classes = parse_labels(frame[label], str)
    names = list(map(str, frame.columns))
    if label in classes and any(map(is_number, names)):
        raise TableError(
            f'{path} has no header: its first row is {shorten(", ".join(names))}. Add a first '
            'row with the names of the columns.'
        )


def _choose_features(frame: Any, label: str) -> tuple[list[str], dict[str, str]]:
    """Return the columns to learn from, and why the others are left out."""
    classes, _ = parse_labels(frame[label], str)
    omitted = {}
    names = [str(name) for name in frame.columns if name != label]
    for name in names:
        reason = _why_useless(frame[name], classes, lambda row: f'row {frame.index[row]}')
        if reason is not None:
            omitted[name] = reason
    return [name for name in names if name not in omitted], omitted


def _why_useless(series: Any, classes: Any, where: Callable[[int], str]) -> str | None:
    """Return why nothing is to be learned from a column, or None."""
    count, different = int(series.notna().sum()), int(series.nunique())
    if count == 0:
        return 'it is empty'
    if different == 1:
        return 'it has only one value'
    if different == count > _FEW and _is_identifier(series):
        return 'an identifier, different in each row'
    try:
        column = parse_column(series, where)
    except TableError as err:
        return cut(str(err).removeprefix(f'Column {series.name!r} '), 300)
    if len(classes) > _FEW and column.categories is not None and _repeats(series, classes):
        return 'it is the label in other words'
    return None


def _is_identifier(series: Any) -> bool:
    """Return whether a column of different values is one by its name, or by counting the rows."""
    from pandas.api import types

    name = str(series.name).strip()
    if name == f'{UNNAMED}1':
        return True  # the index that pandas writes
    if _IDENTIFIER.search(name) or _IDENTIFIER.search(name.lower()) or name in _CHINESE:
        return True
    if not types.is_numeric_dtype(series.dtype):
        return False
    values = series.to_numpy(np.float64, na_value=np.nan)
    is_whole = bool((values == np.floor(values)).all())
    return is_whole and values.max() - values.min() == len(values) - 1


def _repeats(series: Any, classes: Any) -> bool:
    """Return whether the texts of a column are the classes under other names."""
    codes, texts = parse_texts(series)
    pairs = np.unique(np.stack([codes, classes]), axis=1)
    return pairs.shape[1] == len(texts) == len(np.unique(classes))


def _missing(frame: Any, features: list[str], label: str) -> tuple[str, str | None]:
    gaps = np.stack([_gaps(frame[name]) for name in features])
    holes = int(gaps.sum())
    codes, _ = parse_labels(frame[label], str)
    unlabelled = int((codes < 0).sum())
    if unlabelled:
        incomplete = int((gaps.any(axis=0) | (codes < 0)).sum())
        return 'drop', (
            f"missing='drop': {unlabelled} labels are missing; {incomplete} of {len(frame)} rows, "
            'all those with a missing cell, are left out'
        )
    if holes:
        return 'mean', f"missing='mean': {holes} missing cells become the mean of their column"
    return 'error', None


def _gaps(series: Any) -> Any:
    """Return which cells are missing, bool (N,); a text of blanks is missing."""
    return parse_texts(series)[0] < 0 if is_text(series) else series.isna().to_numpy()


def _config(
    path: Path, options: dict[str, Any], data: TableDataset, notes: list[str]
) -> ConfigGuess:
    size, features = len(data), data.metainfo['input_shape'][0]
    hidden = '(32,)' if size < 1000 else '(64,)' if size < 20_000 else '(128, 64)'
    batch, count = batch_size(size), epochs(size)
    notes += [
        f'classes: {len(data.classes)}: {shorten(list(data.classes), 100)}',
        f'network: {features} inputs, hidden layers {hidden}, for {size} rows of training',
        f'batch_size={batch}, {count} epochs',
    ]
    arguments = [
        line
        for name, value in options.items()
        for line in (
            quoted_list(name, value) if name == 'features' else [f'    {name}={quoted(value)},']
        )
    ]
    lines = [
        'data = dict(',
        *arguments,
        ')',
        f'train_dataloader = dict(batch_size={batch}, dataset=data)',
        'val_dataloader = dict(dataset=data)',
        'test_dataloader = dict(dataset=data)',
        'model = dict(',
        f'    data_preprocessor=dict(channels={features}),  # each input is standardised by itself',
        f'    backbone=dict(in_features={features}, hidden_sizes={hidden}),',
        f'    head=dict(num_classes={len(data.classes)}),',
        ')',
        f'param_scheduler = dict(T_max={count})  # epochs',
        f'train_cfg = dict(max_epochs={count})',
    ]
    bases = ('datasets/table', 'models/mlp', 'schedules/adam_cosine', 'default_runtime')
    return ConfigGuess(
        'mlp',
        f'MLP on the table {cut(path.name, 60)}.',
        [f'_base_/{name}.py' for name in bases],
        lines,
        f'new{path.suffix.lower()}',
        notes,
    )
