"""Start a project of your own, or one module of it, from a template that runs as it is.

A project is a package with a backbone, a dataset, a hook, a metric, a loss and a visual back end,
a config that uses them, and tests. A module is one file in the current folder.

Example:
    python tools/new.py project my_project
    python tools/new.py backbone MyNet
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser

KINDS = ('project', 'backbone', 'dataset', 'hook', 'metric', 'loss', 'backend')


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('kind', choices=KINDS, help='what to write')
    parser.add_argument('name', help='folder of the project, or name of the class')
    parser.add_argument(
        '--name',
        dest='package',
        metavar='PACKAGE',
        help='name of the package of a project (default: that of its folder)',
    )
    return parser.parse_args()


def main() -> None:
    """Write the files, and print how to use them."""
    args = parse_args()
    from mmlesson.apis.scaffold.names import KINDS as LINES
    from mmlesson.apis.scaffold.new_module import new_module, new_project
    from mmlesson.errors import UserError

    if args.kind == 'project':
        files = new_project(Path(args.name), args.package)
        print(f'{args.name}: {len(files)} files. Train, and run the tests:')
        folder = shlex.quote(args.name)
        print(f'    cd {folder} && mmlesson train configs/bars.py && python -m pytest')
        return
    if args.package is not None:
        raise UserError('--name is the name of a package: give it with "new project".')
    file = new_module(args.kind, args.name, Path())
    print(f'{file} has the class {args.name}. Change it, and use it in a config of this folder:')
    print(f"    custom_imports = dict(imports=['{file.stem}'])")
    print(f'    {LINES[args.kind][1].format(name=args.name)}')
    print(f'Test it: mmlesson check-module {args.name} --imports {file.stem}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
