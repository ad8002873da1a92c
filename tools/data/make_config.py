r"""Write a config for a table or a folder of images, and say what was guessed.

The config trains, tests and predicts as it is, and is a beginning to change. A table is a CSV, TSV
or Parquet file whose first row has the names of the columns; a folder has a folder of images for
each class, or such folders in train, val and test.

Example:
    python tools/data/make_config.py my_table.csv
    python tools/data/make_config.py my_table.csv --label quality --encoding gbk --out quality.py
    python tools/data/make_config.py my_images/ --out my_images.py
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('path', type=Path, metavar='PATH', help='table, or folder of images')
    parser.add_argument(
        '--out',
        type=output_file,
        metavar='FILE',
        help='new .py file (default: a name after PATH, in the current directory)',
    )
    parser.add_argument('--label', metavar='COLUMN', help='label column of a table')
    parser.add_argument(
        '--encoding', default='utf-8', help='encoding of a text file, such as gbk (default: utf-8)'
    )
    return parser.parse_args()


def main() -> None:
    """Write the config, and print the guesses."""
    args = parse_args()
    from mmlesson.apis.own_data.make_config import make_config

    file, notes = make_config(args.path, args.out, args.label, args.encoding)
    print(*notes, sep='\n')
    print(f'{file}: train it by mmlesson train {shlex.quote(str(file))}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
