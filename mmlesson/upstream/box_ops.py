"""Operators on boxes, and the focal loss, by torchvision and torch.

mmcv 2.2 (mmcv/ops) calls these functions, with the signatures of ``mmcv._ext``, from its own
autograd functions. A forward function fills an output tensor, a backward function fills gradients.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision import ops

from mmlesson.upstream.gradients import fill_gradients

_AVERAGE = 1  # the value of ``pool_mode`` for average pooling in mmcv/ops/roi_align.py


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Return the indices of the boxes to keep, in order of decreasing score.

    Args:
        boxes: Corners (x1, y1, x2, y2), (N, 4).
        scores: (N,).
        iou_threshold: A box that overlaps a better one by more than this is removed.
        offset: 1 if ``x2`` and ``y2`` are the last pixels in a box, 0 if they are its border.
    """
    if offset:
        boxes = boxes + boxes.new_tensor([0, 0, offset, offset])
    kept: Tensor = ops.nms(boxes, scores, iou_threshold)
    return kept


def roi_align_forward(
    features: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` (R, C, h, w) with the features (N, C, H, W) in boxes (R, 5).

    Raises:
        NotImplementedError: If the pooling is not by average.
    """
    _require_average(pool_mode)
    size = (aligned_height, aligned_width)
    output.copy_(
        ops.roi_align(features, rois, size, spatial_scale, sampling_ratio, aligned=aligned)
    )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (N, C, H, W); the operator is linear, so it does not need its input."""
    _require_average(pool_mode)
    size = (aligned_height, aligned_width)

    def align(features: Tensor) -> Tensor:
        aligned_features: Tensor = ops.roi_align(
            features, rois, size, spatial_scale, sampling_ratio, aligned=aligned
        )
        return aligned_features

    fill_gradients(align, [torch.zeros_like(grad_input)], grad_output, [grad_input])


def roi_pool_forward(
    features: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    *,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``output`` (R, C, h, w) with maxima, and ``argmax`` with their positions."""
    pooled, positions = torch.ops.torchvision.roi_pool(
        features, rois, spatial_scale, pooled_height, pooled_width
    )
    output.copy_(pooled)
    argmax.copy_(positions)


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    *,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``grad_input`` (N, C, H, W): each gradient goes to the position of its maximum."""
    images, channels, height, width = grad_input.shape
    flat = grad_input.new_zeros(images, channels, height * width)
    image = rois[:, 0].long()[:, None, None].expand(-1, channels, pooled_height * pooled_width)
    channel = torch.arange(channels, device=rois.device)[None, :, None].expand_as(image)
    position = argmax.flatten(2).long()
    used = position >= 0  # -1 for an empty bin
    index = (image[used], channel[used], position[used])
    flat.index_put_(index, grad_output.flatten(2)[used], accumulate=True)
    grad_input.copy_(flat.view_as(grad_input))


def sigmoid_focal_loss_forward(
    logits: Tensor, target: Tensor, weight: Tensor, output: Tensor, *, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N, C) with the focal loss of each class (Lin et al. 2017, arXiv:1708.02002).

    Args:
        logits: (N, C).
        target: Classes, (N,); C is the background.
        weight: Weight of each class, (C,), or empty; the background has the weight 1.
        output: Filled.
        gamma: Exponent that reduces the loss of easy samples.
        alpha: Weight of a positive; a negative has 1 - alpha.
    """
    output.copy_(_focal_loss(logits, target, weight, gamma, alpha))


def sigmoid_focal_loss_backward(
    logits: Tensor,
    target: Tensor,
    weight: Tensor,
    grad_input: Tensor,
    *,
    gamma: float,
    alpha: float,
) -> None:
    """Fill ``grad_input`` (N, C) with the derivative of each element of the loss."""

    def loss(values: Tensor) -> Tensor:
        return _focal_loss(values, target, weight, gamma, alpha)

    fill_gradients(loss, [logits], torch.ones_like(logits), [grad_input])


def _require_average(pool_mode: int) -> None:
    if pool_mode != _AVERAGE:
        raise NotImplementedError(
            "RoIAlign with pool_mode='max' is not available without compiled operators of mmcv. "
            "Use pool_mode='avg', or install mmcv built for this version of torch."
        )


def _focal_loss(
    logits: Tensor, target: Tensor, weight: Tensor, gamma: float, alpha: float
) -> Tensor:
    classes = logits.shape[1]
    positive = F.one_hot(target, classes + 1)[:, :classes].to(logits.dtype)
    probability = logits.sigmoid()
    of_positive = -alpha * (1 - probability) ** gamma * F.logsigmoid(logits)
    of_negative = -(1 - alpha) * probability**gamma * F.logsigmoid(-logits)
    loss = positive * of_positive + (1 - positive) * of_negative
    if weight.numel():
        loss = loss * torch.cat([weight, weight.new_ones(1)])[target][:, None]
    return loss
