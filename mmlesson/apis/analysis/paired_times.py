"""Times of competing works, measured in turn and compared in pairs.

Each round runs every work once, so that a slow moment of the machine slows all of them; ratios are
taken within a round. See ``tools/benchmarks/compare_frameworks.py`` and ``startup.py``.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.errors import ArgumentError, UserError, check_int
from mmlesson.utils.text_table import format_table

Times = dict[str, list[float]]
"""Seconds by name of the work, in the order of the rounds."""


@dataclass(frozen=True)
class Ratio:
    """Times of a work divided by those of the reference in the same rounds.

    Args:
        median: Median of the ratios.
        low: Lower quartile of the ratios.
        high: Upper quartile of the ratios.
    """

    median: float
    low: float
    high: float


def measure_rounds(works: Mapping[str, Callable[[], float]], rounds: int) -> Times:
    """Run every work once per round, and return the seconds that they report.

    A round before the first is not counted: caches are built there. Each round starts with another
    work, so that none is always the first.

    Args:
        works: Functions that do the work and return its seconds, by name.
        rounds: Number of counted rounds, at least 1.
    """
    check_int('measure_rounds', 'rounds', rounds)
    for work in works.values():
        work()
    times: Times = {name: [] for name in works}
    names = list(works)
    for number in range(rounds):
        first = number % len(names) if names else 0
        for name in names[first:] + names[:first]:
            times[name].append(works[name]())
    return times


def ratios(times: Times, reference: str) -> dict[str, Ratio]:
    """Return the ratios of each work to the reference.

    Raises:
        ArgumentError: If the reference was not measured, or works have not the same rounds.
    """
    if reference not in times:
        raise ArgumentError(f'ratios: reference must be one of {list(times)}, got {reference!r}.')
    base = times[reference]
    lengths = {name: len(values) for name, values in times.items()}
    if set(lengths.values()) != {len(base)} or not base:
        raise ArgumentError(f'ratios: each work needs the same number of rounds, got {lengths}.')
    return {name: _ratio(values, base) for name, values in times.items()}


def _ratio(values: Sequence[float], base: Sequence[float]) -> Ratio:
    found = [value / other for value, other in zip(values, base, strict=True)]
    if len(found) == 1:
        return Ratio(found[0], found[0], found[0])
    low, middle, high = statistics.quantiles(found, n=4, method='inclusive')
    return Ratio(middle, low, high)


def format_times(
    times: Times, reference: str, *, unit: str = 'ms', before: Times | None = None
) -> str:
    """Return a table: median time, median ratio to the reference and its quartiles.

    Args:
        times: Times of all works.
        reference: Work that the others are divided by.
        unit: 's', 'ms' or 'us'.
        before: Earlier times; a column has the change of the median ratio, in percent. Ratios are
            compared, not times, because the machine may have been slower.

    Raises:
        ArgumentError: If a name or the unit is unknown.
    """
    factors = {'s': 1.0, 'ms': 1e3, 'us': 1e6}
    if unit not in factors:
        raise ArgumentError(f'format_times: unit must be one of {list(factors)}, got {unit!r}.')
    head = ['', unit, 'ratio', 'quartiles']
    now = ratios(times, reference)
    then = ratios(before, reference) if before is not None else {}
    rows = []
    for name, ratio in now.items():
        seconds = statistics.median(times[name]) * factors[unit]
        spread = f'{ratio.low:.2f} to {ratio.high:.2f}'
        row = [name, f'{seconds:.3g}', f'{ratio.median:.2f}', spread]
        if before is not None:
            row += _change(ratio, then.get(name))
        rows.append(row)
    return format_table(head + (['before', 'change'] if before is not None else []), rows)


def _change(now: Ratio, then: Ratio | None) -> list[str]:
    if then is None:
        return ['-', '-']
    return [f'{then.median:.2f}', f'{100 * (now.median / then.median - 1):+.0f} %']


def describe_machine(packages: Sequence[str]) -> dict[str, Any]:
    """Return what times depend on: processor, cores, load, threads, versions of packages.

    Args:
        packages: Names of packages; those that are not installed are left out.
    """
    from importlib import metadata

    versions = {'python': platform.python_version()}
    for name in packages:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    load = os.getloadavg()[0] if hasattr(os, 'getloadavg') else math.nan
    return {
        'processor': _processor(),
        'cores': os.cpu_count(),
        'load': round(load, 2),
        'OMP_NUM_THREADS': os.environ.get('OMP_NUM_THREADS'),
        'versions': versions,
    }


def _processor() -> str:
    """Return the name of the processor; Linux has it in a file only."""
    file = Path('/proc/cpuinfo')
    lines = file.read_text().splitlines() if file.exists() else []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()


def read_times(file: Path) -> dict[str, Times]:
    """Return the times that a benchmark has written with ``--json``, by table.

    Raises:
        UserError: If the file has no such times.
    """
    wrong = f'{file} has no times. Give a file that --json of this benchmark has written.'
    try:
        tables = json.loads(file.read_text(encoding='utf-8'))['times']
        return {
            str(table): {str(name): [float(value) for value in values] for name, values in rows}
            for table, rows in ((key, found.items()) for key, found in tables.items())
        }
    except (ValueError, TypeError, KeyError, AttributeError) as err:
        raise UserError(wrong) from err
