"""Receptive field and translation equivariance of the layers of a network.

Both are measured, not computed from kernel sizes, so they are valid for any kind of layer.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from mmlesson.models.module_trace import ModuleCall, last_tensor, record_calls

# Number of random inputs; the value that max-pooling passes in a window depends on the input.
DRAWS = 64


@dataclass(frozen=True)
class ReceptiveField:
    """The inputs that the unit in the centre of a layer's output depends on.

    Args:
        height: Number of rows from the first to the last input that it depends on.
        width: Number of columns from the first to the last input that it depends on.
        inputs: Number of positions in that window that it depends on; fewer than height * width
            for a dilated convolution.
        reaches_edge: Whether it reaches the edge of the image, so that it may be larger than
            measured.
        stride: Distance of the fields of neighbouring units, (rows, columns), or None if it cannot
            be measured.
        shift_error: Largest difference between the output for a shifted input and the shifted
            output, relative to the largest output, over all units whose fields contain neither the
            border nor values shifted in; None if there is no such unit.
    """

    height: int
    width: int
    inputs: int
    reaches_edge: bool
    stride: tuple[int, int] | None = None
    shift_error: float | None = None

    def describe(self) -> str:
        """Return the size as text, e.g. '5 x 5'."""
        return f'{self.height} x {self.width}{"+" if self.reaches_edge else ""}'


@dataclass(frozen=True)
class _Window:
    """Rows top..bottom and columns left..right, both ends included."""

    top: int
    bottom: int
    left: int
    right: int

    def touches(self, height: int, width: int) -> bool:
        """Return whether the window reaches the edge of an image; an empty one does not."""
        if self.bottom < self.top:
            return False
        return 0 in (self.top, self.left) or self.bottom == height - 1 or self.right == width - 1


def measure_fields(model: nn.Module, input_shape: tuple[int, ...]) -> dict[int, ReceptiveField]:
    """Measure each layer whose output is an image, (N, C, H, W).

    The unit in the centre of the output depends on the inputs with a non-zero gradient. The
    gradient is computed on a copy of the model with random positive weights, so that no ReLU is
    zero and no terms cancel, and for many random inputs, for which max-pooling passes different
    values.

    Args:
        model: A model in mmengine's form, in evaluation mode.
        input_shape: Shape of one sample, (C, H, W).

    Returns:
        Fields by the position of the layer's call in `record_calls`.
    """
    generator = torch.Generator().manual_seed(0)
    probe: Any = _with_positive_weights(model, generator)
    # A high power makes a few values of each input large, so that the maximum varies.
    inputs = torch.rand(DRAWS, *input_shape, dtype=torch.float64, generator=generator) ** 4 + 1e-3
    inputs.requires_grad_()
    with torch.enable_grad():
        images = _images(record_calls(probe, partial(probe, inputs, mode='tensor')))
        fields = {place: _measure(output, inputs) for place, output in images.items()}
    errors = _shift_errors(model, input_shape, fields)
    return {
        place: replace(field, shift_error=errors.get(place)) for place, (field, _) in fields.items()
    }


def _images(calls: list[ModuleCall]) -> dict[int, Tensor]:
    outputs = enumerate(last_tensor(call.output) for call in calls)
    return {place: out for place, out in outputs if out is not None and out.ndim == 4}


def _with_positive_weights(model: nn.Module, generator: torch.Generator) -> nn.Module:
    """Return a float64 copy whose layers compute weighted means: no terms cancel or saturate."""
    probe = deepcopy(model).double().eval()
    with torch.no_grad():
        for name, parameter in probe.named_parameters():
            if parameter.ndim >= 2:
                drawn = torch.rand(parameter.shape, dtype=torch.float64, generator=generator)
                parameter.copy_((drawn + 0.5) / parameter[0].numel())
            else:
                parameter.fill_(0.0 if name.endswith('bias') else 1.0)
    return probe


def _measure(output: Tensor, inputs: Tensor) -> tuple[ReceptiveField, _Window]:
    height, width = inputs.shape[-2:]
    rows, columns = output.shape[-2:]
    row, column = rows // 2, columns // 2
    reached = _reached(output, inputs, row, column)
    window = _window(reached)
    stride = None
    edge = window.touches(height, width)
    if rows > 1 and columns > 1 and not edge:
        before = _window(_reached(output, inputs, row - 1, column - 1))
        if not before.touches(height, width):
            stride = (window.top - before.top, window.left - before.left)
    field = ReceptiveField(
        height=window.bottom - window.top + 1,
        width=window.right - window.left + 1,
        inputs=int(reached.sum()),
        reaches_edge=edge,
        stride=stride,
    )
    return field, window


def _reached(output: Tensor, inputs: Tensor, row: int, column: int) -> Tensor:
    """Return the input positions at which a unit has a non-zero gradient, bool (H, W)."""
    if not output.requires_grad:
        return torch.zeros(inputs.shape[-2:], dtype=torch.bool)
    (gradient,) = torch.autograd.grad(
        output[:, :, row, column].sum(), inputs, retain_graph=True, allow_unused=True
    )
    if gradient is None:
        return torch.zeros(inputs.shape[-2:], dtype=torch.bool)
    return (gradient != 0).any(0).any(0)


def _window(reached: Tensor) -> _Window:
    rows, columns = reached.any(1).nonzero(), reached.any(0).nonzero()
    if len(rows) == 0:
        return _Window(0, -1, 0, -1)
    return _Window(int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1]))


# -- translation ----------------------------------------------------------------------------------


def _shift_errors(
    model: nn.Module,
    input_shape: tuple[int, ...],
    fields: dict[int, tuple[ReceptiveField, _Window]],
) -> dict[int, float]:
    """Return the shift error of each layer that has units away from the border.

    The weights are those of the model. Values shifted in at the top left are random.
    """
    generator = torch.Generator().manual_seed(0)
    own: Any = deepcopy(model).double().eval()
    strides = {field.stride for field, _ in fields.values() if field.stride is not None}
    largest = max((max(stride) for stride in strides), default=0)
    _, height, width = input_shape
    size = (1, input_shape[0], height + largest, width + largest)
    canvas = torch.randn(size, dtype=torch.float64, generator=generator)
    still = canvas[:, :, largest:, largest:]
    errors = {}
    with torch.no_grad():
        base = _images(record_calls(own, partial(own, still, mode='tensor')))
        for stride in strides:
            down, right = stride
            view = canvas[:, :, largest - down :, largest - right :][:, :, :height, :width]
            moved = _images(record_calls(own, partial(own, view, mode='tensor')))
            for place, (field, window) in fields.items():
                if field.stride == stride:
                    errors[place] = _shift_error(
                        base[place], moved[place], window, stride, (height, width)
                    )
    return {place: error for place, error in errors.items() if error is not None}


def _shift_error(
    base: Tensor,
    moved: Tensor,
    window: _Window,
    stride: tuple[int, int],
    size: tuple[int, int],
) -> float | None:
    """Compare moved[i, j] with base[i - 1, j - 1] where both fields are inside the image."""
    rows = _inner(base.shape[-2], window.top, window.bottom, stride[0], size[0])
    columns = _inner(base.shape[-1], window.left, window.right, stride[1], size[1])
    if not rows or not columns:
        return None
    row, column = torch.tensor(rows), torch.tensor(columns)
    new = moved[:, :, row][..., column]
    old = base[:, :, row - 1][..., column - 1]
    return float((new - old).abs().max() / base.abs().max().clamp_min(1e-300))


def _inner(units: int, first: int, last: int, stride: int, size: int) -> list[int]:
    """Return the units whose field, and that of the unit before, is inside the image."""
    centre = units // 2
    return [
        unit
        for unit in range(1, units)
        if first + (unit - centre - 1) * stride >= 0 and last + (unit - centre) * stride < size
    ]
