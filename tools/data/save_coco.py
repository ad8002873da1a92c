"""Save the canvases of a config as a COCO dataset, and as folders that mmseg reads.

Detectors of mmdet and segmentors of mmseg can be trained on them: OUT/annotations/train.json has
the boxes and masks of the images in OUT/img_dir/train, OUT/ann_dir/train the class of each pixel.

Example:
    python tools/data/save_coco.py configs/vision/detect_digits.py data/digits_coco
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
    parser.add_argument('out', type=Path, help='new folder for the images and annotations')
    return parser.parse_args()


def main() -> None:
    """Load the config, save its splits."""
    args = parse_args()
    from mmlesson.apis.own_data.coco_files import save_coco
    from mmlesson.config import LoadedConfig

    config = LoadedConfig.open(args.config).require_valid().config
    counts = save_coco(config, args.out)
    parts = ', '.join(f'{count} {split}' for split, count in counts.items())
    print(f'{sum(counts.values())} images in {args.out} ({parts})')


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
