"""Opening of a run: process group, work directory and runner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmlesson.engine import distributed
from mmlesson.engine.distributed import launcher_env
from mmlesson.engine.runner import LessonRunner
from mmlesson.registry import RUNNERS
from mmlesson.runs.checkpoint import LAST
from mmlesson.runs.work_dir import choose_work_dir, folder_of_launch, locked, refuse_taken


@contextmanager
def open_run(config: Config, asked: str | None) -> Iterator[None]:
    """Connect the processes, and hold the work directory of the run, ``work_dir`` of the config.

    The folder is locked before anything is written to it, so if two runs start together in the
    same folder, one is refused. A restarted launch resumes the run that it started before.

    Args:
        config: Config, as returned by `training_config`.
        asked: ``--work-dir`` of the command line, or None.

    Raises:
        UserError: If the folder holds a run, or another process is training in it.
    """
    connect(config)
    distributed.barrier()
    with ExitStack() as held:
        chosen = _choose(config, asked, held) if distributed.rank() == 0 else None
        config.work_dir, restarted = distributed.broadcast(chosen)
        if restarted:
            config.resume, config.load_from = True, None
        yield


def _choose(config: Config, asked: str | None, held: ExitStack) -> tuple[str, bool]:
    """Lock the folder; return it, and whether this launch has already saved a checkpoint in it."""
    launch = launcher_env.launch_id()
    if launch is not None and launcher_env.is_restart():
        folder = folder_of_launch(asked, config, launch)
        if folder is not None:
            held.enter_context(locked(folder))
            return str(folder), (folder / LAST).exists()
    resume = bool(config.get('resume'))
    folder = choose_work_dir(asked, config, resume, launch=launch)
    held.enter_context(locked(folder))
    if not resume:
        refuse_taken(folder)  # another run may have ended here since the folder was chosen
    return str(folder), False


def connect(config: Config) -> None:
    """Connect the processes started by a launcher, for the device of the config."""
    timeout = (config.get('env_cfg') or {}).get('dist_cfg', {}).get('timeout')
    distributed.connect(config.device, timeout)


def build_runner(config: Config) -> LessonRunner:
    """Build the runner of a config: `LessonRunner`, unless ``runner_type`` is set."""
    init_default_scope(config.get('default_scope', 'mmlesson'))
    if 'runner_type' in config:
        runner: Any = RUNNERS.build(config)
    else:
        runner = LessonRunner.from_cfg(config)
    return runner
