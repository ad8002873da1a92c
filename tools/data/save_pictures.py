"""Save the test split of a config as PNG files, to apply a trained model to them.

Training and validation do not use these images; each file name ends in the label.

Example:
    python tools/data/save_pictures.py configs/cnn/cnn_digits.py my_pictures
    python tools/deployment/predict.py work_dirs/cnn_digits my_pictures --out preds.csv
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('folder', type=Path, help='new folder for the images')
    return parser.parse_args()


def main() -> None:
    """Load the config, save the images."""
    args = parse_args()
    from mmlesson.apis.inference.export_images import save_pictures
    from mmlesson.config import LoadedConfig

    config = LoadedConfig.open(args.config).require_valid().config
    print(f'{save_pictures(config, args.folder)} images in {args.folder}')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
