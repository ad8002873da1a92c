r"""Print the layers of a config's model: shapes, parameters, multiply-adds, receptive fields.

Example:
    python tools/analysis/inspect_model.py configs/cnn/cnn_digits.py
    python tools/analysis/inspect_model.py configs/cnn/cnn_digits.py \
        --cfg-options model.backbone.pool=avg
"""

from __future__ import annotations

import argparse
import sys


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--cfg-options', nargs='+', metavar='KEY=VALUE', help='override any key of the config'
    )
    return parser.parse_args()


def main() -> None:
    """Load the config, inspect its model, print the table."""
    args = parse_args()
    from mmlesson.apis.inspection import format_facts, inspect_config
    from mmlesson.config import load_config, parse_options, require_valid

    options = parse_options(args.cfg_options)
    config = load_config(args.config, options)
    require_valid(config, options)
    print(format_facts(inspect_config(config)))


if __name__ == '__main__':
    from mmlesson.errors import run_command

    sys.exit(run_command(main))
