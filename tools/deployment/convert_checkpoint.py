"""Convert a checkpoint of mmengine's runner to plain data, so that mmlesson can load it.

No code from the file is run: tensors, numbers and text are read, everything else is left out.

Example:
    python tools/deployment/convert_checkpoint.py work_dirs/old/epoch_12.pth epoch_12_plain.pth
    python tools/train.py my_config.py --cfg-options load_from=epoch_12_plain.pth
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser, output_file


def parse_args() -> argparse.Namespace:
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('source', type=Path, help='checkpoint of another runner')
    parser.add_argument('target', type=output_file, help='file to write')
    return parser.parse_args()


def main() -> None:
    """Convert, and print what was left out."""
    args = parse_args()
    from mmlesson.runs.foreign_checkpoint import convert_checkpoint

    count, left_out = convert_checkpoint(args.source, args.target)
    print(f'{count} tensors in {args.target}')
    if left_out:
        print(f'left out: {", ".join(left_out)}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
