"""Probes of a model: predictions, activations, gradients and weights as arrays.

Inputs are samples of a dataset, before the model's preprocessor. The model is unchanged, and no
random number is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mmlesson.models.module_trace import ModuleCall, last_tensor, record_calls
from mmlesson.utils.threads import step_work

Array = npt.NDArray[Any]
CHUNK = 4096  # maximum samples per forward pass: a grid of the plane has 40,000
CHUNK_NUMBERS = 2**20  # maximum input values per forward pass, to limit memory

NOTED_WORK = 2**33  # multiply-adds of the pass in each epoch: about a tenth of a second
LEAST_NOTED = 32  # inputs of that pass


def probabilities(model: nn.Module, inputs: Any) -> Array:
    """Return the probability of each class, the softmax of the logits, (N, C) float32."""
    return softmax(logits(model, inputs))


def logits(model: nn.Module, inputs: Any) -> Array:
    """Return the model's outputs before the softmax, (N, C)."""
    with _at_rest(model), torch.no_grad():
        parts = [_answer(model, part).cpu() for part in _parts(model, inputs)]
    return torch.cat(parts).numpy()


def results(model: nn.Module, inputs: Any) -> list[dict[str, Any]]:
    """Return the predictions for each image in the names of OpenMMLab; see `tasks`."""
    with _at_rest(model), torch.no_grad():
        return [one for part in _parts(model, inputs) for one in model(part, mode='predict')]


def heat_maps(model: nn.Module, image: Any) -> Array | None:
    """Return the heat maps of one image (C, H, W), (K, h, w); None if the head has none."""
    head: Any = getattr(model, 'head', None)
    with _at_rest(model), torch.no_grad():
        (part,) = _parts(model, np.asarray(image)[None])
        maps: Tensor | None = head.heat_maps(model(part, mode='tensor'))
    return None if maps is None else maps[0].float().cpu().numpy()


def affine_map(model: nn.Module, width: int) -> tuple[Array, Array] | None:
    """Return weight (C, width) and bias (C,) of a model whose logits are affine in its inputs.

    The map is derived from the model's outputs at the origin and the unit vectors, and checked at
    random points. It therefore also covers deep networks without activations, and includes the
    normalisation of the inputs.

    Returns:
        None if the model is not affine.
    """
    generator = np.random.default_rng(0)
    places = generator.normal(0, 10, (64, width))
    asked = logits(model, np.concatenate([np.zeros((1, width)), np.eye(width), places]))
    answers = asked.astype(float)
    bias = answers[0]
    weight = (answers[1 : width + 1] - bias).T
    expected = places @ weight.T + bias
    tolerance = 1e-4 * max(float(np.abs(expected).max()), 1e-6)  # the model computes in float32
    return (weight, bias) if np.allclose(answers[width + 1 :], expected, 0, tolerance) else None


def hidden_layers(model: nn.Module, inputs: Any) -> list[Array]:
    """Return the hidden activations: the inputs of each layer with weights, except the first.

    Returns:
        Activations from input to output, (N, units) or (N, channels, h, w) float32; empty for a
        model of one layer.
    """
    found = list(_hidden_parts(model, inputs))
    return [torch.cat(parts).numpy() for parts in zip(*found, strict=True)]


def last_hidden_layer(model: nn.Module, inputs: Any) -> Array | None:
    """Return the last of `hidden_layers`, without storing the others; None if there is none."""
    found = [layers[-1:] for layers in _hidden_parts(model, inputs)]
    return torch.cat([last for layers in found for last in layers]).numpy() if found[0] else None


def last_boundary(model: nn.Module, inputs: Any) -> tuple[Array, float] | None:
    """Return the boundary between two classes in the space of the last hidden layer.

    Args:
        model: The model.
        inputs: Inputs, (N, ...), used to check that the logits are the output of the last layer,
            without further operations.

    Returns:
        Weight w, (units,), and bias b of the second logit minus the first, w . h + b; None if
        there are not two classes, or the logits are not the output of a linear layer.
    """
    with _at_rest(model), torch.no_grad():
        part = next(_parts(model, inputs))
        calls, answer = _layer_calls(model, part)[1:], _answer(model, part)
    if not calls or not isinstance(calls[-1].module, nn.Linear) or answer.shape[1:] != (2,):
        return None
    layer: Any = calls[-1].module
    hidden: Any = calls[-1].inputs
    weight = _lead(layer.weight)
    bias = _lead(layer.bias) if layer.bias is not None else weight.new_zeros(())
    computed, given = hidden.double() @ weight + bias, _lead(answer.T)
    if not torch.allclose(
        computed, given, 0, 1e-4 * max(float(given.abs().max()), 1e-6)
    ):  # tolerance for float32
        return None
    return weight.cpu().numpy(), float(bias)


