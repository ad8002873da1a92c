"""Train the model of a config.

Example:
    python tools/train.py configs/cnn/cnn_digits.py
    python tools/train.py configs/mlp/mlp_digits.py --seed 1 --cfg-options train_cfg.max_epochs=5
    python tools/train.py configs/cnn/cnn_digits.py --dry-run
"""

from __future__ import annotations

import argparse
import os
import sys

from mmlesson.config.announcement import announce
from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder of the run (default: work_dirs/<config>)')
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument('--resume', nargs='?', const='auto', metavar='auto|PATH', help='resume a run')
    mode.add_argument('--dry-run', action='store_true', help='train on a few batches, keep nothing')
    mode.add_argument(
        '--overfit-batches', type=int, metavar='N', help='overfit N batches, as a check'
    )
    parser.add_argument(
        '--resume-after-stop', action='store_true', help='resume even if the run stopped early'
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='skip validation')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate with the total batch size',
    )
    parser.add_argument(
        '--verbose', action='store_true', help='print the complete log on a terminal too'
    )
    parser.add_argument('--device', help='auto, cpu, cuda, cuda:N or mps')
    parser.add_argument('--seed', type=int, help='seed of weights and of the order of samples')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key of the config',
    )
    parser.add_argument('--launcher', default='none', choices=('none', 'pytorch', 'slurm', 'mpi'))
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    if args.resume_after_stop and args.resume is None:
        parser.error('--resume-after-stop goes with --resume')
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def main() -> None:
    """Train the model of a config, or run the requested check."""
    args = parse_args()
    announce(args.config, args.launcher)
    if args.dry_run:
        from mmlesson.apis.analysis.dry_run import dry_run

        print(dry_run(args))
        return
    if args.overfit_batches is not None:
        from mmlesson.apis.analysis.overfit_batches import overfit

        print(overfit(args))
        return
    from mmlesson.engine.build import build_runner, open_run
    from mmlesson.engine.command import print_end, training_config
    from mmlesson.engine.distributed.process_group import process_group
    from mmlesson.utils.garbage import exempt_imports

    with process_group(args.launcher):
        config = training_config(args)
        exempt_imports()
        with open_run(config, args.work_dir):
            runner = build_runner(config)
            runner.train()
            print_end(runner)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
