"""Copy a config, to change it: a new file that inherits its values, with each one as a comment.

Example:
    python tools/data/copy_config.py configs/cnn/cnn_digits.py
    python tools/data/copy_config.py configs/cnn/cnn_digits.py --out my_cnn.py
    python tools/train.py my_cnn.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config to copy')
    parser.add_argument(
        '--out', type=output_file, help='new file (default: its name, in this folder)'
    )
    return parser.parse_args()


def main() -> None:
    """Write the new file, and print its name."""
    args = parse_args()
    from mmlesson.config.inheriting_copy import inheriting_copy
    from mmlesson.config.source_files import resolve_config_path
    from mmlesson.utils.atomic_file import write_text
    from mmlesson.utils.cli import check_output_file

    out = args.out or Path(resolve_config_path(args.config).with_suffix('.py').name)
    check_output_file('--out', out, ['.py'])
    write_text(out, inheriting_copy(args.config, out))
    print(f'{out} inherits from {args.config}. Change it, then: mmlesson train {out}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
