"""Reports of runs as part of the website."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmlesson.apis.analysis.report import write_report
from mmlesson.errors import UserError
from mmlesson.runs.run import Run
from mmlesson.runs.summary import FILE_NAME
from mmlesson.website.pages import Pages

TITLES = {'en': ('Reports', 'run', 'status'), 'zh': ('报告', '运行', '状态')}


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
    rows = [f'# {title}', '', f'| {" | ".join(heads)} |', '|---|---|']
    for run in map(Run, runs):
        name = f'reports/{run.folder.resolve().name}.html'
        write_report(run, scratch / name)
        pages.files[name] = scratch / name
        rows.append(f'| [{run.name}]({Path(name).name}) | {run.status} |')
    pages.texts['reports/index.md'] = '\n'.join(rows) + '\n'
    pages.navigation.append({title: 'reports/index.md'})
