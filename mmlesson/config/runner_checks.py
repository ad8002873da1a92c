"""Checks of keys that the runner needs together, or must not get twice."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.errors import did_you_mean, shorten

_TOGETHER = (
    ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    ('val_dataloader', 'val_cfg', 'val_evaluator'),
    ('test_dataloader', 'test_cfg', 'test_evaluator'),
)

_START_METHODS = ('fork', 'spawn', 'forkserver')
_ENVIRONMENT: dict[str, tuple[str, Callable[[Any], bool]]] = {
    'mp_cfg.mp_start_method': ("'fork', 'spawn' or 'forkserver'", _START_METHODS.__contains__),
    'mp_cfg.opencv_num_threads': (
        'an int in [-1, 1024]',
        lambda value: type(value) is int and -1 <= value <= 1024,
    ),
    'dist_cfg.backend': ('the name of a backend', lambda value: isinstance(value, str)),
    'dist_cfg.timeout': (
        'a number of seconds > 0',
        lambda value: type(value) in (int, float) and 0 < value <= 2**31,
    ),
}


def check_complete(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for keys that are missing, or set without those that belong to them.

    A config with no loop at all is no run; tools that look at its model or its data take it.
    """
    is_run = any(tree.tree.get(loop) is not None for _, loop, _ in _TOGETHER)
    if is_run and 'model' not in tree.tree:
        yield Issue('model', 'is not set. Add a model, as in model=dict(type=...).')
    for keys in _TOGETHER:
        if not is_run and None not in [tree.tree.get(key, keys) for key in keys]:
            continue
        absent = [key for key in keys if tree.tree.get(key) is None]
        present = [key for key in keys if key not in absent]
        if absent and present:
            yield Issue(
                absent[0],
                f'is not set, but {" and ".join(present)} {"is" if len(present) == 1 else "are"}. '
                f'Set {", ".join(keys)} together, or make all three None.',
            )
    scaling = tree.tree.get('auto_scale_lr') or {}
    if scaling.get('enable') and scaling.get('base_batch_size') is None:
        yield Issue(
            'auto_scale_lr.base_batch_size',
            'is not set. Set the batch size that the learning rate was chosen for.',
        )
    if is_run and tree.tree.get('param_scheduler') and tree.tree.get('optim_wrapper') is None:
        yield Issue('param_scheduler', 'needs optim_wrapper, which is not set.')


def check_schedule_hooks(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue for a second hook that moves the schedules: each would step twice as fast."""
    from mmengine.hooks import ParamSchedulerHook

    hooks = [
        component
        for path, component in tree.components.items()
        if component.slot.registry == 'HOOKS'
        and inspect.isclass(component.target)
        and issubclass(component.target, ParamSchedulerHook)
        and path != 'default_hooks.param_scheduler'
    ]
    default = tree.tree.get('default_hooks') or {}
    is_default_off = 'param_scheduler' in default and default['param_scheduler'] is None
    for component in hooks[1 if is_default_off else 0 :]:
        yield Issue(
            component.path,
            f'a second {component.name} would move each schedule twice per step. Remove it: '
            'default_hooks.param_scheduler is one already.',
        )


def check_environment(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for the arguments of processes, which are used before anything is built."""
    given = tree.tree.get('env_cfg') or {}
    for key, (wanted, fits) in _ENVIRONMENT.items():
        part, _, name = key.partition('.')
        options = given.get(part)
        if isinstance(options, Mapping) and name in options and not fits(options[name]):
            yield Issue(f'env_cfg.{key}', f'must be {wanted}, got {shorten(options[name])}.')
    known = [key.partition('.')[2] for key in _ENVIRONMENT if key.startswith('mp_cfg.')]
    for name in given.get('mp_cfg') or ():
        if name not in known:
            near = did_you_mean(name, known)
            yield Issue(f'env_cfg.mp_cfg.{name}', f'is an unknown key.{near}')


def check_closure(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue for an optimizer whose step needs a closure, which no wrapper gives it."""
    component = tree.components.get('optim_wrapper.optimizer')
    step = getattr(component.target, 'step', None) if component else None
    if component is None or step is None:
        return
    closure = inspect.signature(inspect.unwrap(step)).parameters.get('closure')
    if closure is not None and closure.default is closure.empty:
        yield Issue(
            f'{component.path}.type',
            f'{component.name} evaluates the loss several times per step, which OptimWrapper '
            'cannot do. Use another optimizer, such as Adam.',
        )


def check_loaders(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for arguments of a loader that contradict each other."""
    for name in ('train', 'val', 'test'):
        component = tree.components.get(f'{name}_dataloader')
        if component is None:
            continue
        if component.config.get('dataset', component) is None:
            yield Issue(f'{component.path}.dataset', 'must be a dict, got None.')
        if component.config.get('collate_fn', component) is None:
            yield Issue(
                f'{component.path}.collate_fn', 'must be a dict, got None. Remove it for ours.'
            )
        if 'batch_sampler' not in component.config:
            yield from _check_batch_size(component)
        if component.config.get('num_workers', 0) == 0:
            yield from _check_no_workers(component)


def _check_batch_size(component: Component) -> Iterator[Issue]:
    if component.config.get('batch_size', component) is None:
        yield Issue(f'{component.path}.batch_size', 'must be an int >= 1, got None.')


def _check_no_workers(component: Component) -> Iterator[Issue]:
    given: Mapping[str, object] = component.config
    for key in ('prefetch_factor', 'timeout'):
        if given.get(key):
            yield Issue(
                f'{component.path}.{key}',
                f'is {shorten(given[key])}, but there are no workers to wait for. Set num_workers, '
                f'or remove {key}.',
            )
