"""A short run for the check of a module, in a process of its own; it can kill itself."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any

from mmengine.hooks import Hook

from mmlesson.config import parse_options
from mmlesson.engine.build import build_runner, open_run
from mmlesson.engine.command import training_config
from mmlesson.utils.cli import ToolParser, run_command


class KillHook(Hook):
    """Kills the process in the second epoch, after its first step."""

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Kill, if the epoch is the second."""
        if runner.epoch == 1:
            os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = ToolParser(__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('work_dir', help='folder of the run')
    parser.add_argument('--kill', action='store_true', help='kill the process in the second epoch')
    parser.add_argument('--resume', action='store_true', help='continue the run')
    return parser.parse_args()


def main() -> None:
    """Train for a few epochs."""
    from mmlesson.apis.module_check.run_stages import EPOCHS, short_options

    args = parse_args()
    flags = dict.fromkeys(('amp', 'no_validate', 'auto_scale_lr', 'resume_after_stop'), False)
    command = argparse.Namespace(
        config=args.config,
        seed=None,
        cfg_options=parse_options(short_options(EPOCHS)),
        device='cpu',
        launcher='none',
        resume='auto' if args.resume else None,
        **flags,
    )
    config = training_config(command)
    with open_run(config, args.work_dir):
        runner = build_runner(config)
        if args.kill:
            runner.register_hook(KillHook())
        runner.train()


if __name__ == '__main__':
    sys.exit(run_command(main))
