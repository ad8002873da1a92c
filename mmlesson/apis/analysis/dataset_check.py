"""Dataset check: read every sample, count the classes, list faults, and draw some samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmlesson.apis.analysis.dataset_figures import draw_dataset
from mmlesson.apis.analysis.split_reading import SplitReading
from mmlesson.datasets import check_splits, describe_split
from mmlesson.datasets.split_conflicts import ALLOW_KEY
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError, shorten
from mmlesson.utils.quiet import quiet_mmengine
from mmlesson.utils.text_table import format_table
from mmlesson.visualization import save_figure

MOST_IMBALANCE = 10
"""Ratio of the largest to the smallest class of the training split, above which a warning says."""

_MOST_COPIES = 0.1  # share of a split of vectors, which can be equal by chance
_KINDS = ('png', 'svg')


@dataclass
class DatasetReport:
    """What a check of the data of a config found.

    Args:
        text: Tables of the splits and of the classes, and the class imbalance.
        faults: Faults, one line each.
        warnings: What may be meant, one line each.
        files: Figures.
    """

    text: str
    faults: list[str]
    warnings: list[str]
    files: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        """Return all of it, a line for each fault, warning and figure."""
        lines = [f'fault: {fault}' for fault in self.faults]
        lines += [f'warning: {warning}' for warning in self.warnings]
        return '\n'.join([self.text, *lines, *map(str, self.files)])


def check_data(
    config: Config, file: Path | None = None, kinds: Sequence[str] = _KINDS
) -> DatasetReport:
    """Read all samples of all splits as in training, and draw the first ones of an epoch.

    Faults are samples that cannot be read or are not finite, labels that are no class, samples of
    other shapes, images of a single value, samples in two splits, and class lists that differ.
    Vectors may be equal by chance, so that a few of them in two splits are a warning only.

    Args:
        config: A config as `load_config` returns it.
        file: Output file of the figure; None to draw nothing.
        kinds: File formats of the figure.

    Raises:
        UserError: If the config has no dataloader.
    """
    init_default_scope(config.get('default_scope', 'mmlesson'))
    names = [name for name in ('train', 'val', 'test') if config.get(f'{name}_dataloader')]
    if not names:
        raise UserError(f'{config.filename} has no dataloader. Add train_dataloader = dict(...).')
    loaders, faults = _build(config, names)
    if not loaders:
        return DatasetReport('No split can be loaded.', faults, [])
    splits = {name: describe_split(loader.dataset) for name, loader in loaders.items()}
    known = next((facts['classes'] for facts in splits.values() if facts['classes']), None)
    count = len(known) if known else _classes_of_model(config)
    readings = {name: SplitReading(name, loader, count) for name, loader in loaders.items()}
    classes = known or list(map(str, range(max(len(r.counts) for r in readings.values()))))
    faults += [f'{name}: {why}' for name, found in readings.items() for why in found.faults]
    conflicts, allowed = check_splits(splits, allow=True), bool(config.get(ALLOW_KEY))
    report = DatasetReport(
        _tables(readings, splits, classes),
        faults + ([] if allowed else conflicts),
        conflicts if allowed else [],
    )
    _note_shapes(readings, report)
    _note_classes(readings, classes, report)
    _note_constant_features(readings, loaders, report)
    _note_copies(readings, report)
    name = next(iter(loaders))
    figure = None
    if file is not None and len(readings[name].shapes) == 1:
        title = f'{Path(config.filename).stem}, {name} split'
        order = [place for place in loaders[name].sampler if place not in readings[name].unusable]
        figure = draw_dataset(config, loaders[name], order, classes, title)
    if figure is not None and file is not None:
        report.files = save_figure(figure, file, kinds)
    elif file is not None:
        report.warnings.append(f'no figure: samples of {name} have no form that can be drawn.')
    return report


def _build(config: Config, names: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the loaders that can be built, and the faults of the others."""
    loaders: dict[str, Any] = {}
    reasons: dict[str, list[str]] = {}
    for name in names:
        with quiet_mmengine():
            try:
                options = deepcopy(config[f'{name}_dataloader'])
                loaders[name] = LessonRunner.build_dataloader(options, seed=0)
            except UserError as err:
                reasons.setdefault(str(err), []).append(name)
    return loaders, [f'{", ".join(splits)}: {why}' for why, splits in reasons.items()]


def _classes_of_model(config: Config) -> int | None:
    head = (config.get('model') or {}).get('head')
    count = head.get('num_classes') if isinstance(head, dict) else None
    return count if isinstance(count, int) else None


