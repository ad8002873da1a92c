"""Publish the weights of a run: a small file, named by its hash, and a model card.

The file has the weights that the run tested and the description of the data, but no state of the
training. It can be loaded by load_from in a config.

Example:
    python tools/deployment/publish.py work_dirs/cnn_digits
    python tools/train.py my_config.py --cfg-options load_from=cnn_digits-1a2b3c4d.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', metavar='RUN', help='folder of a run')
    parser.add_argument(
        '--out-dir', type=Path, metavar='FOLDER', help='output folder (default: that of the run)'
    )
    return parser.parse_args()


def main() -> None:
    """Publish, and print the file."""
    args = parse_args()
    from mmlesson.apis.deployment.publish import publish_model

    print(publish_model(args.run, args.out_dir))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
