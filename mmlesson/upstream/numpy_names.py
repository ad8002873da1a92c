"""Names that NumPy has removed and that toolboxes still use."""

from __future__ import annotations

from typing import Any

import numpy as np

REMOVED: dict[str, Any] = {
    'float': float,  # mmdet/evaluation/functional/ytviseval.py:444, mmcv/ops/pixel_group.py:79
    'Inf': np.inf,  # mmaction/datasets/transforms/pose_transforms.py:505
    'NAN': np.nan,  # mmaction/evaluation/functional/ava_evaluation/metrics.py:88
    'bool8': np.bool_,  # mmagic/utils/trans_utils.py:376
    'int0': np.intp,  # mmocr/datasets/transforms/textdet_transforms.py:629
}


def install() -> None:
    """Define the names that this version of NumPy does not have."""
    for name, value in REMOVED.items():
        if name not in vars(np):
            setattr(np, name, value)
