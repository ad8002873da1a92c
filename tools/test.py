"""Evaluate a trained model on the test split.

Example:
    python tools/test.py configs/cnn/cnn_digits.py work_dirs/cnn_digits
    python tools/test.py configs/cnn/cnn_digits.py work_dirs/cnn_digits/best_accuracy_top1.pth
    python tools/test.py configs/cnn/cnn_digits.py work_dirs/cnn_digits --data my_digits/
    python tools/test.py configs/cnn/cnn_digits.py preds.pkl   # from --out-item pred; no model
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from mmlesson.config.announcement import announce
from mmlesson.utils.cli import ToolParser, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        'checkpoint',
        help='checkpoint file, folder of a run (the weights it ended with), or predictions (.pkl)',
    )
    parser.add_argument(
        '--data',
        metavar='PATH',
        help='test on this instead of the test split: a folder with a folder of images per class, '
        'or a table with the column of labels',
    )
    parser.add_argument('--work-dir', help='folder for the log (default: beside the checkpoint)')
    parser.add_argument(
        '--out', type=output_file, help='new file for the results: .json for metrics, .pkl for pred'
    )
    parser.add_argument('--out-item', choices=('metrics', 'pred'), default='metrics')
    parser.add_argument('--show-dir', help='folder for figures of the predictions')
    parser.add_argument('--tta', action='store_true', help='average over flipped images')
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument(
        '--verbose', action='store_true', help='print the complete log on a terminal too'
    )
    parser.add_argument('--device', help='auto, cpu, cuda, cuda:N or mps')
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
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def measure_elsewhere(args: argparse.Namespace) -> dict[str, Any]:
    """Return the metrics of the user's own data, or of saved predictions."""
    if args.data:
        from mmlesson.apis.inference.labelled_evaluation import measure_labelled

        return measure_labelled(args)
    from mmlesson.apis.inference.offline_evaluation import measure_predictions

    return measure_predictions(args)


def main() -> None:
    """Evaluate the checkpoint or the saved predictions, and write the results."""
    args = parse_args()
    announce(args.config, args.launcher)
    from mmlesson.engine.build import build_runner, connect
    from mmlesson.engine.command import testing_config, write_metrics
    from mmlesson.engine.distributed.process_group import process_group, rank
    from mmlesson.utils.garbage import exempt_imports

    if args.data or args.checkpoint.endswith('.pkl'):
        metrics = measure_elsewhere(args)
        print(*[f'{name}: {value}' for name, value in metrics.items()], sep='\n')
        if args.out:
            write_metrics(args.out, metrics)
        return
    with process_group(args.launcher):
        config = testing_config(args)
        exempt_imports()
        connect(config)
        metrics = build_runner(config).test()
        if args.out and args.out_item == 'metrics' and rank() == 0:
            write_metrics(args.out, metrics)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
