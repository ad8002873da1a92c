"""Build what a config describes: the processes, the folder of the run, the runner."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmlesson.engine import distributed
from mmlesson.engine.runner import LessonRunner
from mmlesson.engine.work_dir import choose_work_dir, folder_of_this_launch
from mmlesson.registry import RUNNERS
from mmlesson.runs.checkpoint import LAST


def open_run(config: Config, asked: str | None) -> None:
    """Connect the processes, and put the folder of the run into the config.

    A launch that was restarted goes on with the run that it had begun.

    Args:
        config: As `training_config` gives it.
        asked: Folder that the command line asks for.
    """
    connect(config)
    distributed.barrier()
    chosen = _choose(config, asked) if distributed.rank() == 0 else None
    config.work_dir, restarted = distributed.broadcast(chosen)
    if restarted:
        config.resume, config.load_from = True, None


def _choose(config: Config, asked: str | None) -> tuple[str, bool]:
    """Return the folder, and whether this launch has saved there before."""
    begun = folder_of_this_launch(asked, config)
    if begun is not None:
        return str(begun), (begun / LAST).exists()
    return str(choose_work_dir(asked, config, bool(config.get('resume')))), False


def connect(config: Config) -> None:
    """Connect the processes that a launcher started, on the config's device."""
    timeout = (config.get('env_cfg') or {}).get('dist_cfg', {}).get('timeout')
    distributed.connect(config.device, timeout)


def build_runner(config: Config) -> LessonRunner:
    """Build the runner that a config describes, ours unless it names another."""
    init_default_scope(config.get('default_scope', 'mmlesson'))
    if 'runner_type' in config:
        runner: Any = RUNNERS.build(config)
    else:
        runner = LessonRunner.from_cfg(config)
    return runner
