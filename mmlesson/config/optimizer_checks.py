"""Checks of the optimizer wrapper: gradient clipping, loss scale, options by parameter.

Their values are read at the first step, or used while the groups of parameters are made, where an
error does not name the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.errors import did_you_mean, shorten

_Rule = tuple[str, Callable[[Any], bool]]


def _is_number(value: Any, minimum: float = 0.0) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and minimum <= value <= 1e300


_SWITCH: _Rule = ('True or False', lambda value: isinstance(value, bool))
_POSITIVE: _Rule = ('a number > 0', lambda value: _is_number(value) and value != 0)
_FACTOR: _Rule = ('a number >= 0', lambda value: value is None or _is_number(value))
_FOREACH: _Rule = (
    'True, False or None',
    lambda value: value is None or isinstance(value, bool),
)
_NORM: _Rule = (
    "a number other than 0, or 'inf'",
    lambda value: value == 'inf' or (_is_number(value, -1e300) and value != 0),
)

# Arguments of torch.nn.utils.clip_grad_norm_ and clip_grad_value_, the required one first.
_CLIPPING: dict[str, dict[str, _Rule]] = {
    'norm': {
        'max_norm': _POSITIVE,
        'norm_type': _NORM,
        'error_if_nonfinite': _SWITCH,
        'foreach': _FOREACH,
    },
    'value': {'clip_value': _POSITIVE, 'foreach': _FOREACH},
}

# Keys of mmengine's ``DefaultOptimWrapperConstructor``.
_PARAMWISE: dict[str, _Rule] = {
    **dict.fromkeys(('bias_lr_mult', 'bias_decay_mult', 'norm_decay_mult'), _FACTOR),
    **dict.fromkeys(('dwconv_decay_mult', 'flat_decay_mult', 'dcn_offset_lr_mult'), _FACTOR),
    'bypass_duplicate': _SWITCH,
    'custom_keys': ('a dict', lambda value: isinstance(value, Mapping)),
}
_CUSTOM: dict[str, _Rule] = dict.fromkeys(('lr_mult', 'decay_mult'), _FACTOR)


def check_clip_grad(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for arguments of gradient clipping, which are used at the first step."""
    for component in _wrappers(tree):
        options = component.config.get('clip_grad')
        if not isinstance(options, Mapping):
            continue
        path, kind = f'{component.path}.clip_grad', options.get('type', 'norm')
        if kind not in list(_CLIPPING):
            yield Issue(f'{path}.type', f"must be 'norm' or 'value', got {shorten(kind)}.")
            continue
        rules = _CLIPPING[kind]
        given = {key: value for key, value in options.items() if key != 'type'}
        unknown = [key for key in given if key not in rules]
        for key in unknown:
            near = did_you_mean(key, rules)
            yield Issue(
                f'{path}.{key}',
                f'clipping by {kind} takes {", ".join(rules)}, not {shorten(key)}.{near}',
            )
        needed = next(iter(rules))
        if needed not in given and not unknown:
            yield Issue(path, f'clipping by {kind} needs {needed!r}, which is not set.')
        yield from _broken(path, given, rules)


def check_loss_scale(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue for a loss scale that mmengine's ``AmpOptimWrapper`` does not take."""
    for component in _wrappers(tree):
        scale = component.config.get('loss_scale', 'dynamic')
        is_float = isinstance(scale, float) and _is_number(scale) and scale > 0
        if component.package == 'mmengine' and not (
            scale == 'dynamic' or is_float or isinstance(scale, Mapping)
        ):
            message = f"must be 'dynamic', a float > 0 or a dict, got {shorten(scale)}."
            yield Issue(f'{component.path}.loss_scale', message)


def check_paramwise(tree: ConfigTree) -> Iterator[Issue]:
    """Yield issues for options by parameter that mmengine's constructor would misread."""
    for component in _wrappers(tree):
        options = component.config.get('paramwise_cfg')
        kind = component.config.get('constructor', 'DefaultOptimWrapperConstructor')
        if not isinstance(options, Mapping) or kind != 'DefaultOptimWrapperConstructor':
            continue
        path = f'{component.path}.paramwise_cfg'
        yield from _misspelt(path, options, _PARAMWISE)
        yield from _broken(path, options, _PARAMWISE)
        custom = options.get('custom_keys')
        for name, own in custom.items() if isinstance(custom, Mapping) else ():
            inner = f'{path}.custom_keys.{name}'
            if not isinstance(own, Mapping):
                yield Issue(inner, f'must be a dict, as in dict(lr_mult=0.1), got {shorten(own)}.')
                continue
            yield from _misspelt(inner, own, _CUSTOM)
            yield from _broken(inner, own, _CUSTOM)


def _wrappers(tree: ConfigTree) -> list[Component]:
    return tree.below('optim_wrapper')


def _misspelt(path: str, options: Mapping[str, Any], rules: Mapping[str, _Rule]) -> Iterator[Issue]:
    """Yield an issue for a key that resembles a known one: others are ignored or passed on."""
    for key in options:
        near = did_you_mean(key, rules) if key not in rules else ''
        if near:
            yield Issue(f'{path}.{key}', f'is an unknown key.{near}')


def _broken(path: str, options: Mapping[str, Any], rules: Mapping[str, _Rule]) -> Iterator[Issue]:
    for key, (wanted, fits) in rules.items():
        if key in options and not fits(options[key]):
            yield Issue(f'{path}.{key}', f'must be {wanted}, got {shorten(options[key])}.')
