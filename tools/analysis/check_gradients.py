r"""Compare autograd with central differences, in float64, for every parameter of a config's model.

Example:
    python tools/analysis/check_gradients.py configs/mlp/mlp_backprop.py
    python tools/analysis/check_gradients.py configs/cnn/cnn_digits.py --tolerance 1e-5 \
        --cfg-options model.backbone.activation=Tanh

Exit status: 0 all gradients are right; 1 a gradient is wrong, and its layer is named; 2 wrong
usage.
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--tolerance', type=float, default=1e-4, help='largest relative error that passes'
    )
    parser.add_argument(
        '--max-entries',
        type=int,
        default=20,
        metavar='N',
        help='check larger parameters at N random entries, from a fixed seed (default: 20)',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key of the config',
    )
    return parser.parse_args()


def main() -> None:
    """Check the gradients of the config's model, and print the table."""
    args = parse_args()
    from mmlesson.apis.analysis.gradient_check import check_config_gradients, format_checks
    from mmlesson.config import LoadedConfig, parse_options
    from mmlesson.errors import RunError

    loaded = LoadedConfig.open(args.config, parse_options(args.cfg_options))
    config = loaded.require_valid().config
    report = check_config_gradients(config, args.tolerance, args.max_entries)
    print(format_checks(report, args.tolerance))
    if report.faults:
        raise RunError('\nerror: '.join(report.faults))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
