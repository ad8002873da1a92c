"""Compare runs: a table, and their curves in one picture, for each metric.

Runs whose configs differ in nothing but the seed are one line: their mean, with a band of one
standard deviation.

Example:
    python tools/analysis/compare_runs.py work_dirs/mlp_digits work_dirs/cnn_digits
    python tools/analysis/compare_runs.py work_dirs/fit_* --metric loss train/loss --out fit.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('runs', nargs='+', type=Path, metavar='RUN', help='folders of runs')
    parser.add_argument(
        '--metric',
        nargs='+',
        default=['accuracy/top1'],
        metavar='NAME',
        help="as validation reports it, or 'train/...'",
    )
    parser.add_argument('--rule', choices=('greater', 'less'), help='which values are better')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('comparison.png'),
        help='picture (also as .svg); of several, each has the metric in its name',
    )
    return parser.parse_args()


def main() -> None:
    """Read the runs, print the tables, draw the curves."""
    args = parse_args()
    from mmlesson.apis.analysis.run_comparison import format_comparison, group_runs
    from mmlesson.visualization import draw_run_comparison, save_figure

    for metric in args.metric:
        groups = group_runs(args.runs, metric)
        print(format_comparison(groups, metric, args.rule))
        figure = draw_run_comparison(
            {one.name: [(curve.epochs, curve.scores) for curve in one.curves] for one in groups},
            value_label=metric + (' (%)' if 'accuracy' in metric else ''),
            title=metric,
        )
        name = f'{args.out.stem}_{metric.replace("/", "_")}{args.out.suffix}'
        file = args.out if len(args.metric) == 1 else args.out.with_name(name)
        print(*save_figure(figure, file), sep=' and ')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
