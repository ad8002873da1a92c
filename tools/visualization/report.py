"""Write the report of a run: one HTML file that needs no network.

It shows the images and animations in RUN/figures; visualize_run.py draws missing ones.

Example:
    python tools/visualization/report.py work_dirs/cnn_digits
    python tools/visualization/report.py work_dirs/cnn_digits --lang zh
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser, check_output_file, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', type=Path, help='folder of a run')
    parser.add_argument(
        '--out',
        type=output_file,
        metavar='FILE',
        help='new .html file (default: RUN/report.html, or RUN/report_zh-CN.html in Chinese, '
        'which is replaced)',
    )
    parser.add_argument('--lang', choices=('en', 'zh'), default='en', help='language (default: en)')
    return parser.parse_args()


def main() -> None:
    """Write the report, and print its path."""
    args = parse_args()
    from mmlesson.apis.analysis.report import write_report
    from mmlesson.runs.run import Run

    run = Run(args.run)
    if args.out:
        check_output_file('--out', args.out, ['.html'])
    name = 'report_zh-CN.html' if args.lang == 'zh' else 'report.html'
    file = run.folder / name if args.out is None else args.out
    write_report(run, file, args.lang)
    print(file)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
