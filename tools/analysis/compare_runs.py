"""Compare runs by a metric: print a table and draw the curves in one figure.

Runs whose configs differ only in the seed are averaged, with a band of one standard deviation. With
--surface, runs of one model that differ in their optimizer are drawn on one loss surface instead.

Example:
    python tools/analysis/compare_runs.py work_dirs/mlp_digits work_dirs/cnn_digits
    python tools/analysis/compare_runs.py work_dirs/fit_* --metric loss train/loss --out fit.png
    python tools/analysis/compare_runs.py work_dirs/descent_* --surface --out descents.png
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
        metavar='NAME',
        help="validation metrics, or 'train/...' (default: accuracy/top1)",
    )
    parser.add_argument(
        '--surface',
        action='store_true',
        help='draw the paths of the weights on the loss surface that the runs share, as a figure '
        'and as a film (HTML and GIF); no table',
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
    from mmlesson.apis.analysis.run_comparison import (
        compare_runs,
        draw_surface,
        figure_files,
        surface_files,
    )
    from mmlesson.errors import UserError
    from mmlesson.runs.run import Run

    if args.surface and (args.metric or args.rule):
        raise UserError('--surface draws the training loss: leave out --metric and --rule.')
    out, metrics = args.out or Path('comparison.png'), args.metric or ['accuracy/top1']
    files = surface_files(out) if args.surface else figure_files(out, metrics)
    for file in files if args.out else ():
        check_output_file('--out', file, ['.png', '.svg', '.html', '.gif'])
    runs = [Run(folder) for folder in args.runs]
    lines = draw_surface(runs, out) if args.surface else None
    for line in lines or compare_runs(runs, metrics, args.rule, out):
        print(line)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
