"""Time a training iteration of mmlesson, of other frameworks and of a loop by hand, in turn.

Example:
    python tools/benchmarks/compare_frameworks.py
    python tools/benchmarks/compare_frameworks.py --json new.json --against old.json
    python tools/benchmarks/compare_frameworks.py --only mmlesson keras --profile

Every framework trains the networks of two lessons with batches of 64 and Adam, as its own
documentation shows it, with its progress bar, log and accuracy on. Validation, checkpoints and the
first epoch are not counted. Ratios are those to the bare loop in the same round. One that is not
installed is left out with a message; `pip install "mmlesson[bench]"` installs all.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mmlesson.utils.cli import ToolParser, check_output_file

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = 'bare'
PEERS = (
    REFERENCE,
    *('bare_fused', 'mmlesson', 'lightning', 'skorch', 'keras', 'scikit_learn', 'mmpretrain'),
)
PACKAGES = ('torch', 'mmengine', 'lightning', 'skorch', 'keras', 'scikit-learn', 'mmpretrain')


def find_peers(names: Sequence[str]) -> dict[str, Any]:
    """Return the modules of these peers, the bare loop first; name those that cannot be imported.

    Raises:
        UserError: If a name is unknown.
    """
    import warnings
    from importlib import import_module

    from mmlesson.errors import UserError, did_you_mean

    for name in names:
        if name not in PEERS:
            hint = did_you_mean(name, PEERS)
            raise UserError(f'Unknown framework {name!r}.{hint} Known: {", ".join(PEERS)}.')
    peers = {}
    for name in dict.fromkeys((REFERENCE, *(names or PEERS))):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                peers[name] = import_module(f'frameworks.{name}')
        except ImportError as err:
            print(f'{name} is left out: {err}', file=sys.stderr)
    return peers


def make_works(task: Any, peers: dict[str, Any]) -> dict[str, Callable[[], float]]:
    """Return a function per peer that trains, and gives the seconds of an iteration."""
    return {
        name: partial(quietly, task, peer.train)
        for name, peer in peers.items()
        if task.name in getattr(peer, 'TASKS', (task.name,))
    }


def quietly(task: Any, train: Callable[[Any], None]) -> float:
    """Train with all output discarded; return the seconds of an iteration."""
    import gc
    import warnings

    import torch

    gc.collect()
    torch.manual_seed(0)
    with no_output(), warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return float(task.seconds_per_iteration(train))


@contextmanager
def no_output() -> Iterator[None]:
    """Discard what this process writes to its standard streams, also through old references."""
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    kept = [os.dup(1), os.dup(2)]
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stdout.flush()
        for stream, descriptor in enumerate(kept, start=1):
            os.dup2(descriptor, stream)
        for descriptor in (nowhere, *kept):
            os.close(descriptor)


def profile(works: dict[str, Callable[[], float]]) -> None:
    """Print the 25 functions that take most time, for each work but the bare loop."""
    import cProfile
    import pstats

    for name, work in works.items():
        if name != REFERENCE:
            work()
            profiler = cProfile.Profile()
            profiler.runcall(work)
            print(name)
            pstats.Stats(profiler).sort_stats('tottime').print_stats(25)


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('--only', nargs='+', default=[], metavar='NAME', help=', '.join(PEERS))
    parser.add_argument('--rounds', type=int, default=7, help='counted rounds (default: 7)')
    parser.add_argument('--epochs', type=int, default=10, help='epochs per round (default: 10)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all times to a file too')
    parser.add_argument('--against', type=Path, metavar='FILE', help='an earlier --json file')
    parser.add_argument('--profile', action='store_true', help='print profiles instead of times')
    return parser.parse_args()


def main() -> None:
    """Print a table for each network."""
    args = parse_args()
    if args.json is not None:
        check_output_file('--json', args.json, ['.json'])
    from mmlesson.errors import check_int

    check_int('compare_frameworks', '--rounds', args.rounds)
    check_int('compare_frameworks', '--epochs', args.epochs, minimum=2)
    import json
    import tempfile

    from mmlesson.apis.analysis import paired_times
    from mmlesson.utils.atomic_file import write_text

    before = paired_times.read_times(args.against) if args.against is not None else {}
    peers = find_peers(args.only)
    from frameworks.task import LESSONS, make_task

    machine = paired_times.describe_machine(PACKAGES)
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in LESSONS:
            task = make_task(name, ROOT / 'configs', args.epochs, folder)
            works = make_works(task, peers)
            if args.profile:
                profile(works)
                continue
            times[name] = paired_times.measure_rounds(works, args.rounds)
            old = before.get(name)
            table = paired_times.format_times(times[name], REFERENCE, before=old)
            print(f'{name}\n{table}\n', flush=True)
    if args.json is not None and times:
        text = json.dumps({'machine': machine, 'times': times}, indent=2)
        write_text(args.json, text + '\n')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
