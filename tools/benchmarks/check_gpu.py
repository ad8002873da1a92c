"""Run the checks that need a GPU: tests, throughput, CPU against GPU.

Example:
    python tools/benchmarks/check_gpu.py
    python tools/benchmarks/check_gpu.py --device cpu --seconds 2    # try it without a GPU

Prints samples per second of training for cnn_digits and for a ResNet-18 on images of 32 x 32, in
full and in mixed precision, and the largest difference of the losses of an epoch on CPU and GPU.
Exit status: 0 all checks pass, 1 a test fails or the losses differ by more than 1e-3.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser

CONFIG = str(Path(__file__).parents[2] / 'configs/cnn/cnn_digits.py')


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('--device', default='cuda', help='cuda, cuda:N or cpu')
    parser.add_argument('--seconds', type=float, default=10, help='seconds of training per case')
    parser.add_argument('--no-tests', action='store_true', help='skip the tests')
    return parser.parse_args()


def main() -> int:
    """Run the measurements and the tests; return the exit status."""
    args = parse_args()
    from mmlesson.apis.analysis.throughput import format_rates, loss_difference, measure_rates
    from mmlesson.utils.device import resolve_device

    device = str(resolve_device(args.device))
    print(format_rates(measure_rates(CONFIG, device, args.seconds)), flush=True)
    difference = loss_difference(CONFIG, 'cpu', device)
    print(f'losses of an epoch, cpu against {device}: {difference:.2g} apart (at most 1e-3)')
    status = 0 if difference <= 1e-3 else 1
    if not args.no_tests:
        import pytest

        status = status or int(pytest.main(['-m', 'gpu', 'tests']))
    return status


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
