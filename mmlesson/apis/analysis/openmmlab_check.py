"""Check of other OpenMMLab toolboxes: import, training, exact resume, early stopping.

Every training is a process of ``tools/train.py`` with a config that is derived from the toolbox's
own. See ``tools/benchmarks/check_openmmlab.py``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmlesson.errors import UserError, did_you_mean
from mmlesson.utils.text_table import format_table

CELLS = ('installed', 'imports', 'trains', 'resumes to the byte', 'stops early')
PARTS = ('models', 'datasets', 'evaluation', 'engine', 'visualization')
TIMEOUT = 600
"""Seconds after which a process counts as failed."""

LOG_EACH_ITERATION = 'default_hooks = dict(logger=dict(interval=1))'
"""Line of each derived config: its log must have all learning rates."""

_STEP = re.compile(r'((?:Epoch|Iter)\(train\) \S.*?\]) .*?\blr: (\S+)')


@dataclass(frozen=True)
class Toolbox:
    """A toolbox, and what its config trains.

    Args:
        package: Name on the package index.
        module: Name of the module, and of the config file.
        metric: Validation metric that selects the best checkpoint.
        kill_after: Iteration after which the training to resume is killed: after the first
            checkpoint, before the last.
    """

    package: str
    module: str
    metric: str
    kill_after: int = 6


TOOLBOXES = {
    'mmpretrain': Toolbox('mmpretrain', 'mmpretrain', 'accuracy/top1'),
    'mmdet': Toolbox('mmdet', 'mmdet', 'coco/bbox_mAP'),
    'mmseg': Toolbox('mmsegmentation', 'mmseg', 'mIoU'),
    'mmpose': Toolbox('mmpose', 'mmpose', 'coco/AP'),
    'mmaction2': Toolbox('mmaction2', 'mmaction', 'acc/top1'),
    'mmocr': Toolbox('mmocr', 'mmocr', 'Toy/recog/char_recall'),
}


class CheckError(Exception):
    """A check that failed; the message is the reason."""


@dataclass
class ToolboxReport:
    """Outcome of the checks of a toolbox: the text of each cell, and why cells failed."""

    name: str
    cells: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def find_toolboxes(names: Sequence[str]) -> list[Toolbox]:
    """Return the toolboxes of these names; all without a name.

    Raises:
        UserError: If a name is unknown.
    """
    for name in names:
        if name not in TOOLBOXES:
            hint = did_you_mean(name, TOOLBOXES)
            raise UserError(f'Unknown toolbox {name!r}.{hint} Known: {", ".join(TOOLBOXES)}.')
    return [TOOLBOXES[name] for name in names or TOOLBOXES]


class ToolboxCheck:
    """The checks of a toolbox, in the order of `CELLS`; each needs those before it.

    Args:
        toolbox: The toolbox.
        tools: Folder ``tools`` of the repository.
        work_dir: Folder that has the data in ``data/openmmlab``; runs are written to it.
    """

    def __init__(self, toolbox: Toolbox, tools: Path, work_dir: Path) -> None:
        self.toolbox = toolbox
        self.tools = tools
        self.work_dir = work_dir

    def installed(self) -> str:
        """Return the version that is installed."""
        try:
            return importlib.metadata.version(self.toolbox.package)
        except importlib.metadata.PackageNotFoundError:
            raise CheckError(f'{self.toolbox.package} is not installed.') from None

    def imports(self) -> str:
        """Import the parts of the toolbox in a process of their own."""
        parts = ', '.join(f'{self.toolbox.module}.{part}' for part in PARTS)
        self._run('-c', f'import mmlesson.compat, {parts}')
        return 'yes'

    def trains(self) -> str:
        """Train without an interruption; return the metric that the run's summary has."""
        summary = self._train('plain')
        _expect('status', summary['status'], 'completed')
        return _metric(self.toolbox, summary)

    def resumes(self) -> str:
        """Kill a training between two checkpoints, resume it, and compare it with `trains`."""
        imports = "[*_base_.custom_imports.imports, 'kill_hook']"
        kill = f"[dict(type='KillHook', after_iter={self.toolbox.kill_after})]"
        lines = [f'custom_imports = dict(imports={imports})', f'custom_hooks = {kill}']
        self._train('killed', lines, exit_status=-signal.SIGKILL)
        if not list(self._run_dir('killed').glob('*.pth')):
            raise CheckError('The killed run had no checkpoint yet.')
        plain, resumed = self._summary('plain'), self._train('killed', resume=True)
        for key in ('weights_sha256', 'iterations', 'best', 'val', 'status'):
            _expect(key, resumed[key], plain[key])
        kept = [_kept(self._run_dir(name)) for name in ('killed', 'plain')]
        _expect('The list of checkpoints', *kept)
        self._compare_schedules()
        return 'yes'

    def stops(self) -> str:
        """Train with early stopping; no second validation can gain enough."""
        hook = f"type='mmlesson.EarlyStoppingHook', monitor='{self.toolbox.metric}'"
        line = f'custom_hooks = [dict({hook}, patience=1, min_delta=1e6)]'
        summary = self._train('stopped', [line])
        _expect('status', summary['status'], 'early_stopped')
        return 'yes'

    def _compare_schedules(self) -> None:
        """Compare the learning rates of all iterations, of the resumed part in particular."""
        plain, both = schedules(self._run_dir('plain')), schedules(self._run_dir('killed'))
        if len(plain) != 1 or len(both) != 2 or not plain[0]:
            raise CheckError('The logs have no learning rates.')
        if plain[0].keys() <= both[1].keys():
            raise CheckError('The resumed run began again at the first iteration.')
        joined = {**both[0], **both[1]}
        for step in {**plain[0], **joined}:
            _expect(f'The learning rate at {step}', joined.get(step), plain[0].get(step))

    def _run_dir(self, name: str) -> Path:
        return self.work_dir / self.toolbox.module / name

    def _summary(self, name: str) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads((self._run_dir(name) / 'summary.json').read_text())
        return summary

    def _train(
        self,
        name: str,
        lines: Sequence[str] = (),
        *,
        resume: bool = False,
        exit_status: int = 0,
    ) -> dict[str, Any]:
        """Train with the toolbox's config and these lines; return the summary."""
        config = self._run_dir(name).with_name('resumed.py' if resume else f'{name}.py')
        base = self.tools / 'benchmarks/openmmlab' / f'{self.toolbox.module}.py'
        write_config(config, base, [LOG_EACH_ITERATION, *lines])
        command = [str(self.tools / 'train.py'), str(config), '--seed', '0', '--device', 'cpu']
        command += ['--work-dir', str(self._run_dir(name)), *(['--resume'] if resume else [])]
        self._run(*command, exit_status=exit_status)
        return {} if exit_status else self._summary(name)

    def _run(self, *arguments: str, exit_status: int = 0) -> None:
        """Run Python; its last line is the reason if it ends with another status."""
        paths = [self.tools.parent, self.tools / 'benchmarks/openmmlab/hooks']
        path = os.pathsep.join([*map(str, paths), os.environ.get('PYTHONPATH', '')])
        try:
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=self.work_dir,
                env={**os.environ, 'PYTHONPATH': path, 'OMP_NUM_THREADS': '1'},
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CheckError(f'No end after {TIMEOUT} seconds.') from None
        if done.returncode != exit_status:
            lines = done.stderr.strip().splitlines() or ['No message.']
            raise CheckError(f'{lines[-1]} (exit status {done.returncode})')


