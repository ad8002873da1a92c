"""Checks of keys and values against the class that is built from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from mmlesson.config.component_tree import Component
from mmlesson.config.issues import Issue
from mmlesson.config.schema import KNOWN_KEYS, NESTED, PLAIN, RENAMED, plain_value_fits
from mmlesson.config.signatures import Parameter, Signature, signature_of
from mmlesson.config.value_types import contradicts, describe, matches
from mmlesson.errors import did_you_mean

_NOT_ARGUMENTS = ('type', '_scope_', '_delete_')
_MISLABELLED = ('loss_scale',)  # mmengine 0.10.7 calls AmpOptimWrapper's a str; floats and dicts do


def check_top_level(
    tree: Mapping[str, Any], used: set[str], late: Mapping[str, str]
) -> Iterator[Issue]:
    """Yield top-level keys that nobody reads, and values of the wrong kind.

    In a config file every variable becomes a key, so an unknown key is a mistake only if no file
    uses it as a variable and it looks like a known one, or if it is used before it is set.

    Args:
        tree: The config.
        used: Names that its files use as variables.
        late: Names that are set after a base has used them, with that base.
    """
    for key, value in tree.items():
        if key in PLAIN and not plain_value_fits(key, value):
            yield Issue(key, f'must be {describe(PLAIN[key])}, got {value!r}.')
        elif key not in KNOWN_KEYS and key in late:
            message = f'changes nothing here: {late[key]} has used its own. Set what it went into.'
            yield Issue(key, message)
        elif key not in KNOWN_KEYS and key not in used:
            near = RENAMED.get(key) or next(
                iter(get_close_matches(key.lower(), KNOWN_KEYS, n=1, cutoff=0.75)), None
            )
            if near:
                yield Issue(key, f'is a key that nobody reads. Did you mean {near!r}?')


def check_arguments(node: Component) -> Iterator[Issue]:
    """Yield unknown, missing and misfitting arguments of one dict."""
    names, is_open = known_names(node)
    unknown = [] if is_open else [key for key in arguments_of(node) if key not in names]
    suggested = set()
    for key in unknown:
        near = did_you_mean(key, names)
        suggested |= {name for name in names if f"'{name}'" in near}
        yield Issue(f'{node.path}.{key}', f'{node.name} takes no {key!r}.{near}')
    signature = _signature(node)
    if signature is not None:
        for name in _missing(node, signature):
            if name not in suggested:
                yield Issue(node.path, f'{node.name} needs {name!r}, which is not set.')
        yield from _misfits(node, signature)


def arguments_of(node: Component) -> list[str]:
    """Return the keys of a dict that its class will see."""
    return [key for key in node.config if key not in (*_NOT_ARGUMENTS, *node.place.extra)]


def known_names(node: Component) -> tuple[list[str], bool]:
    """Return the keys that a dict may have, and whether it may have others."""
    place = node.place
    if place.keys is not None:
        return list(place.keys), not place.keys
    signature = _signature(node)
    if signature is None:
        return [], True
    nested = [key for registry, key in NESTED if registry is None and place.registry is None]
    names = list(signature.parameters)
    is_custom = 'constructor' in node.config  # it may read keys of its own
    return [*names, *place.extra, *nested, 'type'], signature.is_open or is_custom


def _signature(node: Component) -> Signature | None:
    if node.target is None or node.place.types_only:
        return None
    return signature_of(node.target)


def _missing(node: Component, signature: Signature) -> list[str]:
    """Return arguments that have no default and come from nowhere."""
    if node.parent is not None and not _hands_on_unchanged(node.parent):
        return []
    wanted = [*signature.required(), *(('dataset', 'sampler') if _is_loader(node) else ())]
    given = [name for name in node.place.given if not _is_loader(node)]
    if node.place.registry == 'FUNCTIONS':
        given += list(signature.parameters)[:1]  # what the loader calls it with
    if node.parent is not None and node.path.endswith('.head'):
        given.append('in_features')  # `Classifier` takes it from the backbone
    return [n for n in dict.fromkeys(wanted) if n not in given and n not in node.config]


def _is_loader(node: Component) -> bool:
    return node.place.registry is None and node.place.keys is None


def _hands_on_unchanged(node: Component) -> bool:
    """Return whether dicts inside are built unchanged: a user's class may add to them."""
    return node.package in ('mmlesson', 'mmpretrain', 'mmengine', 'torch', 'mmcv')


def argument_of(node: Component, name: str) -> Any:
    """Return an argument of a node, or its default; None if it takes none such."""
    if name in node.config or node.target is None:
        return node.config.get(name)
    parameter = signature_of(node.target).parameters.get(name)
    return None if parameter is None or parameter.default is parameter.empty else parameter.default


def _misfits(node: Component, signature: Signature) -> Iterator[Issue]:
    # Theirs say int where a fraction or a pair does as well.
    is_careless = node.package in ('mmpretrain', 'mmcv')
    for key, value in node.config.items():
        parameter = signature.parameters.get(key)
        if parameter is None or key in (*_NOT_ARGUMENTS, *_MISLABELLED):
            continue
        annotation = signature.annotations.get(key, Any)
        misfit = contradicts(value, annotation) if is_careless else not matches(value, annotation)
        if misfit and not _is_default(value, parameter):
            yield Issue(
                f'{node.path}.{key}',
                f'{node.name}.{key} must be {describe(annotation)}, got {value!r}.',
            )


def _is_default(value: Any, parameter: Parameter) -> bool:
    """Return whether a value is the default: upstream's annotations often omit None."""
    is_plain = value is None or isinstance(value, bool | int | float | str | list | tuple | dict)
    return is_plain and type(value) is type(parameter.default) and value == parameter.default
