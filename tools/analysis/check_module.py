"""Check a module of your own, or a config, stage by stage.

A module is put into a small config that suits its kind. Stages: it builds; one step of training;
the loss falls on one batch; a batch of one and one that is not full; save and load; CPU, GPU and
mixed precision; gradients; exact resume after a kill; two processes; export to ONNX.

Example:
    python tools/analysis/check_module.py MyNet --imports my_net
    python tools/analysis/check_module.py mmpretrain.ResNet_CIFAR --args depth=18 --fast
    python tools/analysis/check_module.py my_config.py

Exit status: 0 every stage passes or is skipped; 1 a stage fails; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('name', metavar='NAME|CONFIG', help='registered name, or config')
    parser.add_argument(
        '--imports', nargs='+', default=[], metavar='MODULE', help='modules that register the name'
    )
    parser.add_argument(
        '--args', nargs='+', default=[], metavar='KEY=VALUE', help='arguments of the module'
    )
    parser.add_argument(
        '--fast', action='store_true', help='leave out the last three stages, which need a run'
    )
    return parser.parse_args()


def main() -> int:
    """Print the result of each stage."""
    args = parse_args()
    from mmlesson.apis.module_check.check import CHEAP, STAGES, check_module
    from mmlesson.config import parse_options

    failed = 0
    stages = CHEAP if args.fast else STAGES
    arguments = parse_options(args.args, '--args')
    for result in check_module(args.name, arguments, args.imports, stages):
        print(result, flush=True)
        failed += result.status == 'FAIL'
    print('no stage failed' if not failed else f'{failed} stage(s) failed')
    return 1 if failed else 0


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