def _tables(
    readings: Mapping[str, SplitReading],
    splits: Mapping[str, Mapping[str, Any]],
    classes: Sequence[str],
) -> str:
    rows = [
        [
            name,
            f'{len(found.labels):,}',
            ' x '.join(map(str, found.shapes[0])) if found.shapes else '',
            f'{np.min(found.low):.4g} to {np.max(found.high):.4g}',
            (splits[name]['sha256'] or 'unknown')[:16],
        ]
        for name, found in readings.items()
    ]
    by_class = [
        [class_name, *(str(_count(found, label)) for found in readings.values())]
        for label, class_name in enumerate(classes)
    ]
    tables = [
        format_table(['split', 'samples read', 'shape', 'range', 'sha256'], rows),
        format_table(['class', *readings], by_class),
    ]
    return '\n\n'.join(tables)


def _count(found: SplitReading, label: int) -> int:
    return int(found.counts[label]) if label < len(found.counts) else 0


def _note_shapes(readings: Mapping[str, SplitReading], report: DatasetReport) -> None:
    shapes = {found.shapes[0]: name for name, found in readings.items() if found.shapes}
    if len(shapes) > 1:
        listed = ', '.join(f'{shape} in {name}' for shape, name in shapes.items())
        report.faults.append(f'samples differ in shape between splits: {listed}.')


def _note_classes(
    readings: Mapping[str, SplitReading], classes: Sequence[str], report: DatasetReport
) -> None:
    """Note the class imbalance of the first split, which is train, and classes without samples."""
    name, found = next(iter(readings.items()))
    counts = [_count(found, label) for label in range(len(classes))]
    for other, reading in readings.items():
        absent = [c for label, c in enumerate(classes) if _count(reading, label) == 0]
        if absent and len(reading.labels):
            what = f'{other} has no sample of {len(absent)} classes: {shorten(absent)}.'
            (report.faults if other == 'train' else report.warnings).append(what)
    present = [count for count in counts if count]
    if not present:
        return
    large, small = max(present), min(present)
    ratio = large / small
    named = [f'{shorten(classes[counts.index(count)], 40)} ({count})' for count in (large, small)]
    extremes = f'largest {named[0]}, smallest {named[1]}' if large > small else f'{large} of each'
    report.text += f'\n\nclass imbalance, {name}: {ratio:.1f} ({extremes})'
    if ratio > MOST_IMBALANCE:
        report.warnings.append(
            f'the largest class of {name} has {ratio:.1f} times the samples of the smallest: '
            'accuracy says little of small classes. Look at the recall of each class.'
        )


def _note_constant_features(
    readings: Mapping[str, SplitReading], loaders: Mapping[str, Any], report: DatasetReport
) -> None:
    """Note features of one value: a fault in a table, but natural in flattened images."""
    name, found = next(iter(readings.items()))
    constant = found.constant_features
    names = feature_names(loaders[name].dataset)
    if constant and names:
        listed = shorten([names[place] for place in constant])
        report.faults.append(f'{name}: columns have only one value: {listed}.')
    elif constant:
        report.warnings.append(
            f'{name}: {len(constant)} of {len(found.low)} features have only one value.'
        )


def feature_names(dataset: Any) -> list[str] | None:
    """Return the names of the inputs of a table; None for other data."""
    table = getattr(dataset, 'table', None)
    return list(table.names) if table is not None else None


def _note_copies(readings: Mapping[str, SplitReading], report: DatasetReport) -> None:
    """Note samples of equal values in two splits, and in one split with two labels."""
    found = list(readings.items())
    for place, (name, one) in enumerate(found):
        _note_two_labels(name, one, report)
        for other_name, other in found[place + 1 :]:
            copies = np.flatnonzero(np.isin(other.hashes, one.hashes))
            if len(copies) == 0:
                continue
            what = (
                f'same values in {name} and {other_name}: {len(copies)} of {other_name} '
                f'(first {other.sample(int(copies[0]))}).'
            )
            is_fault = other.is_image or len(copies) > _MOST_COPIES * len(other.hashes)
            (report.faults if is_fault else report.warnings).append(what)


def _note_two_labels(name: str, found: SplitReading, report: DatasetReport) -> None:
    pairs = np.unique(np.stack([found.hashes, found.labels]), axis=1)
    _, times = np.unique(pairs[0], return_counts=True)
    contradictions = int((times > 1).sum())
    if contradictions:
        report.warnings.append(
            f'{name}: {contradictions} samples occur with the same values and different labels.'
        )
