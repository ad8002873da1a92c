r"""Train one config many times, over seeds, a grid of options or folds, and tabulate the runs.

A run that fails does not stop the others. Run again, the same command trains only the missing
runs. The folder contains the runs, sweep.csv with a row per run, and the figure sweep.png.

Example:
    python tools/sweep.py configs/mlp/mlp_digits.py --seeds 0-9 --jobs 2
    python tools/sweep.py configs/mlp/mlp_digits.py --seeds 0-4 \
        --grid optim_wrapper.optimizer.lr=0.1,0.01 --grid "model.backbone.hidden_sizes=(8,),(64,)"
    python tools/sweep.py configs/cnn/cnn_digits.py --folds 5
    python tools/sweep.py configs/mlp/mlp_digits.py --seeds 0-2 --trials 20 \
        --search optim_wrapper.optimizer.lr=1e-4..1:log
    python tools/sweep.py configs/cnn/cnn_digits.py --seeds 0-9 --slurm PARTITION   # submit
    python tools/sweep.py configs/cnn/cnn_digits.py --seeds 0-9                     # collect

Exit status: 0 all runs finished; 1 some failed or are missing; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument('--seeds', default='0', help='e.g. 0-4 or 0,3,7 (default: 0)')
    parser.add_argument(
        '--grid', nargs='+', action='extend', metavar='KEY=VALUE,VALUE', help='every combination'
    )
    parser.add_argument('--folds', type=int, default=0, help='cross-validate over stratified folds')
    parser.add_argument(
        '--search',
        nargs='+',
        action='extend',
        metavar='KEY=LOW..HIGH[:log]',
        help='let Optuna choose values (pip install "mmlesson[search]")',
    )
    parser.add_argument(
        '--trials', type=int, default=20, help='total trials of a search (default: 20)'
    )
    parser.add_argument('--jobs', type=int, default=1, help='processes, or SLURM tasks, at a time')
    parser.add_argument('--work-dir', type=Path, help='default: work_dirs/<config>_sweep')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key, for all runs',
    )
    parser.add_argument(
        '--slurm', metavar='PARTITION', help='submit a job array; SBATCH_… variables set its limits'
    )
    parser.add_argument('--only', type=int, metavar='INDEX', help='train only run INDEX')
    return parser.parse_args()


def main() -> int:
    """Train the missing runs, print the table, write the CSV file and the figure."""
    args = parse_args()
    from mmlesson.apis.experiments.sweep_command import sweep

    return sweep(args, [sys.executable, *sys.argv])


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
