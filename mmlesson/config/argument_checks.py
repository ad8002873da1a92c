"""Checks of keys and values against the class that is built from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmlesson.config.bounds import outside
from mmlesson.config.component_tree import Component
from mmlesson.config.issues import Issue, check_key
from mmlesson.config.registry_lookup import UnknownTypeError, find_type, is_scope
from mmlesson.config.schema import KNOWN_KEYS, NESTED, PLAIN, plain_value_matches
from mmlesson.config.signatures import Parameter, Signature, signature_of
from mmlesson.config.value_types import contradicts, describe, matches
from mmlesson.errors import did_you_mean, shorten

_NOT_ARGUMENTS = ('type', '_scope_', '_delete_')
_MISLABELLED = ('loss_scale', 'vis_backends')
"""Annotated as str in mmengine 0.10.7, and as dict in mmdet 3.3; other values work, too."""

_CARELESS = ('mmpretrain', 'mmcv', 'mmdet', 'mmseg', 'mmpose', 'mmaction', 'mmocr')
"""Packages whose annotations are often narrower than what they accept."""


def check_top_level(
    tree: Mapping[str, Any], used: set[str], late: Mapping[str, str]
) -> Iterator[Issue]:
    """Yield issues for unknown top-level keys and for values of the wrong type.

    In a config file every variable becomes a key, so an unknown key is a mistake only if no file
    uses it as a variable and it looks like a known one, or if it is used before it is set.

    Args:
        tree: The config.
        used: Names that the config files use as variables.
        late: Variables that are set after a base has used them, with the name of that base.
    """
    for key, value in tree.items():
        if key in PLAIN and not plain_value_matches(key, value):
            yield Issue(key, f'must be {describe(PLAIN[key])}, got {shorten(value)}.')
        elif key not in KNOWN_KEYS and key in late:
            used_by = f'{late[key]} has already used its own value'
            yield Issue(key, f'has no effect: {used_by}. Set the keys that use it.')
        elif key not in KNOWN_KEYS and key not in used:
            yield from check_key(key)


def check_scope(tree: Mapping[str, Any]) -> Iterator[Issue]:
    """Yield an issue if there is no such scope; no type can be found then."""
    scope = tree.get('default_scope')
    if isinstance(scope, str) and not is_scope(scope):
        near = did_you_mean(scope, ('mmlesson', 'mmpretrain', 'mmengine'))
        message = f'{shorten(scope)} is not an installed package with registries.{near}'
        yield Issue('default_scope', message)
    elif scope is not None and not isinstance(scope, str):
        yield Issue('default_scope', f'must be the name of a package, got {shorten(scope)}.')


def check_runner_type(tree: Mapping[str, Any], filename: str | None) -> Iterator[Issue]:
    """Yield an issue if there is no such runner."""
    kind = tree.get('runner_type')
    if kind is None or callable(kind):
        return
    if not isinstance(kind, str) or not kind:
        yield Issue('runner_type', f'must be the name of a class, got {shorten(kind)}.')
        return
    try:
        find_type('RUNNERS', kind, ('mmlesson',), filename)
    except UnknownTypeError as err:
        yield Issue('runner_type', str(err))


def check_arguments(component: Component) -> Iterator[Issue]:
    """Yield unknown, missing, mistyped and out-of-range arguments of one component."""
    yield from _unknown_and_missing(component)
    bounds = list(_out_of_bounds(component))
    yield from bounds
    reported = {issue.path for issue in bounds}
    for issue in (*_mismatches(component), *_wrong_keys(component)):
        if issue.path not in reported:
            yield issue


def _unknown_and_missing(component: Component) -> Iterator[Issue]:
    names, is_open = known_names(component)
    unknown = [] if is_open else [key for key in arguments_of(component) if key not in names]
    suggested = set()
    for key in unknown:
        near = did_you_mean(key, names)
        suggested |= {name for name in names if f"'{name}'" in near}
        yield Issue(
            f'{component.path}.{key}', f'{component.name} has no argument {shorten(key)}.{near}'
        )
    if '_delete_' in component.config:
        yield Issue(
            f'{component.path}._delete_',
            'replaces a dict of a base file, and there is none here. Remove it.',
        )
    if '_scope_' in component.config:
        yield from _check_own_scope(component)
    signature = _signature(component)
    for name in _missing(component, signature) if signature else ():
        if name not in suggested:
            yield Issue(component.path, f'{component.name} needs {name!r}, which is not set.')


def _check_own_scope(component: Component) -> Iterator[Issue]:
    scope, path = component.config['_scope_'], f'{component.path}._scope_'
    if component.slot.registry in (None, 'FUNCTIONS'):
        yield Issue(path, 'has no meaning here: nothing is built by its type. Remove it.')
    elif not isinstance(scope, str) or not is_scope(scope):
        message = f'must be a package with registries, such as mmpretrain, got {shorten(scope)}.'
        yield Issue(path, message)


def arguments_of(component: Component) -> list[str]:
    """Return the keys of a dict that its class gets as arguments."""
    return [key for key in component.config if key not in (*_NOT_ARGUMENTS, *component.slot.extra)]


def known_names(component: Component) -> tuple[list[str], bool]:
    """Return the keys that a dict may have, and whether it may have others."""
    slot = component.slot
    if slot.keys is not None:
        return list(slot.keys), not slot.keys
    signature = _signature(component)
    if signature is None:
        return [], True
    nested = [key for registry, key in NESTED if registry is None and slot.registry is None]
    names = list(signature.parameters)
    is_custom = 'constructor' in component.config  # it may read keys of its own
    return [*names, *slot.extra, *nested, 'type'], signature.is_open or is_custom


def _signature(component: Component) -> Signature | None:
    if component.target is None or component.slot.types_only:
        return None
    return signature_of(component.target)


def _missing(component: Component, signature: Signature) -> list[str]:
    """Return required arguments that nothing provides."""
    if component.parent is not None and not component.parent.is_known:
        return []
    wanted = [*signature.required(), *(('dataset', 'sampler') if _is_loader(component) else ())]
    given = [name for name in component.slot.given if not _is_loader(component)]
    if component.slot.registry == 'FUNCTIONS':
        given += list(signature.parameters)[:1]  # the loader passes it
    if component.parent is not None and component.path.endswith('.head'):
        given.append('in_features')  # `Classifier` takes it from the backbone
        if component.parent.package == 'mmlesson':
            given.append('in_channels')  # of heads of mmpretrain, and of those of `TaskModel`
    return [n for n in dict.fromkeys(wanted) if n not in given and n not in component.config]


def _is_loader(component: Component) -> bool:
    return component.slot.registry is None and component.slot.keys is None


def argument_of(component: Component, name: str) -> Any:
    """Return an argument of a component, or its default; None if it has no such argument."""
    if name in component.config or component.target is None:
        return component.config.get(name)
    parameter = signature_of(component.target).parameters.get(name)
    return None if parameter is None or parameter.default is parameter.empty else parameter.default


def _mismatches(component: Component) -> Iterator[Issue]:
    signature = _signature(component)
    if signature is None:
        return
    # Theirs say int where a fraction or a pair does as well.
    is_careless = component.package in _CARELESS
    for key, value in component.config.items():
        parameter = signature.parameters.get(key)
        if parameter is None or key in (*_NOT_ARGUMENTS, *_MISLABELLED):
            continue
        annotation = signature.annotations.get(key, Any)
        is_mismatch = (
            contradicts(value, annotation) if is_careless else not matches(value, annotation)
        )
        if is_mismatch and not _is_default(value, parameter):
            yield Issue(
                f'{component.path}.{key}',
                f'{component.name}.{key} must be {describe(annotation)}, got {shorten(value)}.',
            )


def _wrong_keys(component: Component) -> Iterator[Issue]:
    """Yield mistyped keys that are not arguments: those that the builder itself reads."""
    for key, annotation in {**component.slot.extra, **(component.slot.keys or {})}.items():
        if key in component.config and not matches(component.config[key], annotation):
            yield Issue(
                f'{component.path}.{key}',
                f'must be {describe(annotation)}, got {shorten(component.config[key])}.',
            )


def _out_of_bounds(component: Component) -> Iterator[Issue]:
    owner = component.slot.registry if component.slot.keys is None else component.path
    for key, message in outside(owner, component.name, component.config):
        yield Issue(f'{component.path}.{key}', message)


def _is_default(value: Any, parameter: Parameter) -> bool:
    """Return whether a value is the default: upstream's annotations often omit None."""
    is_plain = value is None or isinstance(value, bool | int | float | str | list | tuple | dict)
    return is_plain and type(value) is type(parameter.default) and value == parameter.default
