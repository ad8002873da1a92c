"""List what can be used, one line each: configs, models, datasets, hooks, figures and more.

Example:
    python tools/analysis/list_modules.py configs
    python tools/analysis/list_modules.py hooks
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser

KINDS = ('configs', 'models', 'datasets', 'hooks', 'figures', 'losses', 'metrics')


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('kind', choices=KINDS, help='what to list')
    return parser.parse_args()


def main() -> None:
    """Print each name with the first line of its description."""
    args = parse_args()
    if args.kind == 'configs':
        from mmlesson.utils.shipped import describe_configs as describe
    else:
        from functools import partial

        from mmlesson.apis.analysis.module_list import describe_modules

        describe = partial(describe_modules, args.kind)
    rows = describe()
    width = max(len(name) for name in rows)
    print(*[f'{name:{width}}  {line}' for name, line in rows.items()], sep='\n')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
