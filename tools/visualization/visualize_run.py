"""Draw the figures and films of a run again, from its folder; nothing is trained.

Of a run that was killed it draws what its last checkpoint and its records hold.

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
    """Return the command line, parsed."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', type=Path, help='folder of a run')
    parser.add_argument(
        '--figures',
        nargs='+',
        metavar='NAME',
        help='which (default: all but successes and hidden_space_tsne, and the films)',
    )
    parser.add_argument('--out', type=Path, help='folder for them (default: RUN/figures)')
    return parser.parse_args()


def main() -> int:
    """Read the run, draw, and say what was drawn and what was not."""
    args = parse_args()
    from mmlesson.errors import check_choice
    from mmlesson.visualization.figures.catalogue import FIGURES, draw_figures
    from mmlesson.visualization.figures.on_request import ALL_FIGURES

    for name in args.figures or ():
        check_choice('visualize_run', '--figures', name, ALL_FIGURES)
    from mmlesson.apis.analysis.finished_run import read_figure_context
    from mmlesson.visualization import save_figure
    from mmlesson.visualization.figures.animations import write_kept_films

    drawn, folder, subject = 0, args.out or args.run / 'figures', read_figure_context(args.run)
    for name, result in draw_figures(subject, args.figures or FIGURES, ALL_FIGURES):
        if isinstance(result, str):
            print(f'{name}: not drawn, {result}')
            continue
        for file, figure in result.items():
            paths = save_figure(figure, folder / file)
            print(f'{name}: {paths[0]} and {paths[1].suffix}')
            drawn += 1
    for path in [] if args.figures else write_kept_films(subject, folder):
        print(f'film: {path}')
    asked_in_vain = args.figures and not drawn
    return 1 if asked_in_vain else 0


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
