"""Deformable convolutions and attention, by torchvision and mmcv.

mmcv 2.2 (mmcv/ops) calls these functions, with the signatures of ``mmcv._ext``, from its own
autograd functions. A forward function fills an output tensor, a backward function fills gradients.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision import ops

from mmlesson.upstream.gradients import fill_gradients


def deform_conv_forward(
    features: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    **geometry: int,
) -> None:
    """Fill ``output`` with the deformable convolution (Dai et al. 2017, arXiv:1703.06211)."""
    output.copy_(_deform_conv(features, offset, weight, geometry))


def deform_conv_backward_input(
    features: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """Fill the gradients of the input and of the offsets."""

    def convolve(features: Tensor, offset: Tensor) -> Tensor:
        return _deform_conv(features, offset, weight, geometry)

    fill_gradients(convolve, [features, offset], grad_output, [grad_input, grad_offset])


def deform_conv_backward_parameters(
    features: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_weight: Tensor,
    columns: Tensor,
    ones: Tensor,
    *,
    scale: float = 1.0,
    **geometry: int,
) -> None:
    """Fill the gradient of the weight."""

    def convolve(weight: Tensor) -> Tensor:
        return _deform_conv(features, offset, weight, geometry)

    fill_gradients(convolve, [torch.zeros_like(grad_weight)], grad_output, [grad_weight])
    grad_weight.mul_(scale)


def modulated_deform_conv_forward(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    **geometry: int,
) -> None:
    """Fill ``output`` with the modulated convolution (Zhu et al. 2019, arXiv:1811.11168)."""
    inputs = [features, weight, offset, mask, *([bias] if geometry['with_bias'] else [])]
    output.copy_(_modulated_deform_conv(inputs, geometry))


def modulated_deform_conv_backward(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    **geometry: int,
) -> None:
    """Fill the gradients of the input, the weight, the bias, the offsets and the mask."""
    inputs = [features, weight, offset, mask, *([bias] if geometry['with_bias'] else [])]
    gradients = [grad_input, grad_weight, grad_offset, grad_mask, grad_bias]

    def convolve(*inputs: Tensor) -> Tensor:
        return _modulated_deform_conv(inputs, geometry)

    fill_gradients(convolve, inputs, grad_output, gradients[: len(inputs)])


def ms_deform_attn_forward(
    value: Tensor,
    shapes: Tensor,
    level_start: Tensor,
    locations: Tensor,
    weights: Tensor,
    *,
    im2col_step: int,
) -> Tensor:
    """Return the multi-scale deformable attention (Zhu et al. 2021, arXiv:2010.04159)."""
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    attended: Tensor = multi_scale_deformable_attn_pytorch(value, shapes, locations, weights)
    return attended


def ms_deform_attn_backward(
    value: Tensor,
    shapes: Tensor,
    level_start: Tensor,
    locations: Tensor,
    weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_locations: Tensor,
    grad_weights: Tensor,
    *,
    im2col_step: int,
) -> None:
    """Fill the gradients of the values, the sampling locations and the attention weights."""

    def attend(value: Tensor, locations: Tensor, weights: Tensor) -> Tensor:
        return ms_deform_attn_forward(
            value, shapes, level_start, locations, weights, im2col_step=im2col_step
        )

    inputs = [value, locations, weights]
    fill_gradients(attend, inputs, grad_output, [grad_value, grad_locations, grad_weights])


def _deform_conv(
    features: Tensor, offset: Tensor, weight: Tensor, geometry: dict[str, int]
) -> Tensor:
    convolved: Tensor = ops.deform_conv2d(
        features,
        offset,
        weight,
        stride=(geometry['dH'], geometry['dW']),
        padding=(geometry['padH'], geometry['padW']),
        dilation=(geometry['dilationH'], geometry['dilationW']),
    )
    return convolved


def _modulated_deform_conv(inputs: Sequence[Tensor], geometry: dict[str, int]) -> Tensor:
    features, weight, offset, mask, *bias = inputs
    convolved: Tensor = ops.deform_conv2d(
        features,
        offset,
        weight,
        bias[0] if bias else None,
        stride=(geometry['stride_h'], geometry['stride_w']),
        padding=(geometry['pad_h'], geometry['pad_w']),
        dilation=(geometry['dilation_h'], geometry['dilation_w']),
        mask=mask,
    )
    return convolved
