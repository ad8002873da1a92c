r"""Print the layers of a config's model: shapes, parameters, multiply-adds, receptive fields.

Nothing is trained. An option also draws the schedule of the run.

Example:
    python tools/analysis/inspect_model.py configs/cnn/cnn_digits.py
    python tools/analysis/inspect_model.py configs/cnn/cnn_digits.py \
        --cfg-options model.backbone.pool=avg
    python tools/analysis/inspect_model.py configs/cnn/cnn_digits.py --schedule schedule.png
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser, check_output_file, output_file


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--schedule',
        type=output_file,
        metavar='FILE',
        help='new .png or .svg file for a figure of learning rate and momentum',
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action='extend',
        metavar='KEY=VALUE',
        help='override any key of the config',
    )
    return parser.parse_args()


def main() -> None:
    """Inspect the config's model, and print the table."""
    args = parse_args()
    if args.schedule:
        check_output_file('--schedule', args.schedule, ['.png', '.svg'])
    from mmlesson.apis.analysis.model_summary import format_facts, inspect_config
    from mmlesson.config import LoadedConfig, parse_options

    loaded = LoadedConfig.open(args.config, parse_options(args.cfg_options))
    config = loaded.require_valid().config
    print(format_facts(inspect_config(config)))
    if args.schedule:
        from mmlesson.apis.analysis.lr_schedule import draw_config_schedule

        print(draw_config_schedule(config, args.schedule))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
