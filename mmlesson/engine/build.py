"""Open the run of a config: connect the processes, choose its folder, build its runner."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmlesson.engine import distributed
from mmlesson.engine.distributed import launcher_env
from mmlesson.engine.runner import LessonRunner
from mmlesson.registry import RUNNERS
from mmlesson.runs.checkpoint import LAST
from mmlesson.runs.work_dir import choose_work_dir, folder_of_launch


def open_run(config: Config, asked: str | None) -> None:
    """Connect the processes, choose the folder of the run, and set ``work_dir`` of the config.

    A launch that was restarted resumes the run that it had started.

    Args:
        config: As `training_config` returns it.
        asked: Folder that the command line asks for.
    """
    connect(config)
    distributed.barrier()
    chosen = _choose(config, asked) if distributed.rank() == 0 else None
    config.work_dir, restarted = distributed.broadcast(chosen)
    if restarted:
        config.resume, config.load_from = True, None


def _choose(config: Config, asked: str | None) -> tuple[str, bool]:
    """Return the folder, and whether this launch has saved a checkpoint there before."""
    launch = launcher_env.launch_id()
    if launch is not None and launcher_env.is_restart():
        folder = folder_of_launch(asked, config, launch)
        if folder is not None:
            return str(folder), (folder / LAST).exists()
    return str(choose_work_dir(asked, config, bool(config.get('resume')), launch=launch)), False


def connect(config: Config) -> None:
    """Connect the processes that a launcher started, for the device of the config."""
    timeout = (config.get('env_cfg') or {}).get('dist_cfg', {}).get('timeout')
    distributed.connect(config.device, timeout)


def build_runner(config: Config) -> LessonRunner:
    """Build the runner of a config: `LessonRunner`, unless ``runner_type`` names another."""
    init_default_scope(config.get('default_scope', 'mmlesson'))
    if 'runner_type' in config:
        runner: Any = RUNNERS.build(config)
    else:
        runner = LessonRunner.from_cfg(config)
    return runner
