"""Checks of the model and the batch size against the data, which is not loaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mmlesson.config.argument_checks import argument_of
from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.errors import shorten

_INPUT_KEYS = {
    'model': ('in_features',),
    'model.backbone': ('in_features', 'in_channels', 'image_size'),
    'model.data_preprocessor': ('channels',),
}


def check_classes(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue if the head and the data differ in the number of classes."""
    for path in ('model.head', 'model'):
        component = tree.components.get(path)
        if component is None:
            continue
        own: Any = 2 if component.name == 'BinaryHead' else component.config.get('num_classes')
        for split in ('train', 'val', 'test') if isinstance(own, int) else ():
            data = tree.components.get(f'{split}_dataloader.dataset')
            if data is not None and _differs(own, data):
                key = 'num_classes' if 'num_classes' in component.config else 'type'
                count = _facts(data)['num_classes']
                yield Issue(
                    f'{path}.{key}',
                    f'has {shorten(own)} classes, but {data.name} ({split}) has {count}.',
                )
                return


def _differs(own: int, data: Component) -> bool:
    count = _facts(data).get('num_classes', own)
    # A fine-tuned head may keep the classes of a larger dataset; this does not apply to ours.
    return bool(own < count or (own > count and hasattr(data.target, 'facts')))


def check_input_shape(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for networks that expect samples of another shape."""
    data = tree.components.get('train_dataloader.dataset')
    shape = data and _facts(data).get('input_shape')
    if data is None or not shape:
        return
    wanted = {'in_features': math.prod(shape), 'channels': shape[0], 'in_channels': shape[0]}
    if len(shape) == 3:
        wanted['image_size'] = tuple(shape[1:])
    for path, keys in _INPUT_KEYS.items():
        component = tree.components.get(path)
        if component is None or component.package != 'mmlesson':
            continue
        for key in keys:
            own = argument_of(component, key)
            own = tuple(own) if isinstance(own, list) else own
            if own not in (None, 'auto') and key in wanted and own != wanted[key]:
                yield Issue(
                    f'{path}.{key}' if key in component.config else path,
                    f'{component.name}.{key} is {shorten(own)}, but a sample of {data.name} has '
                    f'the shape {tuple(shape)}. Set {key}={wanted[key]}.',
                )


def check_batches(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for a batch larger than the split, and for batch norm over one sample."""
    loader = tree.tree.get('train_dataloader') or {}
    data = tree.components.get('train_dataloader.dataset')
    batch = loader.get('batch_size')
    if not isinstance(batch, int):
        return
    most = _most_samples(data) if data else None
    if loader.get('drop_last') and most is not None and batch > most:
        yield Issue(
            'train_dataloader.batch_size',
            f'is {shorten(batch)}, but the split has about {most} samples, and drop_last=True '
            'drops the only batch. Use a smaller batch size.',
        )
    backbone = tree.components.get('model.backbone')
    if batch == 1 and backbone and _normalises_batches(backbone):
        yield Issue(
            'train_dataloader.batch_size',
            f'is 1, and {backbone.name} has batch normalisation, which needs several samples to '
            'normalise over. Use a larger batch size, or set batch_norm=False.',
        )


def check_last_batch(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue for a last batch of one sample under a batch norm over vectors.

    `check_last_batch_size` of the engine finds the same where the size of the split is not known.
    """
    loader = tree.tree.get('train_dataloader') or {}
    data = tree.components.get('train_dataloader.dataset')
    batch, size = loader.get('batch_size'), _exact_samples(data) if data else None
    by_epoch = (tree.tree.get('train_cfg') or {}).get('by_epoch', True)
    if not isinstance(batch, int) or batch < 2 or size is None or loader.get('drop_last'):
        return
    if size % batch != 1 or not by_epoch:
        return
    for path in ('model.backbone', 'model.neck', 'model.head'):
        for component in tree.below(path):
            if _normalises_vectors(component):
                yield Issue(
                    'train_dataloader.batch_size',
                    f'{size} samples in batches of {batch} leave a last batch of one, and '
                    f'{component.name} has batch normalisation, which needs several. Set '
                    'drop_last=True, or another batch_size.',
                )
                return


def check_topk(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for a top-k accuracy with more than the classes that the model has."""
    head = tree.components.get('model.head') or tree.components.get('model')
    classes = head.config.get('num_classes') if head else None
    if not isinstance(classes, int) or classes < 1:
        return
    for evaluator in ('val_evaluator', 'test_evaluator'):
        for component in tree.below(evaluator):
            if (component.package, component.name) != ('mmpretrain', 'Accuracy'):
                continue
            tops = component.config.get('topk', 1)
            tops = list(tops) if isinstance(tops, list | tuple) else [tops]
            if max(tops) > classes:
                yield Issue(
                    f'{component.path}.topk',
                    f'is {shorten(max(tops))}, but the model has {shorten(classes)} classes.',
                )


def _normalises_vectors(component: Component) -> bool:
    """Return whether each channel of a component has one value per sample, and is normalised."""
    norm = argument_of(component, 'norm_cfg')
    return isinstance(norm, Mapping) and norm.get('type') in ('BN1d', 'SyncBN1d')


def _normalises_batches(component: Component) -> bool:
    norm = argument_of(component, 'norm_cfg')
    kind = norm.get('type') if isinstance(norm, Mapping) else None
    return bool(argument_of(component, 'batch_norm')) or (
        isinstance(kind, str) and kind in ('BN', 'BN1d', 'BN2d', 'BN3d')
    )


def _most_samples(data: Component) -> int | None:
    facts = _facts(data)
    ratio = argument_of(data, 'split_ratio')
    split = argument_of(data, 'split')
    if 'num_samples' not in facts or split not in ('train', 'val', 'test') or not ratio:
        return None
    share = ratio[('train', 'val', 'test').index(split)]
    return int(facts['num_samples'] * share) + int(facts.get('num_classes', 1))


def _exact_samples(data: Component) -> int | None:
    """Return the size of a split, computed as the dataset does; None if it is not known."""
    from mmlesson.datasets.splits import SPLIT_NAMES, split_sizes  # needs torch

    sizes = _facts(data).get('class_sizes')
    if sizes is None or argument_of(data, 'fold') is not None:
        return None
    ratio, split = argument_of(data, 'split_ratio'), argument_of(data, 'split')
    return int(sum(split_sizes(size, ratio)[SPLIT_NAMES.index(split)] for size in sizes))


def _facts(data: Component) -> Mapping[str, Any]:
    """Return the properties of a dataset that are known without loading it."""
    if hasattr(data.target, 'facts'):
        known: Mapping[str, Any] = data.target.facts(**data.config)
        return known
    own = (data.config.get('metainfo') or {}).get('classes', data.config.get('classes'))
    classes = own or (getattr(data.target, 'METAINFO', None) or {}).get('classes')
    return {'num_classes': len(classes)} if isinstance(classes, list | tuple) else {}
