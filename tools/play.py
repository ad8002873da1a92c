"""Open the playground: a page in the browser on which networks train live.

The page shows points in the plane, the perceptron's mistakes, and, of a run of images, what the
network makes of a drawn picture: its class, or the boxes, pixels or keypoints in it. The network in
the plane is a config, which can be downloaded and trained. The server is reached from this machine
only, unless --host says otherwise.

Example:
    python tools/play.py
    python tools/play.py configs/mlp/mlp_moons.py --lang zh
    python tools/play.py --run work_dirs/cnn_digits work_dirs/detect_digits --no-browser
"""

from __future__ import annotations

import argparse
import sys

from mmlesson.utils.cli import ToolParser


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument(
        'config',
        nargs='?',
        default='mlp/mlp_xor',
        help='config to start with (default: %(default)s)',
    )
    parser.add_argument(
        '--run',
        nargs='+',
        default=[],
        metavar='FOLDER',
        help='run of images: of classification, of a vision task, or one of each',
    )
    parser.add_argument('--lang', choices=('en', 'zh'), help="language (default: the browser's)")
    parser.add_argument('--host', default='127.0.0.1', help='address (default: %(default)s)')
    parser.add_argument('--port', type=int, default=7860, help='port (default: %(default)s)')
    parser.add_argument('--no-browser', action='store_true', help='do not open the browser')
    return parser.parse_args()


def main() -> None:
    """Serve the playground until Ctrl-C."""
    args = parse_args()
    from mmlesson.play.server import serve

    serve(args.config, args.run, args.lang, args.host, args.port, not args.no_browser)


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