def _lead(rows: Tensor) -> Tensor:
    """Return the second class's row minus the first's; a single row already is the difference."""
    rows = rows.detach().double()
    return rows[1] - rows[0] if len(rows) == 2 else rows[0]


def _hidden_parts(model: nn.Module, inputs: Any) -> Iterator[list[Tensor]]:
    """Yield the activations of the hidden layers, for one chunk of the inputs at a time."""
    for part in _parts(model, inputs):
        with _at_rest(model), torch.no_grad():
            taken = [call.inputs for call in _layer_calls(model, part)[1:]]
        yield [output.float().cpu() for output in taken if output is not None]


def units_of(model: nn.Module, sample: Any) -> tuple[list[Array], list[Array]] | None:
    """Return the weights of a network of linear layers, and the activations of one sample.

    Args:
        model: The model.
        sample: One input, (...).

    Returns:
        Weights (units, inputs) of each layer; and the input, the activations of the hidden layers
        and the probabilities. None if a layer with weights is not linear.
    """
    with _at_rest(model), torch.no_grad():
        (part,) = _parts(model, np.asarray(sample)[None])
        calls, answer = _layer_calls(model, part), _answer(model, part)
    if not all(isinstance(call.module, nn.Linear) and call.inputs is not None for call in calls):
        return None
    layers: list[Any] = [call.module for call in calls]
    units: list[Any] = [call.inputs for call in calls]
    weights = [layer.weight.detach().float().cpu().numpy() for layer in layers]
    activations = [unit[0].float().cpu().numpy() for unit in units]
    return weights, [*activations, softmax(answer.float().cpu().numpy())[0]]


def feature_maps(model: nn.Module, image: Any) -> dict[str, Array]:
    """Return the feature maps of each layer that has any, for one image (C, H, W).

    Returns:
        Feature maps, (K, h, w), by layer name, from input to output.
    """
    maps: dict[str, Array] = {}
    with _at_rest(model), torch.no_grad():
        for part in _parts(model, np.asarray(image)[None]):
            for call in _calls(model, part):
                output = last_tensor(call.output)
                if not call.called and output is not None and output.ndim == 4:
                    maps[call.name] = output[0].float().cpu().numpy()
    return maps


def first_convolution(model: nn.Module, image: Any) -> tuple[nn.Conv2d, Array, Array] | None:
    """Return the first convolution, its input (C, H, W) and its output (K, h, w) for one image.

    Returns:
        None if the model has no convolution.
    """
    with _at_rest(model), torch.no_grad():
        (part,) = _parts(model, np.asarray(image)[None])
        calls = [call for call in _calls(model, part) if type(call.module) is nn.Conv2d]
    if not calls or calls[0].inputs is None:
        return None
    layer: Any = calls[0].module
    output: Any = last_tensor(calls[0].output)
    return layer, calls[0].inputs[0].float().cpu().numpy(), output[0].float().cpu().numpy()


def saliency(model: nn.Module, image: Any) -> dict[str, Array]:
    """Return how much each pixel of an image contributes to the predicted class.

    Args:
        model: The model.
        image: The image, (C, H, W).

    Returns:
        'input gradient': absolute gradient of the logit, maximum over channels, (H, W) (Simonyan
        et al. 2014, arXiv:1312.6034). 'Grad-CAM', if there is a convolution: the feature maps of
        the last one weighted by their mean gradients, clipped at zero, (h, w) (Selvaraju et al.
        2017, arXiv:1610.02391).
    """
    with _at_rest(model), torch.enable_grad():
        (part,) = _parts(model, np.asarray(image)[None])
        part.requires_grad_()
        calls = _calls(model, part)
        answer: Any = last_tensor(calls[-1].output)
        maps = [last_tensor(call.output) for call in calls if isinstance(call.module, nn.Conv2d)]
        sources = [part, *[output for output in maps[-1:] if output is not None]]
        gradients = torch.autograd.grad(answer[0].max(), sources, allow_unused=True)
    found = {}
    if gradients[0] is not None:
        found['input gradient'] = gradients[0][0].abs().amax(0).float().cpu().numpy()
    if len(sources) > 1 and gradients[1] is not None:
        weights = gradients[1][0].mean((1, 2), keepdim=True)
        cam = (weights * sources[1][0].detach()).sum(0).clamp(min=0)
        found['Grad-CAM'] = cam.float().cpu().numpy()
    return found


