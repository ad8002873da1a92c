"""Check of a module or a config, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.apis.analysis.build import scratch_folder
from mmlesson.apis.module_check import run_stages, stages
from mmlesson.apis.module_check.default_config import config_of_module
from mmlesson.apis.module_check.stages import SkipStageError, Subject
from mmlesson.apis.training import undisturbed
from mmlesson.config.source_files import locate_config
from mmlesson.errors import UserError, cut, locate
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.shipped import find_config

Stage = Callable[[Subject], str]

CHEAP: dict[str, Stage] = {
    'builds': stages.builds,
    'one step': stages.one_step,
    'loss falls': stages.loss_falls,
    'batch of one, odd tail': stages.batch_sizes,
    'save and load': stages.saves_and_loads,
    'CPU, GPU, AMP': stages.devices,
    'gradients': stages.gradients,
}
"""Stages within one process, in seconds."""

STAGES: dict[str, Stage] = {
    **CHEAP,
    'exact resume': run_stages.resumes_exactly,
    'two processes': run_stages.two_processes,
    'export': run_stages.exports,
}
"""All stages."""


@dataclass(frozen=True)
class Result:
    """Result of a stage.

    Args:
        stage: Name of the stage.
        status: 'pass', 'FAIL' or 'skip'.
        reason: What was found, in one line.
    """

    stage: str
    status: str
    reason: str

    def __str__(self) -> str:
        return f'{self.status}  {self.stage:22}  {self.reason}'


def check_module(
    name: str,
    arguments: dict[str, Any] | None = None,
    imports: Sequence[str] = (),
    chosen: Mapping[str, Stage] = STAGES,
) -> Iterator[Result]:
    """Check a module or a config, and yield the result of each stage as soon as it is known.

    If the first stage fails, there is nothing that the others could check, and they are left out.

    Args:
        name: Registered name, which is put into a small config, or a config.
        arguments: Arguments of the module, by name.
        imports: Modules to import before the name is looked up.
        chosen: Stages by name, `STAGES` or some of them.

    Raises:
        UserError: If there is neither such a module nor such a config.
    """
    with scratch_folder() as folder, undisturbed():
        subject = Subject(_config_file(name, arguments or {}, imports, folder), folder)
        for stage, check in chosen.items():
            result = _result(stage, check, subject)
            yield result
            if stage == 'builds' and result.status == 'FAIL':
                return


def _result(stage: str, check: Stage, subject: Subject) -> Result:
    try:
        return Result(stage, 'pass', check(subject))
    except SkipStageError as err:
        return Result(stage, 'skip', str(err))
    except UserError as err:
        return Result(stage, 'FAIL', cut(' '.join(str(err).split()), 400))
    except Exception as err:  # a module can raise any error
        return Result(stage, 'FAIL', cut(locate(err), 400))


def _config_file(
    name: str, arguments: dict[str, Any], imports: Sequence[str], folder: Path
) -> Path:
    """Return the file of a config, or write one for a module."""
    is_config = '::' in name or name.endswith('.py') or '/' in name or find_config(name).is_file()
    if is_config:
        if arguments or imports:
            raise UserError('--args and --imports are for a module. Set them in the config.')
        return locate_config(name)
    found = config_of_module(name, arguments, imports)
    if isinstance(found, Path):
        return found
    file = folder / 'check.py'
    write_text(file, found)
    return file
