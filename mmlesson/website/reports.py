"""Reports of runs as part of the website."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mmlesson.apis.analysis.report import write_report
from mmlesson.errors import UserError
from mmlesson.runs.run import Run
from mmlesson.runs.summary import FILE_NAME
from mmlesson.website.pages import Pages

TITLES = {'en': ('Reports', 'run', 'status', 'result'), 'zh': ('报告', '运行', '状态', '结果')}


def find_runs(folder: Path) -> list[Path]:
    """Return the runs in a folder, or the folder itself if it is a run.

    Raises:
        UserError: If there is none.
    """
    if not folder.is_dir():
        raise UserError(f'--runs must be a folder, got {folder}, which is no folder.')
    found = [run for run in (folder, *sorted(folder.iterdir())) if (run / FILE_NAME).is_file()]
    if not found:
        raise UserError(f'--runs {folder} has no runs. Name a folder such as work_dirs.')
    return found[:1] if found[0] == folder else found


def add_reports(pages: Pages, runs: Sequence[Path], scratch: Path) -> None:
    """Write the reports of runs, and add them and a list of them to the pages.

    Args:
        pages: Pages of the website.
        runs: Folders of runs.
        scratch: Folder for the reports, until the site is built.
    """
    if not runs:
        return
    title, *heads = TITLES[pages.language]
    rows = [f'# {title}', '', f'| {" | ".join(heads)} |', '|---|---|---|']
    for run in map(Run, runs):
        name = run.folder.resolve().name
        stem = _stem(name, [Path(file).stem for file in pages.files if file.startswith('reports/')])
        file = f'reports/{stem}.html'
        write_report(run, scratch / pages.language / file, pages.language)
        pages.files[file] = scratch / pages.language / file
        cells = (f'[{as_text(name)}]({stem}.html)', as_text(run.status), as_text(_result(run)))
        rows.append(f'| {" | ".join(cells)} |')
    pages.texts['reports/index.md'] = '\n'.join(rows) + '\n'
    pages.navigation.append({title: 'reports/index.md'})


def _stem(name: str, taken: Sequence[str]) -> str:
    """Return a name of letters, digits, '-' and '_' for a file that is none of ``taken``.

    Capital letters make no difference on Windows and macOS.
    """
    stem = re.sub(r'[^\w-]', '_', name)
    while stem.lower() in ('index', *map(str.lower, taken)):
        stem += '_'
    return stem


def as_text(value: str) -> str:
    """Return a text in one line of Markdown that shows it as it is; no markup in it has effect."""
    line = ' '.join(value.split())
    return re.sub(r'[^\w\s.,:;/=%+-]|_', lambda found: f'&#{ord(found[0])};', line)


def _result(run: Run) -> str:
    """Return the metrics on the test split, or else on the validation split."""
    for split in ('test', 'val'):
        metrics = (run.summary.get(split) or {}).items()
        numbers = [f'{split} {name} {value:.4g}' for name, value in metrics if _is_number(value)]
        if numbers:
            return ', '.join(numbers)
    return ''


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
