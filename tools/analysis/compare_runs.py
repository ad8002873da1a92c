"""Compare runs: a table, and their curves in one picture.

Runs whose configs differ in nothing but the seed are one line: their mean, with a band of one
standard deviation.

Example:
    python tools/analysis/compare_runs.py work_dirs/mlp_digits work_dirs/cnn_digits
    python tools/analysis/compare_runs.py work_dirs/fit_* --metric loss --out loss.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('runs', nargs='+', type=Path, metavar='RUN', help='folders of runs')
    parser.add_argument(
        '--metric', default='accuracy/top1', help="as validation reports it, or 'train/...'"
    )
    parser.add_argument('--rule', choices=('greater', 'less'), help='which values are better')
    parser.add_argument(
        '--out', type=Path, default=Path('comparison.png'), help='picture (also as .svg)'
    )
    return parser.parse_args()


def main() -> None:
    """Read the runs, print the table, draw the curves."""
    args = parse_args()
    from mmlesson.apis.comparison import format_comparison, group_runs

    groups = group_runs(args.runs, args.metric)
    print(format_comparison(groups, args.metric, args.rule))

    from mmlesson.visualization import draw_run_comparison, save_figure

    figure = draw_run_comparison(
        {group.name: [(curve.epochs, curve.scores) for curve in group.curves] for group in groups},
        value_label=args.metric + (' (%)' if 'accuracy' in args.metric else ''),
        title=args.metric,
    )
    print(*save_figure(figure, args.out), sep=' and ')


if __name__ == '__main__':
    from mmlesson.errors import run_command

    sys.exit(run_command(main))
