"""Build the website of the course: chapters, figures and documentation, for any web server.

The site needs no network, and its index.html can be opened as a file. It has a search, a switch of
the language, and light and dark colours. It needs pip install "mmlesson[course]".

Example:
    python tools/analysis/build_course.py site
    python tools/analysis/build_course.py site --lang zh
    python tools/analysis/build_course.py site --runs work_dirs
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('out', type=Path, help='folder of the site, which is new or empty')
    parser.add_argument('--lang', choices=('en', 'zh'), help='only this language (default: both)')
    parser.add_argument(
        '--runs', type=Path, metavar='DIR', help='folder of runs, whose reports are added'
    )
    return parser.parse_args()


def main() -> None:
    """Build the site, and print the file to open."""
    args = parse_args()
    from mmlesson.utils.shipped import shipped_folder
    from mmlesson.website.build import build_site
    from mmlesson.website.pages import LANGUAGES
    from mmlesson.website.reports import find_runs

    runs = find_runs(args.runs) if args.runs else []
    languages = [args.lang] if args.lang else list(LANGUAGES)
    print(build_site(shipped_folder('configs').parent, args.out, languages, runs))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
