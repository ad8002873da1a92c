r"""Export the model of a run to ONNX, TorchScript, torch's .pt2 or safetensors.

Preprocessing statistics and softmax are part of the model, which takes batches of any size; for a
detector and the like so is the decoding, and its outputs are boxes, masks, keypoints or pixels. It
is compared with torch on the validation split before the file is written; class names and a
description of the inputs and outputs are in its metadata, and a model card is written beside it.

Example:
    python tools/deployment/export.py work_dirs/cnn_digits --format onnx
    python tools/deployment/export.py work_dirs/cnn_digits --format onnx --quantize int8 \
        --out digits_int8.onnx
    python tools/deployment/predict.py digits_int8.onnx my_digit.png

Exit status: 0 success; 1 the model cannot be exported, or differs from torch; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser, output_file

FORMATS = ('onnx', 'torchscript', 'pt2', 'safetensors')


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('run', metavar='RUN', help='folder of a run')
    parser.add_argument(
        '--format', choices=FORMATS, default='onnx', help='file format (default: %(default)s)'
    )
    parser.add_argument(
        '--quantize', choices=['int8'], help='8-bit integers, with the accuracy before and after'
    )
    parser.add_argument(
        '--out',
        type=output_file,
        metavar='FILE',
        help='new file (default: named after the config, in the folder of the run)',
    )
    return parser.parse_args()


def main() -> None:
    """Export, and print what was measured."""
    args = parse_args()
    from mmlesson.apis.deployment.export import export_model

    print(export_model(args.run, args.format, args.out, args.quantize))


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
