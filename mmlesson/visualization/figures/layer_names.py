"""Names of layers for readers: 'conv 2' for 'backbone.stages.4'."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (nn.modules.conv._ConvNd, 'conv'),
    (nn.Linear, 'linear'),
    ((_NormBase, nn.LayerNorm, nn.GroupNorm), 'norm'),
    ((nn.modules.pooling._MaxPoolNd, nn.modules.pooling._AvgPoolNd), 'pool'),
    ((nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d), 'global pool'),
    (nn.modules.dropout._DropoutNd, 'dropout'),
    (nn.Flatten, 'flatten'),
)
"""Names by the class of a layer; other layers, such as activations, have that of their class."""


def layer_names(model: nn.Module) -> dict[str, str]:
    """Return a name for each layer that has no layers within, counted by kind from the input.

    Layers between two with weights, such as activations, have the number of the one before. A
    linear layer at the end is the 'output layer'.

    Args:
        model: The model; its layers are expected in the order of their calls.
    """
    leaves = {name: module for name, module in model.named_modules() if not any(module.children())}
    leaves = {name: module for name, module in leaves.items() if 'preprocessor' not in name}
    counts = {'conv': 0, 'linear': 0}
    named, last = {}, 0
    for name, module in leaves.items():
        kind = _kind(module)
        if kind in counts:
            counts[kind] += 1
            last = counts[kind]
        named[name] = f'{kind} {last}' if last else kind
    weighted = [name for name in leaves if _kind(leaves[name]) in counts]
    if weighted and _kind(leaves[weighted[-1]]) == 'linear':
        named[weighted[-1]] = 'output layer'
    return _distinct(named)


def is_normalisation(model: nn.Module, name: str) -> bool:
    """Return whether a layer, by its name within the model, normalises its inputs."""
    return _kind(dict(model.named_modules()).get(name, model)) == 'norm'


def _kind(module: nn.Module) -> str:
    known = (kind for classes, kind in KINDS if isinstance(module, classes))
    return next(known, type(module).__name__)


def _distinct(named: dict[str, str]) -> dict[str, str]:
    """Return names without repetition, as two branches of a network give: 'ReLU 1', 'ReLU 1 (2)'.

    Two layers of the same name would be one row of a figure.
    """
    seen: dict[str, int] = {}
    for name, shown in named.items():
        seen[shown] = seen.get(shown, 0) + 1
        named[name] = shown if seen[shown] == 1 else f'{shown} ({seen[shown]})'
    return named
