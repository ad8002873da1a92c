"""Base class of the metrics of vision tasks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmlesson.errors import UserError

Array = npt.NDArray[Any]
Columns = dict[str, Array]


class VisionMetric(BaseMetric):
    """A metric of results in OpenMMLab's names, which converts them to NumPy arrays.

    Args:
        collect_device: 'cpu' or 'gpu': device on which results of several ranks are gathered.
        prefix: Prefix of the names; the default is that of the class.

    Raises:
        UserError: If a result lacks an entry, or there are no results.
    """

    needed: Mapping[str, Sequence[str]] = {}
    """Entries that each result must have, by 'pred_instances' and the like."""

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)

    def process(self, data_batch: Any, data_samples: Sequence[Any]) -> None:
        """Store what the metric needs of each image of a batch."""
        for sample in data_samples:
            parts = {part: self._columns(sample, part) for part in self.needed}
            self.results.append(self.measure(parts))

    @abstractmethod
    def measure(self, parts: Mapping[str, Columns]) -> Any:
        """Return what is kept of one image.

        Args:
            parts: Arrays by part and entry, as in ``needed``.
        """

    def compute_metrics(self, results: list[Any]) -> dict[str, float]:
        """Return the metrics of all images."""
        if not results:
            raise UserError(
                f'{type(self).__name__} needs at least one image, got none. Is the dataset empty?'
            )
        return self.summarize(results)

    @abstractmethod
    def summarize(self, results: list[Any]) -> dict[str, float]:
        """Return the metrics of all images, from what `measure` returned for each."""

    def _columns(self, sample: Any, part: str) -> Columns:
        # A dict, or a DataSample of mmengine, whose attributes are found with get.
        entries: Any = sample.get(part) if hasattr(sample, 'get') else None
        missing = [name for name in self.needed[part] if entries is None or name not in entries]
        if missing:
            raise UserError(
                f'{type(self).__name__} needs results with {part}: {", ".join(self.needed[part])}; '
                f'{", ".join(missing)} is missing. Use it with a model for its task.'
            )
        return {name: _array(entries[name]) for name in self.needed[part]}


def _array(values: Any) -> Array:
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def percent(values: Any) -> float:
    """Return the mean of values in 0 to 1, in percent; NaN for none."""
    values = np.asarray(values, float)
    return float(100 * values.mean()) if values.size else float('nan')
