"""Write model-index.yml and the metafile.yml of each folder of configs, from the config headers.

Example:
    python tools/analysis/write_metafiles.py .
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('root', type=Path, help='folder that has the folder configs')
    return parser.parse_args()


def main() -> None:
    """Write the files, and print their names."""
    args = parse_args()
    from mmlesson.apis.experiments.model_index import model_index
    from mmlesson.utils.atomic_file import write_text

    for file, text in model_index(args.root).items():
        write_text(args.root / file, text)
        print(args.root / file)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
