"""Train lessons and check their claims.

A lesson is a config with ``expect``, a list of claims. Finished runs are not trained again, so an
interrupted check can be continued. Exit status: 0 all claims hold, 1 a claim is broken or a lesson
failed, 2 wrong usage.

Example:
    python tools/analysis/check_lessons.py
    python tools/analysis/check_lessons.py 'mlp/*xor*' --seeds 0-9 --jobs 2
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser
from mmlesson.utils.shipped import shipped_folder


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('pattern', nargs='?', default='*', help="lessons, e.g. 'mlp/*xor*'")
    parser.add_argument('--seeds', default='0', help='e.g. 0-4 or 0,3,7 (default: 0)')
    parser.add_argument(
        '--jobs', type=int, help='processes at a time (default: one per core, at most 8)'
    )
    parser.add_argument(
        '--configs',
        type=Path,
        help='folder of lessons (default: configs, or else the shipped ones)',
    )
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/lessons'))
    return parser.parse_args()


def main() -> int:
    """Train the lessons, check and print their claims, and write claims.json."""
    args = parse_args()
    if args.configs is None:
        local = Path('configs')
        args.configs = local if local.is_dir() else shipped_folder('configs')
    from mmlesson.apis.experiments.lessons import check_lessons, find_lessons, print_outcomes
    from mmlesson.apis.experiments.sweep import parse_seeds
    from mmlesson.utils.threads import count_cores

    lessons = find_lessons(args.configs, args.pattern)
    seeds = parse_seeds(args.seeds)
    jobs = min(count_cores(), 8) if args.jobs is None else args.jobs
    outcomes = check_lessons(lessons, args.configs, seeds, args.work_dir, jobs)
    print_outcomes(outcomes)
    return 0 if all(outcome['holds'] for outcome in outcomes) else 1


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
