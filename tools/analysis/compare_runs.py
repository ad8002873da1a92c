"""Compare runs by a metric: print a table and draw the curves in one figure.

Runs whose configs differ only in the seed are averaged, with a band of one standard deviation.

Example:
    python tools/analysis/compare_runs.py work_dirs/mlp_digits work_dirs/cnn_digits
    python tools/analysis/compare_runs.py work_dirs/fit_* --metric loss train/loss --out fit.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser, check_output_file, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('runs', nargs='+', type=Path, metavar='RUN', help='folders of runs')
    parser.add_argument(
        '--metric',
        nargs='+',
        default=['accuracy/top1'],
        metavar='NAME',
        help="validation metrics, or 'train/...'",
    )
    parser.add_argument('--rule', choices=('greater', 'less'), help='which values are better')
    parser.add_argument(
        '--out',
        type=output_file,
        metavar='FILE',
        help='new figure (PNG and SVG; default: comparison.png, which is replaced); with several '
        'metrics, each name contains its metric',
    )
    return parser.parse_args()


def main() -> None:
    """Read the runs, print the tables, draw the curves."""
    args = parse_args()
    from mmlesson.apis.analysis.run_comparison import compare_runs, figure_files
    from mmlesson.runs.run import Run

    for file in figure_files(args.out, args.metric) if args.out else ():
        check_output_file('--out', file, ['.png', '.svg'])
    runs = [Run(folder) for folder in args.runs]
    for line in compare_runs(runs, args.metric, args.rule, args.out or Path('comparison.png')):
        print(line)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
