"""Summary of a network: layers, shapes, parameters, multiply-adds, receptive fields."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mmlesson.apis.analysis.build import build_model, training_batch
from mmlesson.apis.analysis.receptive_field import ReceptiveField, measure_fields
from mmlesson.errors import UserError
from mmlesson.models.module_trace import ModuleCall, last_tensor, record_calls
from mmlesson.utils.text_table import format_table


@dataclass(frozen=True)
class LayerFacts:
    """One layer, as traced with one sample.

    Args:
        name: Name of the module within the model.
        kind: Name of the module's class.
        input_shape: Shape of the input of one sample, or None if there is no input tensor.
        output_shape: Shape of the output of one sample.
        parameters: Number of its parameters that were not counted for an earlier layer.
        multiply_adds: Number of multiply-adds for one sample.
        dense_parameters: For a convolution: number of parameters of a fully connected layer of the
            same input and output shape.
        field: Receptive field of its centre unit, if its output is an image.
    """

    name: str
    kind: str
    input_shape: tuple[int, ...] | None
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    dense_parameters: int | None = None
    field: ReceptiveField | None = None


@dataclass(frozen=True)
class ModelFacts:
    """Summary of a model.

    Args:
        input_shape: Shape of one sample, after the preprocessor.
        layers: Layers in the order of the forward pass.
        parameters: Number of parameters of the model, including those of unused modules.
    """

    input_shape: tuple[int, ...]
    layers: list[LayerFacts] = field(default_factory=list)
    parameters: int = 0

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of the model for one sample."""
        return sum(layer.multiply_adds for layer in self.layers)


def inspect_config(config: Config) -> ModelFacts:
    """Inspect the model of a config with the shape of its training samples."""
    model = build_model(config)
    batch = training_batch(config, model, size=1)
    inputs = batch['inputs']
    if not isinstance(inputs, Tensor):
        raise UserError('inspect_config needs inputs as one tensor, got a list.')
    return inspect_model(model, tuple(inputs.shape[1:]))


def inspect_model(
    model: nn.Module, input_shape: tuple[int, ...], with_fields: bool = True
) -> ModelFacts:
    """Trace one sample through a model and describe each layer.

    A layer is a module that calls no other module, or has its own parameters or matrix products.
    Multiply-adds are those of matrix products and convolutions: half the floating-point operations
    that torch counts. Biases, activations, pooling and normalisation are not counted.

    Args:
        model: A model in mmengine's form, which is not changed.
        input_shape: Shape of one sample: (C, H, W) or (D,).
        with_fields: Whether to measure receptive fields, which takes most of the time.
    """
    model = deepcopy(model).eval()
    calls = _calls_with_costs(model, torch.zeros(1, *input_shape))
    is_image = len(input_shape) == 3
    fields = measure_fields(model, input_shape) if is_image and with_fields else {}
    parameters = sum(p.numel() for p in model.parameters())
    facts = ModelFacts(input_shape, parameters=parameters)
    counted: set[nn.Parameter] = set()
    called = {call.module for call in calls}
    for place, call in enumerate(calls):
        if _is_layer(call):
            own = _own_parameters(call, called) - counted
            counted |= own
            facts.layers.append(_describe(call, own, fields.get(place)))
    return facts


def _calls_with_costs(model: nn.Module, inputs: Tensor) -> list[ModuleCall]:
    """Return the calls of one forward pass; a call's cost is its floating-point operations."""
    # Run attention as plain matrix products, because fused kernels are not counted.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        return record_calls(model, partial(model, inputs, mode='tensor'), counter.get_total_flops)


def _is_layer(call: ModuleCall) -> bool:
    has_own = any(True for _ in call.module.parameters(recurse=False))
    works = has_own or call.cost > 0 or not call.called
    return works and last_tensor(call.output) is not None


def _own_parameters(call: ModuleCall, called: set[nn.Module]) -> set[nn.Parameter]:
    """Return a module's parameters, and those of its submodules that are used without a call."""
    own = set(call.module.parameters(recurse=False))
    for module in call.module.modules():
        if module not in called:
            own |= set(module.parameters(recurse=False))
    return own


def _describe(
    call: ModuleCall,
    own: set[nn.Parameter],
    seen: ReceptiveField | None,
) -> LayerFacts:
    output: Any = last_tensor(call.output)  # `_is_layer` has checked that it exists
    input_shape = None if call.inputs is None else tuple(call.inputs.shape[1:])
    dense = None
    if isinstance(call.module, nn.Conv1d | nn.Conv2d | nn.Conv3d) and call.inputs is not None:
        units = output[0].numel()
        dense = units * call.inputs[0].numel() + (units if call.module.bias is not None else 0)
    return LayerFacts(
        name=call.name or 'model',
        kind=type(call.module).__name__,
        input_shape=input_shape,
        output_shape=tuple(output.shape[1:]),
        parameters=sum(p.numel() for p in own),
        multiply_adds=call.cost // 2,
        dense_parameters=dense,
        field=seen,
    )


# -- table ----------------------------------------------------------------------------------------

_Cell = Callable[[LayerFacts], str]
_COLUMNS: dict[str, _Cell] = {
    'layer': lambda layer: layer.name,
    'type': lambda layer: layer.kind,
    'output': lambda layer: ' x '.join(map(str, layer.output_shape)) or '1',
    'parameters': lambda layer: f'{layer.parameters:,}',
    'multiply-adds': lambda layer: f'{layer.multiply_adds:,}',
    'receptive field': lambda layer: '-' if layer.field is None else layer.field.describe(),
    'shift error': lambda layer: (
        '-'
        if layer.field is None or layer.field.shift_error is None
        else f'{layer.field.shift_error:.2g}'
    ),
}


def format_facts(facts: ModelFacts) -> str:
    """Return the summary of a model as a table with notes."""
    rows = [[cell(layer) for cell in _COLUMNS.values()] for layer in facts.layers]
    total = ['total', '', '', f'{facts.parameters:,}', f'{facts.multiply_adds:,}', '', '']
    shape = ' x '.join(map(str, facts.input_shape))
    lines = [f'input {shape}', format_table(list(_COLUMNS), [*rows, total], left=2)]
    for layer in facts.layers:
        if layer.dense_parameters is not None:
            share = layer.dense_parameters / max(layer.parameters, 1)
            lines.append(
                f'{layer.name}: {layer.parameters:,} parameters; fully connected, from the same '
                f'input to the same output, {layer.dense_parameters:,} ({share:,.0f} times)'
            )
    if any(layer.field is not None for layer in facts.layers):
        lines.append(_LEGEND)
    return '\n'.join(lines)


_LEGEND = """\
receptive field: height x width of the inputs that the centre unit depends on, by gradients
      (+ it reaches the edge of the image, so it may be larger)
shift error: when the input is shifted by the layer's stride, the output should shift by one unit;
      largest difference away from the border, relative to the largest output (- no such unit)"""
