r"""Print a config merged with its bases, with the file and line that set each value.

Issues that the config check finds are printed below it, and the exit status is then 2.

Example:
    python tools/analysis/print_config.py configs/cnn/cnn_digits.py
    python tools/analysis/print_config.py configs/cnn/cnn_digits.py --diff \
        --cfg-options optim_wrapper.optimizer.lr=0.01
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file, or mmpretrain::FOLDER/FILE.py')
    parser.add_argument(
        '--diff', action='store_true', help='print only what differs from the bases'
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
    """Print the config, and check it."""
    args = parse_args()
    from mmlesson.config import LoadedConfig, parse_options

    loaded = LoadedConfig.open(args.config, parse_options(args.cfg_options))
    print(loaded.explain(only_differences=args.diff), flush=True)
    loaded.require_valid()


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
