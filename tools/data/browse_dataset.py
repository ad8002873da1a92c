r"""Read the data of a config: classes, ranges, faults, and a figure of samples.

The figure has images with their labels, before and after batch augmentation; points in the plane;
or a histogram of each column of a table.

Example:
    python tools/data/browse_dataset.py configs/cnn/cnn_digits.py --out samples.png
    python tools/data/browse_dataset.py configs/mlp/mlp_table.py --check

Exit status: 0 success; 1 --check found a fault; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser, check_output_file, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--out', type=output_file, metavar='FILE', help='new .png or .svg file for the figure'
    )
    parser.add_argument(
        '--check', action='store_true', help='exit with 1 if there is a fault, one line for each'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key of the config',
    )
    return parser.parse_args()


def main() -> int:
    """Read the data, print what was found, and draw samples."""
    args = parse_args()
    if args.out:
        check_output_file('--out', args.out, ['.png', '.svg'])
    from mmlesson.apis.analysis.dataset_check import check_data
    from mmlesson.config import LoadedConfig, parse_options

    loaded = LoadedConfig.open(args.config, parse_options(args.cfg_options))
    kinds = [args.out.suffix[1:]] if args.out else []
    report = check_data(loaded.require_valid().config, args.out, kinds)
    print(report)
    if args.check and not report.faults:
        print('no fault found')
    return 1 if args.check and report.faults else 0


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
