"""`LessonLogProcessor`: records each validation's own values."""

from __future__ import annotations

import re
from typing import Any

from mmengine.runner import LogProcessor


class LessonLogProcessor(LogProcessor):
    """mmengine's ``LogProcessor``, which averages over a window in training only.

    mmengine 0.10.7 (runner/log_processor.py:384) averages each value whose name matches
    ``mean_pattern`` over the last ``window_size``: of training, these are iterations, but of
    'val/loss' they are ten validations. The arguments are mmengine's; `LessonRunner` uses this
    class where the config names none or mmengine's.
    """

    mean_pattern: re.Pattern[str]

    def _collect_scalars(
        self, custom_cfg: Any, runner: Any, mode: str, reserve_prefix: bool = False
    ) -> dict[str, Any]:
        pattern = self.mean_pattern
        if mode != 'train':
            self.mean_pattern = re.compile(r'.*(^|/)(data_)?time$')  # per batch, as in training
        try:
            scalars: dict[str, Any] = super()._collect_scalars(
                custom_cfg, runner, mode, reserve_prefix
            )
            return scalars
        finally:
            self.mean_pattern = pattern
