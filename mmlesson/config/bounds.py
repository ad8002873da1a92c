"""Bounds of numbers in a config, for classes that do not check them in one line themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmlesson.errors import shorten

MAX_WORKERS = 256
"""Processes of one loader; with a thousand times more, a machine starts them until it dies."""

MAX_SEED = 2**32 - 1
"""Largest seed that NumPy takes."""

_MAX_INT = 2**63 - 1  # torch's


@dataclass(frozen=True)
class Bound:
    """Interval of a number.

    Args:
        minimum: Smallest value.
        maximum: Largest value.
        is_open: Whether the value must be less than ``maximum``.
        is_int: Whether it must be an int, where no annotation says so.
    """

    minimum: float
    maximum: float = math.inf
    is_open: bool = False
    is_int: bool = False

    def __str__(self) -> str:
        kind = 'an int' if self.is_int else 'a number'
        if self.maximum < _MAX_INT:
            return f'{kind} in [{self.minimum}, {self.maximum}{")" if self.is_open else "]"}'
        return f'{kind} >= {self.minimum}'

    def allows(self, value: Any) -> bool:
        """Return whether a value is a finite number within the bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        if self.is_int and value != math.floor(value):
            return False
        is_below = value < self.maximum if self.is_open else value <= self.maximum
        return is_below and value >= self.minimum


_COUNT = Bound(1, _MAX_INT, is_int=True)
_INDEX = Bound(0, _MAX_INT, is_int=True)
_NOT_NEGATIVE = Bound(0)
_FRACTION = Bound(0, 1)

# By registry, None for a loader, or by top-level key where nothing is built; then by argument.
BOUNDS: dict[str | None, dict[str, Bound]] = {
    None: {
        'batch_size': _COUNT,
        'num_workers': Bound(0, MAX_WORKERS, is_int=True),
        'prefetch_factor': Bound(1, 2**16, is_int=True),
        'timeout': _NOT_NEGATIVE,
    },
    'LOOPS': {
        'max_epochs': _COUNT,
        'max_iters': _COUNT,
        'val_interval': _COUNT,
        'val_begin': _INDEX,
    },
    'OPTIM_WRAPPERS': {'accumulative_counts': _COUNT},
    'OPTIMIZERS': {
        'lr': _NOT_NEGATIVE,
        'weight_decay': _NOT_NEGATIVE,
        'eps': _NOT_NEGATIVE,
        'momentum': _NOT_NEGATIVE,
        'alpha': _NOT_NEGATIVE,
        'lr_decay': _NOT_NEGATIVE,
        'rho': _FRACTION,
        'betas': Bound(0, 1, is_open=True),
    },
    'PARAM_SCHEDULERS': {
        'begin': _INDEX,
        'end': _COUNT,
        'T_max': _COUNT,
        'step_size': _COUNT,
        'total_steps': _COUNT,
        'total_iters': _COUNT,
        'milestones': _COUNT,
    },
    'HOOKS': {'interval': _COUNT},
    'randomness': {'seed': Bound(0, MAX_SEED, is_int=True)},
    'auto_scale_lr': {'base_batch_size': _COUNT},
    'env_cfg': {'resource_limit': _COUNT, 'cpu_threads': Bound(1, 1024, is_int=True)},
}
_SWITCHED_OFF = [('CheckpointHook', 'interval', -1)]  # mmengine's value for never


def outside(owner: str | None, name: str, config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (argument, message) for each number of a dict that is outside of its bounds.

    Args:
        owner: Key of `BOUNDS`.
        name: Name of what is built, for messages.
        config: The dict.
    """
    for key, bound in BOUNDS.get(owner, {}).items():
        value = config.get(key)
        if value is None or (name, key, value) in _SWITCHED_OFF:
            continue
        values = value if isinstance(value, list | tuple) else [value]
        if not all(bound.allows(item) for item in values):
            yield key, f'{name}.{key} must be {bound}, got {shorten(value)}.'
