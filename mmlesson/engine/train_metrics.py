"""Training metrics of an epoch, averaged over samples, as in validation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mmlesson.errors import RunError


class NonFiniteLossError(RunError):
    """The loss became NaN or infinite, so further checkpoints would be unusable."""


class TrainMeter:
    """Averages the log variables of training steps over samples.

    Floating-point values are means over a batch and are weighted by its size; integer values are
    counts and are summed. Tensors are stored unchanged and reduced from time to time, so a step
    costs almost nothing and does not wait for a GPU.
    """

    def __init__(self) -> None:
        self._totals: dict[str, float] = {}
        self._counts: set[str] = set()
        self._samples = 0
        self._pending: list[tuple[Mapping[str, Any], int]] = []

    @property
    def samples(self) -> int:
        """Number of samples so far."""
        return self._samples

    def update(self, log_vars: Mapping[str, Any], num_samples: int) -> None:
        """Add the log variables of one step over ``num_samples`` samples."""
        self._samples += num_samples
        self._pending.append((log_vars, num_samples))

    def flush_if_not_finite(self) -> None:
        """Do as `flush` if a loss of the last step is NaN or infinite, otherwise nothing.

        This waits for a GPU; on the CPU it takes a tenth of the time of `flush`.
        """
        log_vars = self._pending[-1][0] if self._pending else {}
        for name, value in log_vars.items():
            if 'loss' in name and not math.isfinite(_numbers([value])[0]):
                self.flush()

    def flush(self) -> None:
        """Reduce the values added since the last call.

        Raises:
            NonFiniteLossError: If a loss among them is NaN or infinite.
        """
        pending, self._pending = self._pending, []
        for name in dict.fromkeys(name for log_vars, _ in pending for name in log_vars):
            steps = [(log_vars[name], size) for log_vars, size in pending if name in log_vars]
            self._add(name, _numbers([value for value, _ in steps]), [size for _, size in steps])

    def _add(self, name: str, numbers: list[Any], sizes: list[int]) -> None:
        if isinstance(numbers[0], int):
            self._counts.add(name)
            self._totals[name] = self._totals.get(name, 0) + sum(numbers)
            return
        if 'loss' in name and not all(map(math.isfinite, numbers)):
            bad = next(number for number in numbers if not math.isfinite(number))
            raise NonFiniteLossError(f'{name} is {bad}')
        total = self._totals.get(name, 0.0)  # one by one: the same however often this is called
        for number, size in zip(numbers, sizes, strict=True):
            total += number * size
        self._totals[name] = total

    def compute(self) -> dict[str, float]:
        """Return means per sample, and sums of counts, over all values added."""
        self.flush()
        return {
            name: total if name in self._counts else total / self._samples
            for name, total in self._totals.items()
        }

    def state_dict(self) -> dict[str, Any]:
        """Return the current sums as plain data."""
        self.flush()
        counts = sorted(self._counts)
        return {'totals': dict(self._totals), 'counts': counts, 'samples': self._samples}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state from a `state_dict`."""
        self._totals = dict(state['totals'])
        self._counts = set(state['counts'])
        self._samples = state['samples']


def merge(states: Sequence[Mapping[str, Any]]) -> TrainMeter:
    """Merge the `state_dict` of several meters into one meter; their order does not matter."""
    counts = {name for state in states for name in state['counts']}
    names = dict.fromkeys(name for state in states for name in state['totals'])
    parts = {name: [state['totals'].get(name, 0) for state in states] for name in names}
    merged = TrainMeter()
    merged.load_state_dict(
        {
            'totals': {n: sum(p) if n in counts else math.fsum(p) for n, p in parts.items()},
            'counts': counts,
            'samples': sum(state['samples'] for state in states),
        }
    )
    return merged


def _numbers(values: list[Any]) -> list[Any]:
    if len(values) > 1 and all(isinstance(value, Tensor) for value in values):
        # One transfer from a GPU, not N.
        numbers: list[Any] = torch.stack(values).tolist()
        return numbers
    return [value.item() if isinstance(value, Tensor) else value for value in values]
