"""Checks of the length of training: schedules, validation, sampler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.config.schema import train_loop_type
from mmlesson.errors import cut, shorten


def check_schedules(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for schedules, or parts of them, that never change anything."""
    for component in tree.below('param_scheduler'):
        if _never_moves(tree, component):
            yield Issue(
                f'{component.path}.by_epoch',
                f'{component.name} counts epochs, but training counts iterations, so it would '
                'never change anything. Set by_epoch=False, and count its steps in iterations.',
            )
            continue
        yield from _check_length(tree, component)


def _never_moves(tree: ConfigTree, component: Component) -> bool:
    """Return whether a schedule moves at the end of an epoch, and there is none.

    A schedule that monitors a metric moves at a validation too.
    """
    config = component.config
    return (
        isinstance(tree.tree.get('train_cfg'), Mapping)
        and tree.is_our_runner
        and not _counts_epochs(tree)
        and bool(config.get('by_epoch', True))
        and not config.get('convert_to_iter_based')
        and not component.name.startswith('ReduceOnPlateau')
    )


def _check_length(tree: ConfigTree, component: Component) -> Iterator[Issue]:
    last, unit = _length(tree, bool(component.config.get('by_epoch', True)))
    if last is None:
        return
    begin = component.config.get('begin', 0)
    if begin >= last:
        yield Issue(
            f'{component.path}.begin',
            f'is {shorten(begin)}, but training ends after {shorten(last)} {unit}.',
        )
    late = [
        milestone
        for milestone in component.config.get('milestones') or ()
        if begin + milestone > last
    ]
    if late:
        yield Issue(
            f'{component.path}.milestones',
            f'{cut(", ".join(map(shorten, late)), 200)} are never reached: training ends after '
            f'{shorten(last)} {unit}.',
        )


def unmatched_lengths(tree: ConfigTree) -> Iterator[tuple[str, Issue]]:
    """Yield cosine schedules that are longer or shorter than training.

    Yields:
        The key of the length of training, and an issue at ``T_max``.
    """
    for component in tree.below('param_scheduler'):
        by_epoch = bool(component.config.get('by_epoch', True))
        last, unit = _length(tree, by_epoch)
        length, begin = component.config.get('T_max'), component.config.get('begin', 0)
        if last is None or not isinstance(length, int) or not isinstance(begin, int):
            continue
        if begin + length != last:
            yield (
                f'train_cfg.{"max_epochs" if by_epoch else "max_iters"}',
                Issue(
                    f'{component.path}.T_max',
                    f'is {shorten(length)}: the cosine ends at {shorten(begin + length)} {unit}, '
                    f'but training at {shorten(last)}. Set T_max={shorten(last - begin)} if both '
                    'should end together.',
                ),
            )


def check_validation_start(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue if training ends before the first validation."""
    train = tree.tree.get('train_cfg') or {}
    last, unit = _length(tree, _counts_epochs(tree))
    begin = train.get('val_begin', 1)
    if last is not None and begin > last and tree.tree.get('val_dataloader'):
        yield Issue(
            'train_cfg.val_begin',
            f'is {shorten(begin)}, but training ends after {shorten(last)} {unit}: there would be '
            'no validation.',
        )


def check_finite_sampler(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue if mmengine's own loop would sleep at each end of the data.

    `LessonIterLoop` passes over a finite sampler as often as it takes.
    """
    train = tree.tree.get('train_cfg')
    sampler = tree.components.get('train_dataloader.sampler')
    if tree.is_our_runner or not isinstance(train, Mapping) or sampler is None:
        return
    kind = train_loop_type(train, is_our_runner=False)
    if str(getattr(kind, '__name__', kind)) == 'IterBasedTrainLoop' and (
        sampler.name == 'DefaultSampler'
    ):
        yield Issue(
            'train_cfg',
            'DefaultSampler ends after one pass, and IterBasedTrainLoop then waits two seconds '
            "each time. Use 'InfiniteSampler', or LessonRunner.",
        )


def _counts_epochs(tree: ConfigTree) -> bool:
    kind = train_loop_type(tree.tree.get('train_cfg') or {}, is_our_runner=False)
    return 'Iter' not in str(getattr(kind, '__name__', kind))


def _length(tree: ConfigTree, by_epoch: bool) -> tuple[int | None, str]:
    """Return how many epochs (iterations) training has; None if it is counted the other way."""
    train = tree.tree.get('train_cfg')
    if not isinstance(train, Mapping) or by_epoch != _counts_epochs(tree):
        return None, ''
    last = train.get('max_epochs' if by_epoch else 'max_iters')
    is_count = isinstance(last, int) and last > 0
    return (last if is_count else None), 'epochs' if by_epoch else 'iterations'
