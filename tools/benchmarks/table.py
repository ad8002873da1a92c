"""Time loading a CSV file as a dataset against ``pandas.read_csv`` alone, in pairs.

The file has random numbers and a column of class names. `TableDataset` reads and checks it, divides
it into splits, hashes it, and keeps the training split as float32.

Example:
    python tools/benchmarks/table.py --rows 1000000 --columns 30
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlesson.utils.cli import ToolParser


def write_table(file: Path, rows: int, columns: int) -> None:
    """Write a CSV file, the last column of which has class names."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    for start in range(0, rows, step := 100_000):
        count = min(step, rows - start)
        values = rng.normal(size=(count, columns - 1))
        part = pd.DataFrame(values, columns=[f'feature_{i}' for i in range(columns - 1)])
        part['label'] = rng.choice(['red', 'green', 'blue'], count)
        part.to_csv(file, mode='a' if start else 'w', header=not start, index=False)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Return processor seconds and seconds of the clock of a call."""
    import gc

    gc.collect()
    processor, clock = time.process_time(), time.perf_counter()
    made = work()
    times = time.process_time() - processor, time.perf_counter() - clock
    del made
    return times


def measure(file: Path, pairs: int) -> list[Any]:
    """Return the times of the dataset and of pandas, in pairs, after one that is not counted."""
    import pandas as pd

    from mmlesson.datasets import TableDataset

    works = (lambda: TableDataset(path=str(file), label='label'), lambda: pd.read_csv(file))
    times = [(timed(works[0]), timed(works[1])) for _ in range(pairs + 1)]
    return times[1:]


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('--rows', type=int, default=1_000_000, help='rows (default: 1000000)')
    parser.add_argument('--columns', type=int, default=30, help='columns (default: 30)')
    parser.add_argument('--pairs', type=int, default=5, help='number of pairs (default: 5)')
    parser.add_argument('--dir', help='folder for the file (default: a temporary one)')
    return parser.parse_args()


def main() -> None:
    """Print the median times."""
    args = parse_args()
    from mmlesson.errors import UserError, check_int

    check_int('table', '--rows', args.rows, minimum=10)
    check_int('table', '--columns', args.columns, minimum=2)
    check_int('table', '--pairs', args.pairs)
    if args.dir is not None and not Path(args.dir).is_dir():
        raise UserError(f'--dir {args.dir} is no folder. Create it first.')
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        file = Path(folder, 'table.csv')
        write_table(file, args.rows, args.columns)
        pairs = measure(file, args.pairs)
    for place, unit in enumerate(('processor seconds', 'seconds')):
        ours = statistics.median(pair[0][place] for pair in pairs)
        theirs = statistics.median(pair[1][place] for pair in pairs)
        ratio = statistics.median(pair[0][place] / pair[1][place] for pair in pairs)
        print(f'{ours:.2f} {unit}, pandas.read_csv {theirs:.2f}, ratio {ratio:.2f}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
