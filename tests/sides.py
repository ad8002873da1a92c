"""Which side of a drawn boundary the drawn points are on."""

from __future__ import annotations

from typing import Any

import numpy as np


def shown_sides(axes: Any, num_samples: int) -> tuple[Any, Any]:
    """Return which side of the drawn line each drawn point is on, and the points."""
    line, scatter = axes.collections
    ((start, end),) = line.get_segments()
    x_min, x_max, y_min, y_max = axes.axis()
    for x, y in (start, end):  # from border to border
        assert min(abs(np.array([x - x_min, x - x_max, y - y_min, y - y_max]))) < 1e-9
    points = np.asarray(scatter.get_offsets())
    assert len(points) == num_samples
    (across_x, across_y), (x, y) = end - start, (points - start).T
    return across_x * y - across_y * x > 0, points
