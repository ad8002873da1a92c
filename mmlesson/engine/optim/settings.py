"""Settings of optimizers and schedulers as plain data, and how two of them differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mmengine.optim import OptimWrapperDict
from torch import Tensor

Settings = dict[str, Any]

ONLY = 'optimizer'  # name of the optimizer of a run that has one
JUDGEMENT = ('best', 'num_bad_epochs', 'cooldown_counter')
"""What ``ReduceOnPlateauLR`` has concluded from validations."""

_COUNTERS = ('last_step', '_global_step', '_last_value', 'base_values', 'verbose')
_PLATEAU = ('monitor', 'patience', 'threshold_rule')  # settings that it alone has


def describe(optim_wrapper: Any, schedulers: Any) -> dict[str, Settings]:
    """Return the settings of optimizers and schedulers as built, before their first step.

    Args:
        optim_wrapper: ``OptimWrapper``, or ``OptimWrapperDict`` for several optimizers.
        schedulers: A list, a dict of lists for several optimizers, or None.

    Returns:
        By name of the optimizer: under 'type' its class, under 'groups' the arguments of each
        parameter group, and under 'schedulers' those of each scheduler.
    """
    return {
        name: {
            'type': type(wrapper.optimizer).__name__,
            'groups': [_group_settings(group) for group in wrapper.param_groups],
            'schedulers': [
                _scheduler_settings(vars(scheduler), type(scheduler).__name__)
                for scheduler in of_optimizer(schedulers, name)
            ],
        }
        for name, wrapper in wrappers_by_name(optim_wrapper).items()
    }


def describe_states(state: Mapping[str, Any], scheduler_states: Iterable[Any]) -> Settings:
    """Return the settings that the states of an optimizer and its schedulers hold.

    For a checkpoint that was written before settings were; it knows no types.
    """
    return {
        'type': None,
        'groups': [_group_settings(group) for group in groups_of(state)],
        'schedulers': [_scheduler_settings(item, None) for item in scheduler_states],
    }


def wrappers_by_name(optim_wrapper: Any) -> dict[str, Any]:
    """Return each optimizer's wrapper by its name."""
    if isinstance(optim_wrapper, OptimWrapperDict):
        return dict(optim_wrapper.optim_wrappers)
    return {ONLY: optim_wrapper}


def of_optimizer(schedulers: Any, name: str) -> list[Any]:
    """Return the schedulers, or their states, of one optimizer."""
    if isinstance(schedulers, dict):
        return list(schedulers.get(name) or [])
    return list(schedulers or [])


def groups_of(state: Mapping[str, Any]) -> list[Settings]:
    """Return the parameter groups of a state as mmengine's ``OptimWrapper`` lists them."""
    base = state.get('base_param_settings')
    return [*state['param_groups'], *([base] if base is not None else [])]


def companions(name: str) -> tuple[str, str, str]:
    """Return the entries of a group that mmengine's schedulers add to a scheduled value."""
    return f'initial_{name}', f'max_{name}', f'min_{name}'


def changed(new: Settings, old: Settings) -> list[str]:
    """Return the settings that both have and that differ; one may be of another version."""
    return [key for key in new if key in old and key != 'type' and new[key] != old[key]]


def are_alike(new: list[Settings], old: list[Settings]) -> bool:
    """Return whether two lists hold schedulers of the same types for the same values."""
    return len(new) == len(old) and all(map(_is_alike, new, old))


def is_plateau(scheduler: Settings) -> bool:
    """Return whether a scheduler decides by validations."""
    return all(key in scheduler for key in _PLATEAU)


def _is_alike(new: Settings, old: Settings) -> bool:
    is_same = set(old) <= set(new) if old['type'] is None else old['type'] == new['type']
    return is_same and old['param_name'] == new['param_name']


def _group_settings(group: Mapping[str, Any]) -> Settings:
    """Return the arguments of a group, as they were before a scheduler changed them."""
    added = {key for name in group for key in companions(name)} | {'params', 'param_names'}
    found = {
        key: _plain(group.get(f'initial_{key}', value))
        for key, value in group.items()
        if key not in added
    }
    if 'betas' in found and 'momentum' in found:  # Adam's first beta has a schedule
        found['betas'] = [found.pop('momentum'), *found['betas'][1:]]
    return found


def _scheduler_settings(values: Mapping[str, Any], kind: str | None) -> Settings:
    state = ('optimizer', *_COUNTERS, *JUDGEMENT)
    return {**{k: _plain(v) for k, v in values.items() if k not in state}, 'type': kind}


def _plain(value: Any) -> Any:
    """Return a setting as plain data that can be compared and shown."""
    if isinstance(value, Mapping):
        if value and all(isinstance(part, int) for pair in value.items() for part in pair):
            return sorted(key for key, count in value.items() for _ in range(count))  # milestones
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Tensor):
        return value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return getattr(value, '__name__', type(value).__name__)
