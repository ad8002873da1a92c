"""Update the chapters configs/*/README*.md: numbers and figures, from runs of their commands.

Only runs whose command, config or figures changed are trained again.

Example:
    python tools/analysis/update_course.py .
    python tools/analysis/update_course.py . --all
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('root', type=Path, help='folder that has configs and the READMEs')
    parser.add_argument('--all', action='store_true', help='train all runs again')
    return parser.parse_args()


def main() -> None:
    """Train what is not current, and print the commands and the pages that changed."""
    args = parse_args()
    from mmlesson.apis.experiments.course_update import update_course

    for line in update_course(args.root, args.all):
        print(line, flush=True)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
