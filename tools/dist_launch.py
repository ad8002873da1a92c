"""Start a tool in several processes with torchrun; exit with the status of the first to fail.

torchrun itself always fails with its own traceback; this tool shows only that of the process that
failed. It also works without a shell.

Example:
    python tools/dist_launch.py 2 tools/train.py configs/mlp/mlp_digits.py --device cpu
    NNODES=2 NODE_RANK=0 MASTER_ADDR=10.0.0.1 PORT=29500 \
        python tools/dist_launch.py 8 tools/train.py configs/cnn/cnn_digits.py --max-restarts 3

Environment variables for several machines: NNODES, NODE_RANK, MASTER_ADDR and PORT. On a single
machine, a free port is chosen by default.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from mmlesson.errors import UserError, check_int
from mmlesson.utils.cli import ToolParser
from mmlesson.utils.threads import VARIABLE, cores_per_process


def parse_args() -> tuple[argparse.Namespace, list[str]]:
    """Return our own arguments, and the tool's."""
    parser = ToolParser(__doc__)
    parser.add_argument('processes', type=int, help='number of processes on this machine')
    parser.add_argument('tool', help='Python file of the tool')
    parser.add_argument(
        '--max-restarts',
        type=int,
        default=0,
        help='restarts from the last checkpoint after a failure',
    )
    return parser.parse_known_args()


def torchrun_words(args: argparse.Namespace, env: dict[str, str]) -> list[str]:
    """Return torchrun's own arguments."""
    nodes, rank = _number(env, 'NNODES', 1, 1), _number(env, 'NODE_RANK', 0, 0)
    port = _number(env, 'PORT', 29500, 1, 65535)
    words = [f'--nproc-per-node={args.processes}', f'--max-restarts={args.max_restarts}']
    words.append('--monitor-interval=0.02')  # seconds until an end is noticed
    if nodes == 1 and 'PORT' not in env:
        return ['--standalone', *words]  # at a free port
    address = env.get('MASTER_ADDR', '127.0.0.1')
    return [
        *words,
        f'--nnodes={nodes}',
        f'--node-rank={rank}',
        f'--master-addr={address}',
        f'--master-port={port}',
    ]


def _number(
    env: dict[str, str], name: str, default: int, minimum: int, maximum: int = 2**31
) -> int:
    """Return a whole number out of the environment."""
    text = env.get(name, str(default))
    is_whole = text.isascii() and text.isdigit() and len(text) < 20
    if not is_whole or not minimum <= int(text) <= maximum:
        raise UserError(
            f'{name} must be a whole number from {minimum} to {maximum}, got {text[:40]!r}.'
        )
    return int(text)


def main() -> int:
    """Run torchrun; return the first failed process's status, as a shell would."""
    args, words = parse_args()
    if args.processes < 1 or not Path(args.tool).is_file():
        raise UserError(
            f'dist_launch takes the number of processes, from 1, and the file of a tool, got '
            f'{args.processes} and {args.tool}.'
        )
    check_int('dist_launch', '--max-restarts', args.max_restarts, minimum=0)
    launch = [*torchrun_words(args, dict(os.environ)), args.tool, *words]
    os.environ.setdefault(VARIABLE, str(cores_per_process(args.processes)))

    from torch.distributed import DistNetworkError
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main as torchrun

    try:
        torchrun(launch)
    except ChildFailedError as err:
        rank, failure = err.get_first_failure()
        status = failure.exitcode
        print(f'rank {rank} ended first, with status {status}.', file=sys.stderr)
        return 128 - status if status < 0 else status
    except SignalException as err:
        return 128 + int(err.sigval)
    except DistNetworkError as err:
        raise UserError(
            f'The processes cannot meet at MASTER_ADDR and PORT: {str(err).splitlines()[0][:200]}. '
            'Choose another PORT.'
        ) from err
    return 0


if __name__ == '__main__':
    from mmlesson.utils.cli import run_command

    sys.exit(run_command(main))