def write_config(path: Path, base: Path, lines: Sequence[str]) -> None:
    """Write a config that adds lines to another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join([f'_base_ = {str(base)!r}', *lines, '']))


def schedules(run: Path) -> list[dict[str, str]]:
    """Return the learning rate of each logged iteration, for each process that wrote to a run."""
    logs = sorted(run.glob('*/*.log'))
    return [dict(_STEP.findall(log.read_text(encoding='utf-8'))) for log in logs]


def check_toolbox(check: ToolboxCheck) -> ToolboxReport:
    """Run the checks of a toolbox; after one that fails, those that need it are not run."""
    report = ToolboxReport(check.toolbox.package)
    steps: list[Callable[[], str]] = [
        check.installed, check.imports, check.trains, check.resumes, check.stops
    ]  # fmt: skip
    for cell, step in zip(CELLS, steps, strict=True):
        if set(report.reasons) & set(CELLS[:3]):
            report.cells[cell] = '-'
            continue
        try:
            report.cells[cell] = step()
        except CheckError as err:
            report.cells[cell] = 'no'
            report.reasons[cell] = str(err)
    return report


def format_reports(reports: Sequence[ToolboxReport]) -> str:
    """Return the table of the cells, and under it a line for each that failed."""
    rows = [[report.name, *(report.cells[cell] for cell in CELLS)] for report in reports]
    reasons = [
        f'{report.name}, {cell}: {reason}'
        for report in reports
        for cell, reason in report.reasons.items()
    ]
    return '\n'.join([format_table(['toolbox', *CELLS], rows, left=len(CELLS) + 1), *reasons])


def _metric(toolbox: Toolbox, summary: dict[str, Any]) -> str:
    value = (summary['val'] or {}).get(toolbox.metric)
    if value is None:
        raise CheckError(f'The summary has no {toolbox.metric}.')
    return f'{toolbox.metric} {value:.3g}'


def _kept(run: Path) -> list[str]:
    return sorted(file.name for file in run.glob('*.pth'))


def _expect(name: str, value: Any, expected: Any) -> None:
    if value != expected:
        raise CheckError(f'{name} is {value}, not {expected}.')
