"""Heat maps: their targets, and the points at their peaks.

A cell of a map with stride s covers s x s pixels; cell (column j, row i) has its centre at the
pixel position ((j + 0.5) s, (i + 0.5) s).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian_maps(points: Tensor, size: Sequence[int], sigma: float) -> Tensor:
    """Return a map for each point: exp(-d^2 / (2 sigma^2)), d the distance from it in cells.

    Args:
        points: (x, y) in cells, where a cell's centre is a whole number, (..., 2).
        size: Height and width of a map.
        sigma: Standard deviation in cells.

    Returns:
        (..., height, width), at most 1.
    """
    height, width = size
    columns = torch.arange(width, dtype=points.dtype, device=points.device)
    rows = torch.arange(height, dtype=points.dtype, device=points.device)
    x = (columns - points[..., :1]).square()[..., None, :]  # (..., 1, width)
    y = (rows - points[..., 1:]).square()[..., :, None]  # (..., height, 1)
    return torch.exp(-(x + y) / (2 * sigma**2))


def focal_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the focal loss of each cell of heat maps whose peaks are exactly 1.

    With p the sigmoid of a logit and t its target: -(1 - p)^2 log p where t = 1, and otherwise
    -(1 - t)^4 p^2 log(1 - p), so that cells near a peak count little.

    Args:
        logits: Any shape.
        targets: In [0, 1], of the same shape.

    References:
        Lin et al. (2017), arXiv:1708.02002 (focal loss); Law, Deng (2018), arXiv:1808.01244 (this
        form).
    """
    scores = torch.sigmoid(logits)
    peak = (1 - scores).square() * F.logsigmoid(logits)
    other = (1 - targets).pow(4) * scores.square() * F.logsigmoid(-logits)
    return -torch.where(targets == 1, peak, other)


def only_peaks(scores: Tensor) -> Tensor:
    """Return the scores with 0 in each cell that has a larger one among its 8 neighbours.

    It takes the place of the non-maximum suppression of boxes.

    References:
        Zhou, Wang, Krähenbühl (2019), arXiv:1904.07850.
    """
    largest = F.max_pool2d(scores, 3, stride=1, padding=1)
    return torch.where(scores == largest, scores, torch.zeros_like(scores))


def highest_points(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the highest cell of each map, moved by a quarter cell towards its higher neighbour.

    Args:
        maps: (N, K, h, w).

    Returns:
        Points (x, y) in cells, (N, K, 2), and their values, (N, K).

    References:
        Newell, Yang, Deng (2016), arXiv:1603.06937 (the quarter cell).
    """
    width = maps.shape[-1]
    values, places = maps.flatten(2).max(2)
    rows, columns = places // width, places % width
    padded = F.pad(maps, (1, 1, 1, 1), mode='replicate').flatten(2)

    def value(row: Tensor, column: Tensor) -> Tensor:
        index = (row + 1) * (width + 2) + column + 1
        return padded.gather(2, index[..., None])[..., 0]

    right = value(rows, columns + 1) - value(rows, columns - 1)
    below = value(rows + 1, columns) - value(rows - 1, columns)
    points = torch.stack([columns, rows], -1).to(maps.dtype)
    return points + 0.25 * torch.stack([right, below], -1).sign(), values
