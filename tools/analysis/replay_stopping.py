r"""Replay stopping rules on a recorded run, to find where they would have stopped the training.

Example:
    python tools/analysis/replay_stopping.py work_dirs/mlp_digits --monitor accuracy/top1 \
        --patience 3,5,10 --min-delta 0,0.1 --criterion patience,GL --out stopping.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlesson.utils.cli import ToolParser, output_file


def listed(kind: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return a parser of comma-separated values of one type."""

    def parse(text: str) -> list[Any]:
        return [kind(part.strip()) for part in text.split(',')]

    parse.__name__ = f'list of {kind.__name__}'
    return parse


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', type=Path, metavar='RUN', help="a run's work_dir or timed folder")
    parser.add_argument('--monitor', help="metric (default: that of the run's best)")
    parser.add_argument('--rule', choices=['greater', 'less'], help='default: by the metric')
    parser.add_argument('--patience', type=listed(int), default=[3, 5, 10], metavar='N,N')
    parser.add_argument('--min-delta', type=listed(float), default=[0.0], metavar='D,D')
    parser.add_argument('--min-delta-mode', choices=['abs', 'rel'], default='abs')
    parser.add_argument(
        '--criterion',
        type=listed(str),
        default=['patience'],
        metavar='C,C',
        help='any of patience, GL, PQ, UP',
    )
    parser.add_argument('--alpha', type=listed(float), metavar='A,A', help='for GL and PQ')
    parser.add_argument('--strip', type=int, default=5, help='validations, for PQ and UP')
    parser.add_argument('--up-strips', type=listed(int), default=[3], metavar='S,S')
    parser.add_argument('--baseline', type=float)
    parser.add_argument('--stopping-threshold', type=float)
    parser.add_argument('--divergence-threshold', type=float)
    parser.add_argument('--start-from', type=int, default=0, metavar='EPOCH')
    parser.add_argument('--ignore-non-finite', action='store_true', help='check_finite=False')
    parser.add_argument(
        '--out',
        type=output_file,
        metavar='FILE',
        help='draw the curve (new .png, .svg or .pdf file)',
    )
    return parser.parse_args()


def main() -> None:
    """Replay the rules, print the table, draw the figure."""
    args = parse_args()
    from mmlesson.apis.analysis.stopping_replay import replay_run

    print(replay_run(args))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
