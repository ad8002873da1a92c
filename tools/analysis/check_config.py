"""Check configs: report the mistakes in each, then train it on a few batches and keep nothing.

Example:
    python tools/analysis/check_config.py configs/cnn/cnn_digits.py
    python tools/analysis/check_config.py my_cnn.py my_mlp.py --no-run

Exit status: 0 all configs are right, 2 one has a mistake.
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('configs', nargs='+', metavar='config', help='config file or name')
    parser.add_argument('--no-run', action='store_true', help='only read the config; build nothing')
    parser.add_argument('--device', help='auto, cpu, cuda, cuda:N or mps')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key of the configs',
    )
    return parser.parse_args()


def main() -> int:
    """Check the configs one by one; return 2 if one of them has a mistake."""
    args = parse_args()
    from mmlesson.apis.analysis.config_check import check_config
    from mmlesson.errors import UserError

    status = 0
    for config in args.configs:
        try:
            print(check_config(config, args.cfg_options, args.device, run=not args.no_run))
        except UserError as err:
            print(f'error: {err}', file=sys.stderr)
            status = err.status
    return status


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