def first_weights(model: nn.Module, input_shape: tuple[int, ...]) -> Array | None:
    """Return the weights of the first layer as images, (K, C, H, W).

    Kernels of a convolution are returned as they are, weights of a linear layer in the shape of
    the input image; None for other layers, or if the inputs are not images.
    """
    for module in model.modules():
        weight = getattr(module, 'weight', None)
        if isinstance(weight, Tensor) and weight.ndim == 4:
            return weight.detach().float().cpu().numpy()
        if isinstance(weight, Tensor) and weight.ndim == 2 and len(input_shape) == 3:
            if weight.shape[1] != np.prod(input_shape):
                return None
            return weight.detach().float().cpu().numpy().reshape(-1, *input_shape)
    return None


def layer_norms(model: nn.Module, of_gradients: bool = False) -> dict[str, float]:
    """Return the L2 norm of each layer's weights, or of their gradients if ``of_gradients``."""
    squares: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        tensor = parameter.grad if of_gradients else parameter
        if tensor is not None:
            layer = name.rpartition('.')[0] or name
            square = tensor.detach().float().square().sum()
            squares[layer] = squares[layer] + square if layer in squares else square
    return {layer: float(square) ** 0.5 for layer, square in squares.items()}


def dead_units(model: nn.Module, inputs: Any) -> list[float]:
    """Return the percentage of units with the same output for all inputs, per hidden layer.

    Examples are a ReLU whose input is never above zero, and a saturated sigmoid. In a convolutional
    layer, a unit is a complete feature map.
    """
    ranges: list[tuple[Tensor, Tensor]] = []  # minimum and maximum of each unit, by layer
    for layers in _hidden_parts(model, inputs):
        axes = [[axis for axis in range(layer.ndim) if axis != 1] for layer in layers]
        found = [(x.amin(over), x.amax(over)) for x, over in zip(layers, axes, strict=True)]
        ranges = [
            (torch.minimum(low, lowest), torch.maximum(high, highest))
            for (low, high), (lowest, highest) in zip(found, ranges or found, strict=True)
        ]
    return [100.0 * float((low == high).double().mean()) for low, high in ranges]


def count_noted(model: nn.Module, input_shape: Sequence[int]) -> int:
    """Return the number of inputs to count dead units over: 32 to 500, fewer for a larger model."""
    work = step_work(model, input_shape, 1)
    return LEAST_NOTED if work is None else max(LEAST_NOTED, min(500, NOTED_WORK // max(work, 1)))


def layer_scalars(
    model: nn.Module, inputs: Any, gradient_norms: Mapping[str, float]
) -> dict[str, float]:
    """Return the state of each layer as scalars 'layers/<kind>/<layer>'.

    Dead units are counted over the first inputs, 500 of them for a small model; see `count_noted`.
    """
    shares = enumerate(dead_units(model, inputs[: count_noted(model, inputs.shape[1:])]), 1)
    noted = {
        'gradient_norm': gradient_norms,
        'weight_norm': layer_norms(model),
        'dead_units': {f'hidden layer {number}': share for number, share in shares},
    }
    return {
        f'layers/{kind}/{layer}': value
        for kind, layers in noted.items()
        for layer, value in layers.items()
    }


def _calls(model: nn.Module, inputs: Tensor) -> list[ModuleCall]:
    return record_calls(model, partial(model, inputs, mode='tensor'))


def _layer_calls(model: nn.Module, inputs: Tensor) -> list[ModuleCall]:
    """Return the calls of layers with a weight matrix; normalisation layers have none."""
    return [
        call
        for call in _calls(model, inputs)
        if any(p.ndim > 1 for p in call.module.parameters(recurse=False))
    ]


def _answer(model: nn.Module, inputs: Tensor) -> Tensor:
    answer: Any = last_tensor(model(inputs, mode='tensor'))
    return answer


def _parts(model: nn.Module, inputs: Any) -> Iterator[Tensor]:
    """Yield chunks of the preprocessed inputs, on the model's device."""
    preprocessor: Any = getattr(model, 'data_preprocessor', None)
    tensor = torch.as_tensor(np.asarray(inputs))
    tensor = tensor.float() if tensor.dtype == torch.float64 else tensor
    size = max(tensor[:1].numel(), 1)
    for part in tensor.split(max(min(CHUNK, CHUNK_NUMBERS // size), 1)):
        yield part if preprocessor is None else preprocessor({'inputs': part}, False)['inputs']


@contextmanager
def _at_rest(model: nn.Module) -> Iterator[None]:
    """Set the model to evaluation mode, and restore the mode of each module on exit."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def softmax(values: Array) -> Array:
    """Return the softmax of each row of logits, (N, C) float32."""
    answers: Array = torch.as_tensor(values).softmax(1).float().numpy()  # a tenth of NumPy's time
    return answers
