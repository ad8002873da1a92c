"""Building of the dataset of a config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.registry import DATASETS

from mmlesson.datasets.named_samples import name_failing_samples
from mmlesson.errors import RunError, UserError, locate
from mmlesson.registry import DATASETS as OWN_DATASETS
from mmlesson.registry import in_own_scope


def build_dataset(config: Mapping[str, Any]) -> Any:
    """Build a dataset as mmengine's ``Runner.build_dataloader`` does; errors name the sample.

    Raises:
        RunError: If its files are missing, empty or damaged.
    """
    try:
        dataset = DATASETS.build(in_own_scope(config))
        if hasattr(dataset, 'full_init'):
            dataset.full_init()
    except UserError:
        raise
    except (OSError, RuntimeError, ValueError) as err:
        kind = getattr(config.get('type'), '__name__', config.get('type'))
        raise RunError(
            f'{kind} could not be loaded ({locate(err)}). Check its arguments and its files.'
        ) from err
    return name_failing_samples(dataset)


def missing_files(config: Mapping[str, Any]) -> list[Path]:
    """Return the files that must be downloaded before the datasets of a config can be built."""
    missing: list[Path] = []
    for split in ('train', 'val', 'test'):
        dataset = (config.get(f'{split}_dataloader') or {}).get('dataset') or {}
        kind = OWN_DATASETS.get(str(dataset.get('type')))
        if hasattr(kind, 'missing_files'):
            missing += kind.missing_files(**dataset)
    return list(dict.fromkeys(missing))
