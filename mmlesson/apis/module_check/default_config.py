"""Small config for the check of a module that is given by name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mmlesson import registry
from mmlesson.config import load_config
from mmlesson.config.custom_imports import import_custom_modules
from mmlesson.config.provenance import Provenance
from mmlesson.config.registry_lookup import UnknownTypeError, find_type
from mmlesson.config.source_files import source_files
from mmlesson.engine.build_errors import naming_refusals
from mmlesson.errors import UserError, shorten
from mmlesson.models.batch_augment import Augmentation
from mmlesson.utils.shipped import shipped_configs

REGISTRIES = {
    'dataset': 'DATASETS',
    'hook': 'HOOKS',
    'metric': 'METRICS',
    'backend': 'VISBACKENDS',
    'backbone': 'MODELS',
}
"""Registries in which a name is looked up, in this order."""

SHAPES = ((1, 8, 8), (1, 32, 32), (3, 32, 32), (3, 224, 224))
"""Shapes of images, (C, H, W), of which the first that a backbone takes is used."""

_AT_LAST = ('cifar', 'mnist', 'folder', 'table', 'fsdp')  # need files or several processes

Arguments = dict[str, Any]


def config_of_module(name: str, arguments: Arguments, imports: Sequence[str] = ()) -> str | Path:
    """Return a config that uses a module: a shipped one for a module of mmlesson, or else a text.

    Args:
        name: Registered name, such as 'MyNet' or 'mmpretrain.LeNet5'.
        arguments: Arguments of the module; those that it requires are guessed if they are usual.
        imports: Modules to import, as in ``custom_imports``.

    Raises:
        UserError: If nothing has this name, or the module cannot be used in a small config.
    """
    _import(imports)
    kind, target = find_module(name)
    module = str(getattr(target, '__module__', ''))
    if module.startswith('mmlesson.') and not arguments and kind != 'augmentation':
        shipped = shipped_with(name)
        if shipped is not None:
            return shipped
    lines = _LINES[kind](name, target, arguments)
    if imports:
        lines.insert(1, f'custom_imports = dict(imports={list(imports)!r})')
    return '\n'.join([f'"""Config of the check of {name}."""', '', *lines, ''])


def find_module(name: str) -> tuple[str, Any]:
    """Return the kind and the class of a registered name.

    The kind is 'dataset', 'hook', 'metric', 'backend', 'head', 'loss', 'augmentation' or
    'backbone'.

    Raises:
        UserError: If no registry has this name.
    """
    reasons = []
    for kind, known in REGISTRIES.items():
        try:
            target = find_type(known, name, ('mmlesson',), None)
        except UnknownTypeError as err:
            reasons.append(str(err))
            continue
        if kind != 'backbone':
            return kind, target
        return _kind_of_model(name, target), target
    raise UserError(f'{reasons[-1]} Name its module with --imports.')


def shipped_with(name: str) -> Path | None:
    """Return a shipped config that uses a type by this name; None if there is none."""

    def order(file: Path) -> bool:
        return any(word in file.stem for word in _AT_LAST)

    for file in sorted(shipped_configs().values(), key=order):
        texts = (source.path.read_text(encoding='utf-8') for source in source_files(file))
        written = any(f"type='{name}'" in text for text in texts)
        # A config above it may have replaced the type.
        if written and f"'type': '{name}'" in repr(load_config(file).to_dict()):
            return file
    return None


def _import(names: Sequence[str]) -> None:
    from mmengine.config import Config

    here = Config({'custom_imports': {'imports': list(names)}}, filename=None)
    object.__setattr__(here, '_filename', str(Path.cwd() / '--imports'))
    import_custom_modules(here, Provenance([], ['custom_imports.imports']))


def _kind_of_model(name: str, target: Any) -> str:
    if inspect.isclass(target) and issubclass(target, Augmentation):
        return 'augmentation'
    plain = name.rpartition('.')[2]
    return next((k for k in ('loss', 'head') if plain.lower().endswith(k)), 'backbone')


def _dict(name: str, arguments: Arguments) -> str:
    return 'dict(' + ', '.join(f'{k}={v!r}' for k, v in {'type': name, **arguments}.items()) + ')'


def _base(config: str) -> str:
    return f"_base_ = ['mmlesson::{config}.py']"


def _complete(target: Any, arguments: Arguments, usual: Arguments) -> Arguments:
    """Return the arguments with the usual values of those that are required."""
    for parameter in inspect.signature(target).parameters.values():
        is_needed = parameter.default is inspect.Parameter.empty and parameter.kind not in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        )
        if not is_needed or parameter.name in arguments:
            continue
        if parameter.name not in usual:
            raise UserError(
                f'{target.__name__} needs {parameter.name}, which has no usual value. Give it by '
                f'--args {parameter.name}=VALUE, or check a config that uses {target.__name__}.'
            )
        arguments = {**arguments, parameter.name: usual[parameter.name]}
    return arguments


def _backbone(name: str, target: Any, arguments: Arguments) -> list[str]:
    if 'num_classes' in inspect.signature(target).parameters:
        arguments = {'num_classes': 10, **arguments}  # with its classifier, where it can have one
    reasons = []
    for shape in SHAPES:
        usual = {'in_features': math.prod(shape), 'in_channels': shape[0], 'image_size': shape[1:]}
        complete = _complete(target, arguments, usual)
        try:
            features = _features(name, complete, shape)
        except Exception as err:  # a module that does not take this shape can raise any error
            reasons.append(f'{shape}: {shorten(str(err), 150)}')
            continue
        data = {'num_samples': 300, 'shape': shape}
        head = 'None' if features == 10 and 'num_classes' in complete else 'dict(num_classes=10)'
        model = f'model = dict(backbone={_replace(name, complete)}, head={head},'
        channels = f'    data_preprocessor=dict(channels={shape[0]}))'
        return [_base('mlp/mlp_digits'), model, channels, *_loaders('NoiseImages', data)]
    raise UserError(f'{name} takes no image of the usual shapes: {"; ".join(reasons)}')


def _features(name: str, arguments: Arguments, shape: tuple[int, ...]) -> int | None:
    """Return the width of the vectors that a backbone returns, or None for other outputs."""
    with naming_refusals('model.backbone'), torch.no_grad():
        net: nn.Module = registry.MODELS.build({'type': name, **arguments})
        net.eval()  # some of mmpretrain return None
        output = net(torch.zeros(3, *shape))
    last = output[-1] if isinstance(output, tuple | list) else output
    return int(last.shape[1]) if last.ndim == 2 else None


def _replace(name: str, arguments: Arguments) -> str:
    return _dict(name, arguments).replace('dict(', 'dict(_delete_=True, ', 1)


def _loaders(name: str, arguments: Arguments) -> list[str]:
    splits = ('train', 'val', 'test')
    data = {split: _replace(name, {**arguments, 'split': split}) for split in splits}
    return [f'{split}_dataloader = dict(dataset={text})' for split, text in data.items()]


def _head(name: str, target: Any, arguments: Arguments) -> list[str]:
    complete = _complete(target, arguments, {'num_classes': 10, 'in_features': 64})
    return [_base('mlp/mlp_digits'), f'model = dict(head={_replace(name, complete)})']


def _loss(name: str, target: Any, arguments: Arguments) -> list[str]:
    complete = _complete(target, arguments, {})
    return [_base('mlp/mlp_digits'), f'model = dict(head=dict(loss={_dict(name, complete)}))']


def _dataset(name: str, target: Any, arguments: Arguments) -> list[str]:
    complete = _complete(target, {'split': 'train', **arguments}, {})
    dataset = registry.DATASETS.build({'type': name, **complete})
    inputs = torch.as_tensor(dataset[0]['inputs'])
    classes = len(getattr(dataset, 'classes', ())) or 10
    backbone = {'in_features': inputs.numel()}
    return [
        _base('mlp/mlp_digits'),
        f'model = dict(backbone={_replace("MLP", backbone)},',
        f'    head=dict(num_classes={classes}), data_preprocessor=dict(channels={len(inputs)}))',
        *_loaders(name, arguments),
    ]


def _entry(key: str) -> Callable[[str, Any, Arguments], list[str]]:
    def lines(name: str, target: Any, arguments: Arguments) -> list[str]:
        complete = _complete(target, arguments, {'save_dir': ''})
        complete.pop('save_dir', None)  # set by the visualizer
        return [_base('mlp/mlp_digits'), key.format(_dict(name, complete))]

    return lines


_LINES: dict[str, Callable[[str, Any, Arguments], list[str]]] = {
    'backbone': _backbone,
    'head': _head,
    'loss': _loss,
    'augmentation': _entry('model = dict(data_preprocessor=dict(augment=[{}]))'),
    'dataset': _dataset,
    'hook': _entry('custom_hooks = [{}]'),
    'metric': _entry(
        "val_evaluator = [dict(type='mmpretrain.Accuracy'), dict(type='LossMetric'), {}]"
    ),
    'backend': _entry("visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), {}])"),
}
