"""Checks that involve several parts of a config: schedule length, monitors, class counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mmlesson.config.component_tree import ConfigTree
from mmlesson.config.data_checks import check_batches, check_classes, check_input_shape
from mmlesson.config.issues import Issue
from mmlesson.config.metric_checks import check_monitors
from mmlesson.config.schema import train_loop_type


def cross_checks(tree: ConfigTree) -> Iterator[Issue]:
    """Yield contradictions between parts of a config; unknown cases pass.

    Args:
        tree: Components of the config; their types and arguments may themselves be wrong.
    """
    for check in _CHECKS:
        try:
            yield from check(tree)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue  # a value of the wrong type is reported by another check


def _check_schedules(tree: ConfigTree) -> Iterator[Issue]:
    for component in tree.below('param_scheduler'):
        last, unit = _length(tree, bool(component.config.get('by_epoch', True)))
        if last is None:
            continue
        begin = component.config.get('begin', 0)
        if begin >= last:
            yield Issue(
                f'{component.path}.begin', f'is {begin}, but training ends after {last} {unit}.'
            )
        late = [
            milestone
            for milestone in component.config.get('milestones') or ()
            if begin + milestone > last
        ]
        if late:
            yield Issue(
                f'{component.path}.milestones',
                f'{", ".join(map(str, late))} are never reached: '
                f'training ends after {last} {unit}.',
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
                    f'is {length}: the cosine ends at {begin + length} {unit}, but training at '
                    f'{last}. Set T_max={last - begin} if both should end together.',
                ),
            )


def _check_validation_start(tree: ConfigTree) -> Iterator[Issue]:
    train = tree.tree.get('train_cfg') or {}
    last, unit = _length(tree, _counts_epochs(tree))
    begin = train.get('val_begin', 1)
    if last is not None and begin > last and tree.tree.get('val_dataloader'):
        yield Issue(
            'train_cfg.val_begin',
            f'is {begin}, but training ends after {last} {unit}: there would be no validation.',
        )


def _check_finite_sampler(tree: ConfigTree) -> Iterator[Issue]:
    """`LessonIterLoop` passes over a finite sampler as often as it takes; mmengine's own sleeps."""
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
    return (last if isinstance(last, int) else None), 'epochs' if by_epoch else 'iterations'


_CHECKS: tuple[Callable[[ConfigTree], Iterator[Issue]], ...] = (
    check_monitors,
    _check_schedules,
    _check_validation_start,
    check_classes,
    check_input_shape,
    check_batches,
    _check_finite_sampler,
)
