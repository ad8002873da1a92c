r"""Tell what another patience, delta or criterion would have done on a recorded run; no training.

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

from mmlesson.utils.cli import ToolParser


def listed(kind: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return a parser of values of one kind with commas between them."""

    def parse(text: str) -> list[Any]:
        return [kind(part.strip()) for part in text.split(',')]

    parse.__name__ = f'list of {kind.__name__}'
    return parse


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', type=Path, metavar='RUN', help="a run's work_dir or timed folder")
    parser.add_argument('--monitor', help="metric (default: that of the run's best)")
    parser.add_argument('--rule', choices=['greater', 'less'], help='default: from its name')
    parser.add_argument('--patience', type=listed(int), default=[3, 5, 10], metavar='N,N')
    parser.add_argument('--min-delta', type=listed(float), default=[0.0], metavar='D,D')
    parser.add_argument('--min-delta-mode', choices=['abs', 'rel'], default='abs')
    parser.add_argument(
        '--criterion',
        type=listed(str),
        default=['patience'],
        metavar='C,C',
        help='of patience, GL, PQ, UP',
    )
    parser.add_argument('--alpha', type=listed(float), metavar='A,A', help='for GL and PQ')
    parser.add_argument('--strip', type=int, default=5, help='validations, for PQ and UP')
    parser.add_argument('--up-strips', type=listed(int), default=[3], metavar='S,S')
    parser.add_argument('--baseline', type=float)
    parser.add_argument('--stopping-threshold', type=float)
    parser.add_argument('--divergence-threshold', type=float)
    parser.add_argument('--start-from', type=int, default=0, metavar='EPOCH')
    parser.add_argument('--ignore-non-finite', action='store_true', help='check_finite=False')
    parser.add_argument('--out', type=Path, metavar='FILE', help='draw the curve (png, svg, pdf)')
    return parser.parse_args()


def report(args: argparse.Namespace) -> str:
    """Return the table, and draw the plot if asked to."""
    from mmlesson.apis.analysis import stopping_replay
    from mmlesson.engine.early_stopping.rule import StoppingRule
    from mmlesson.errors import ArgumentError, UserError
    from mmlesson.runs.scalars import read_curve
    from mmlesson.runs.summary import read_summary
    from mmlesson.utils.metric_direction import direction

    if not args.run.is_dir():
        raise UserError(f'RUN must be the folder of a run, got {args.run}, which is no folder.')
    try:
        summary = read_summary(args.run)
    except UserError:  # a run that died has a curve all the same
        summary = {}
    monitor = args.monitor or (summary.get('best') or {}).get('metric')
    if monitor is None:
        raise ArgumentError('--monitor must be given, as the run has no best in summary.json.')
    curve = read_curve(args.run, monitor)
    common = {
        'rule': args.rule or direction(monitor),
        'min_delta_mode': args.min_delta_mode,
        'baseline': args.baseline,
        'stopping_threshold': args.stopping_threshold,
        'divergence_threshold': args.divergence_threshold,
        'start_from': args.start_from,
        'check_finite': not args.ignore_non_finite,
    }
    chosen = stopping_replay.settings(
        args.criterion, args.patience, args.min_delta, args.alpha, args.strip, args.up_strips
    )
    outcomes = [
        stopping_replay.replay(
            curve, StoppingRule(**common, **options, owner='replay_stopping'), name
        )
        for name, options in chosen
    ]
    if args.out:
        stopping_replay.plot(curve, outcomes, args.out)
    stop = summary.get('stop') or {}
    ended = f'stopped at {stop["epoch"]} ({stop["reason"]})' if stop else 'was not stopped early'
    head = f'{monitor}: {len(curve.epochs)} validations up to {curve.epochs[-1]}; the run {ended}'
    return f'{head}\n{stopping_replay.format_table(outcomes)}'


def main() -> None:
    """Replay, print the table, draw."""
    print(report(parse_args()))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
