"""Time whole commands against the imports that no lesson can do without, in turn.

Example:
    python tools/benchmarks/startup.py
    python tools/benchmarks/startup.py configs/mlp/mlp_digits.py --rounds 3 --json startup.json

Each config is trained by tools/train.py as a user does, in a terminal, with and without figures.
The reference is a process that imports torch, torchvision and mmengine.runner. A second table has
the time until the first character is on the screen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from mmlesson.utils.cli import ToolParser, check_output_file

ROOT = Path(__file__).resolve().parents[2]
LESSONS = [ROOT / 'configs/mlp/mlp_xor.py', ROOT / 'configs/cnn/cnn_digits.py']
REFERENCE = 'imports'
IMPORTS = ('-c', 'import torch, torchvision, mmengine.runner; print()')
WITHOUT_FIGURES = ('--cfg-options', 'default_hooks.visualization=None')


def run_in_terminal(arguments: Sequence[str], folder: str) -> tuple[float, float]:
    """Run Python in a terminal; return the seconds to its first output, and to its end.

    Raises:
        UserError: If it fails; the message has the end of its output.
    """
    import os
    import pty
    import subprocess

    from mmlesson.errors import UserError

    ours, theirs = pty.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    first, output = 0.0, b''
    try:
        while True:
            output += os.read(ours, 65536)
            first = first or time.perf_counter() - start
    except OSError:  # Linux ends a terminal that nobody writes to any more with an error
        status = process.wait()
    finally:
        os.close(ours)
    seconds = time.perf_counter() - start
    if status:
        raise UserError(f'{" ".join(arguments)} failed: {output[-300:].decode(errors="replace")}')
    return first, seconds


def train_command(lesson: Path, options: Sequence[str]) -> list[str]:
    """Return the arguments of a training run; its folder is made in the current one."""
    return [str(ROOT / 'tools/train.py'), str(lesson), *options]


def measure(command: Sequence[str], firsts: list[float]) -> float:
    """Run a command in a new folder; return its seconds, and append those to its first output."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        first, seconds = run_in_terminal(command, folder)
    firsts.append(first)
    return seconds


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument(
        'configs', nargs='*', type=Path, metavar='CONFIG', help='default: mlp_xor and cnn_digits'
    )
    parser.add_argument('--rounds', type=int, default=5, help='counted rounds (default: 5)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='write all times to a file too')
    parser.add_argument('--against', type=Path, metavar='FILE', help='an earlier --json file')
    return parser.parse_args()


def main() -> None:
    """Print both tables."""
    args = parse_args()
    if args.json is not None:
        check_output_file('--json', args.json, ['.json'])
    import json

    from mmlesson.apis.analysis import paired_times
    from mmlesson.config import load_config
    from mmlesson.errors import check_int
    from mmlesson.utils.atomic_file import write_text

    check_int('startup', '--rounds', args.rounds)
    before = paired_times.read_times(args.against) if args.against is not None else {}
    commands = {REFERENCE: list(IMPORTS)}
    for lesson in args.configs or LESSONS:
        load_config(lesson)  # a mistake ends here
        commands[lesson.stem] = train_command(lesson.absolute(), ())
        commands[f'{lesson.stem}, no figures'] = train_command(lesson.absolute(), WITHOUT_FIGURES)
    firsts: dict[str, list[float]] = {name: [] for name in commands}
    works: dict[str, Callable[[], float]] = {
        name: partial(measure, command, firsts[name]) for name, command in commands.items()
    }
    machine = paired_times.describe_machine(('torch', 'torchvision', 'mmengine', 'matplotlib'))
    whole = paired_times.measure_rounds(works, args.rounds)
    times = {'whole': whole, 'first': {name: found[1:] for name, found in firsts.items()}}
    for table, title in (('whole', 'whole command'), ('first', 'first output')):
        text = paired_times.format_times(
            times[table], REFERENCE, unit='s', before=before.get(table)
        )
        print(f'{title}\n{text}\n')
    if args.json is not None:
        write_text(args.json, json.dumps({'machine': machine, 'times': times}, indent=2) + '\n')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
