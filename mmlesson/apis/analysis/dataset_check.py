"""Dataset check: read every sample, count the classes, and draw some samples."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch.nn.functional import pad

from mmlesson.datasets import check_splits, describe_split
from mmlesson.datasets.collate import read_samples
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError
from mmlesson.tasks import class_indices
from mmlesson.utils.quiet import quiet_mmengine
from mmlesson.utils.text_table import format_table

DRAWN = 40


def check_data(config: Config, file: Path) -> str:
    """Read all samples of all splits as in training, and draw the first ones of an epoch.

    Args:
        config: A config as `load_config` returns it.
        file: Output file of the figure; only points in the plane and images are drawn.

    Returns:
        A table of the splits, a table of the classes, conflicts between the splits, and the paths
        of the figures.

    Raises:
        UserError: If the config has no dataloader.
    """
    init_default_scope(config.get('default_scope', 'mmlesson'))
    names = [name for name in ('train', 'val', 'test') if config.get(f'{name}_dataloader')]
    if not names:
        raise UserError(f'{config.filename} has no dataloader. Add train_dataloader = dict(...).')
    with quiet_mmengine():
        loaders = {
            name: LessonRunner.build_dataloader(deepcopy(config[f'{name}_dataloader']), seed=0)
            for name in names
        }
    counts, rows = {}, []
    splits = {name: describe_split(loader.dataset) for name, loader in loaders.items()}
    for name, loader in loaders.items():
        dataset: Any = loader.dataset
        counts[name] = _read_all(loader)
        sha256 = splits[name]['sha256'] or 'unknown'
        rows.append([name, f'{len(dataset):,}', sha256[:16]])
    classes = _class_names(next(iter(loaders.values())).dataset, counts)
    by_class = [
        [
            class_name,
            *[
                str(int(counts[name][label])) if label < len(counts[name]) else '0'
                for name in names
            ],
        ]
        for label, class_name in enumerate(classes)
    ]
    files = _draw(
        loaders[names[0]], classes, f'{Path(config.filename).stem}, {names[0]} split', file
    )
    return '\n'.join(
        [
            format_table(['split', 'samples read', 'sha256'], rows),
            '',
            format_table(['class', *names], by_class),
            *(f'warning: {conflict}' for conflict in check_splits(splits, allow=True)),
            *map(str, files),
        ]
    )


def _read_all(loader: Any) -> torch.Tensor:
    """Return the number of samples, or of objects, of each class; read each sample once."""
    counts = torch.zeros(0, dtype=torch.int64)
    for start in range(0, len(loader.dataset), 1000):
        places = range(start, min(start + 1000, len(loader.dataset)))
        found = torch.bincount(class_indices(read_samples(loader, places)['labels']))
        size = max(len(found), len(counts))
        counts = pad(counts, (0, size - len(counts))) + pad(found, (0, size - len(found)))
    return counts


def _class_names(dataset: Any, counts: dict[str, torch.Tensor]) -> list[str]:
    names = (getattr(dataset, 'metainfo', None) or {}).get('classes')
    return list(names or map(str, range(max(map(len, counts.values())))))


def _draw(loader: Any, classes: list[str], title: str, file: Path) -> list[Path]:
    from mmlesson.visualization import draw_points, draw_samples, save_figure

    order = list(loader.sampler)
    batch = read_samples(loader, order[:DRAWN])
    if isinstance(batch['labels'], Mapping):  # objects in images, not a class of each image
        return []
    shape = tuple(batch['inputs'].shape[1:])
    if shape == (2,):
        batch = read_samples(loader, order)
        figure = draw_points(batch['inputs'], batch['labels'], classes=classes, title=title)
    elif len(shape) == 3 and shape[0] in (1, 3):
        what = f'{title}: the first samples of an epoch'
        figure = draw_samples(batch['inputs'].numpy(), batch['labels'].numpy(), classes, title=what)
    else:
        return []
    return save_figure(figure, file)
