"""Time writing a checkpoint against ``torch.save`` and ``fsync``, in pairs.

The checkpoint holds a model and the state of Adam. Both are flushed to the disk; ours is checked
for plain data, written under a temporary name and renamed. Both write a new file each time, and
replace the last one: a new file and one that is overwritten differ more than the two functions.

Example:
    python tools/benchmarks/checkpoint.py --parameters 10000000
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mmlesson.utils.cli import ToolParser

Times = tuple[float, float]
"""Seconds of the clock, and of the processor."""


def adam_checkpoint(parameters: int) -> dict[str, Any]:
    """Return a checkpoint of a model of ten layers."""
    import torch

    width = max(1, round((parameters / 10) ** 0.5))
    model = torch.nn.Sequential(*(torch.nn.Linear(width, width) for _ in range(10)))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, width)).sum().backward()
    optimizer.step()
    return {'state_dict': model.state_dict(), 'optimizer': optimizer.state_dict()}


def save_plainly(path: Path, checkpoint: dict[str, Any]) -> None:
    """Write the file with torch, flush it to the disk, and rename it."""
    import torch

    temporary = path.with_suffix('.new')
    with temporary.open('wb') as file:
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def measure(parameters: int, pairs: int, folder: Path) -> list[tuple[Times, Times]]:
    """Return the times of our function and of torch's, in pairs; each goes first in turn."""
    from mmlesson.runs.checkpoint import write_checkpoint

    checkpoint, found = adam_checkpoint(parameters), []
    for count in range(pairs + 1):
        times = {}
        for write in (write_checkpoint, save_plainly)[:: 1 if count % 2 else -1]:
            clock, processor = time.perf_counter(), time.process_time()
            write(folder / f'{write.__name__}.pth', checkpoint)
            times[write] = time.perf_counter() - clock, time.process_time() - processor
        found.append((times[write_checkpoint], times[save_plainly]))
    return found[1:]  # the first pair creates the files


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('--parameters', type=int, default=10_000_000, help='size of the model')
    parser.add_argument('--pairs', type=int, default=9, help='number of pairs (default: 9)')
    parser.add_argument('--dir', help='folder on the disk to measure (default: a temporary one)')
    return parser.parse_args()


def main() -> None:
    """Print the median times."""
    args = parse_args()
    from mmlesson.errors import UserError, check_int

    check_int('checkpoint', '--parameters', args.parameters)
    check_int('checkpoint', '--pairs', args.pairs)
    if args.dir is not None and not Path(args.dir).is_dir():
        raise UserError(f'--dir {args.dir} is no folder. Create it first.')
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        pairs = measure(args.parameters, args.pairs, Path(folder))
    for place, unit in enumerate(('ms', 'ms of the processor')):
        ours, plain = (
            1e3 * statistics.median(t[place] for t in times) for times in zip(*pairs, strict=True)
        )
        ratio = statistics.median(a[place] / b[place] for a, b in pairs)
        print(f'{ours:.0f} {unit}, torch.save and fsync {plain:.0f}, ratio {ratio:.2f}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
