"""Draw the figures and animations of a run again from its folder, without training.

A run that was killed is drawn from its last checkpoint and its records.

Example:
    python tools/visualization/visualize_run.py work_dirs/cnn_digits
    python tools/visualization/visualize_run.py work_dirs/mlp_xor --figures decision_regions neurons
    python tools/visualization/visualize_run.py work_dirs/cnn_digits --figures hidden_space_tsne
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', type=Path, help='folder of a run')
    parser.add_argument(
        '--figures',
        nargs='+',
        metavar='NAME',
        help='figures (default: the animations, and all but successes, hidden_space_tsne, network, '
        'activations, losses, probabilities, convolution, perceptron_updates)',
    )
    parser.add_argument(
        '--out',
        type=Path,
        help='output folder, whose figures are replaced (default: RUN/figures)',
    )
    return parser.parse_args()


def main() -> int:
    """Draw the figures, and print which were drawn."""
    args = parse_args()
    from mmlesson.apis.analysis.finished_run import redraw
    from mmlesson.runs.run import Run
    from mmlesson.utils.garbage import exempt_imports

    exempt_imports()
    run, any_drawn = Run(args.run), False
    for line, drawn in redraw(run, args.figures, args.out or run.figures):
        print(line)
        any_drawn = any_drawn or drawn
    return 1 if args.figures and not any_drawn else 0


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
