"""What a network is made of: layers, shapes, parameters, multiply-adds, and what each unit sees."""

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
    """One layer, as one sample went through it.

    Args:
        name: Of the module within the model.
        kind: Its class.
        input_shape: Of one sample, or None where it takes no tensor.
        output_shape: Of one sample.
        parameters: Trained numbers that belong to it and were not counted for an earlier layer.
        multiply_adds: For one sample; a multiplication and an addition count as one.
        dense_parameters: For a convolution: what a fully connected layer of the same input and
            output shape would need.
        field: What its centre unit sees, for a layer whose output is an image.
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
    """A whole model.

    Args:
        input_shape: Of one sample, as it comes from the preprocessor.
        layers: In the order in which a sample passes them.
        parameters: Of the whole model, those that no layer called included.
    """

    input_shape: tuple[int, ...]
    layers: list[LayerFacts] = field(default_factory=list)
    parameters: int = 0

    @property
    def multiply_adds(self) -> int:
        """Of one sample through the whole model."""
        return sum(layer.multiply_adds for layer in self.layers)


def inspect_config(config: Config) -> ModelFacts:
    """Inspect the model of a config with the shape of its own training samples."""
    model = build_model(config)
    batch = training_batch(config, model, size=1)
    inputs = batch['inputs']
    if not isinstance(inputs, Tensor):
        raise UserError('inspect_config needs inputs in one tensor, got a list of them.')
    return inspect_model(model, tuple(inputs.shape[1:]))


def inspect_model(model: nn.Module, input_shape: tuple[int, ...]) -> ModelFacts:
    """Pass one sample through a model and note what happens in each layer.

    A layer is a module that calls no other module, or has parameters or products of its own.
    Multiply-adds are
    those of products of matrices and of convolutions, taken from torch's counter, half its number;
    additions of a bias, activations, pooling and normalisation are not counted.

    Args:
        model: Any model of mmengine's kind; it is left as it was.
        input_shape: Of one sample: (C, H, W) or (D,).
    """
    model = deepcopy(model).eval()
    calls = _calls_with_costs(model, torch.zeros(1, *input_shape))
    fields = measure_fields(model, input_shape) if len(input_shape) == 3 else {}
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
    # Attention by plain products, and with gradients on: its fused kernels are not counted.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        return record_calls(model, partial(model, inputs, mode='tensor'), counter.get_total_flops)


def _is_layer(call: ModuleCall) -> bool:
    has_own = any(True for _ in call.module.parameters(recurse=False))
    works = has_own or call.cost > 0 or not call.called
    return works and last_tensor(call.output) is not None


def _own_parameters(call: ModuleCall, called: set[nn.Module]) -> set[nn.Parameter]:
    """Return a module's parameters, with those of modules in it that are used without a call."""
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
    output: Any = last_tensor(call.output)  # `_is_layer` has seen that there is one
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


# -- for people -----------------------------------------------------------------------------------

_Cell = Callable[[LayerFacts], str]
_COLUMNS: dict[str, _Cell] = {
    'layer': lambda layer: layer.name,
    'type': lambda layer: layer.kind,
    'output': lambda layer: ' x '.join(map(str, layer.output_shape)) or '1',
    'parameters': lambda layer: f'{layer.parameters:,}',
    'multiply-adds': lambda layer: f'{layer.multiply_adds:,}',
    'sees': lambda layer: '-' if layer.field is None else layer.field.describe(),
    'shift error': lambda layer: (
        '-'
        if layer.field is None or layer.field.shift_error is None
        else f'{layer.field.shift_error:.2g}'
    ),
}


def format_facts(facts: ModelFacts) -> str:
    """Return a model's facts as a table, with what is to be read out of it below."""
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


_LEGEND = """sees: height x width of the inputs that the centre unit depends on, from gradients
      (+ it reaches the edge of the image, so it may be larger)
shift error: the input moves by the layer's stride, the output should move by one unit; largest
      difference away from the border, relative to the largest output (- all is near the border)"""
