"""Report of a sweep: table, CSV file and figure."""

from __future__ import annotations

import csv
import io
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmlesson.apis.experiments.sweep import Row, SweepRun, is_metric, short_keys
from mmlesson.errors import UserError
from mmlesson.runs.summary import FINISHED
from mmlesson.utils.atomic_file import write_text
from mmlesson.utils.text_table import format_table

CSV_NAME = 'sweep.csv'
Pair = tuple[SweepRun, Row]


@dataclass(frozen=True)
class CellStats:
    """Runs of one cell of the grid.

    Args:
        cell: Options of the cell.
        values: Values of each metric, one per finished run.
        failed: Number of runs that were started but did not finish.
        missing: Number of runs that were not started yet.
    """

    cell: Mapping[str, Any]
    values: dict[str, list[float]]
    failed: int
    missing: int = 0

    @property
    def name(self) -> str:
        """Short form of the options; 'all runs' if there is no grid."""
        shorts = short_keys(list(self.cell))
        return ', '.join(f'{shorts[key]}={value}' for key, value in self.cell.items()) or 'all runs'


def group_cells(pairs: Sequence[Pair]) -> list[CellStats]:
    """Return the cells of a sweep, in the order of their first runs."""
    groups: dict[str, list[Pair]] = {}
    for run, row in pairs:
        groups.setdefault(repr(run.cell), []).append((run, row))
    cells = []
    for group in groups.values():
        rows = [row for _, row in group if row['status'] in FINISHED]
        names = dict.fromkeys(name for row in rows for name in row if is_metric(name))
        values = {name: [row[name] for row in rows if name in row] for name in names}
        missing = sum(row['status'] == 'missing' for _, row in group)
        failed = len(group) - len(rows) - missing
        cells.append(CellStats(group[0][0].cell, values, failed, missing))
    return cells


def format_cells(cells: Sequence[CellStats]) -> str:
    """Return a table with the runs, failures, mean, std, min and max of each cell and metric.

    The sample standard deviation (n - 1) is undefined for one run. Missing runs have a column if
    there are any.
    """
    counts = ['failed', *(['missing'] if any(cell.missing for cell in cells) else [])]
    rows = [
        [
            cell.name,
            name,
            str(len(values)),
            *[str(getattr(cell, count)) for count in counts],
            *numbers,
        ]
        for cell in cells
        for name, values in (cell.values or {'-': []}).items()
        for numbers in [_numbers(values)]
    ]
    head = ['cell', 'metric', 'runs', *counts, 'mean', 'std', 'min', 'max']
    return format_table(head, rows, left=2)


def _numbers(values: Sequence[float]) -> list[str]:
    if not values:
        return ['-'] * 4
    std = f'{statistics.stdev(values):.4g}' if len(values) > 1 else '-'
    mean, least, most = (f'{statistic(values):.4g}' for statistic in (statistics.fmean, min, max))
    return [mean, std, least, most]


def format_failures(rows: Sequence[Row]) -> str:
    """Return a line per run that did not finish, with its cause; '' if all finished."""
    failed = [row for row in rows if row['status'] not in FINISHED]
    if not failed:
        return ''
    lines = [f'  {row["work_dir"]}: {row["error"] or row["status"]}' for row in failed]
    return '\n'.join([f'{len(failed)} of {len(rows)} runs did not finish:', *lines])


def check_folder(work_dir: Path, rows: Sequence[Row]) -> None:
    """Refuse a folder whose CSV file lists runs of another sweep: their rows would be lost.

    Raises:
        UserError: If it contains such runs.
    """
    file = work_dir / CSV_NAME
    if not file.is_file():
        return
    with file.open(encoding='utf-8', newline='') as lines:
        known = {row['folder'] for row in csv.DictReader(lines)}
    lost = known - {_folder(row, file) for row in rows}
    if lost:
        raise UserError(
            f'{work_dir} holds another sweep: {len(lost)} of its {len(known)} runs are not in this '
            'one. Choose another --work-dir.'
        )


def write_csv(file: Path, rows: Sequence[Row]) -> None:
    """Write one line per run, atomically; missing values are left empty.

    Folders are relative to the file, so that a sweep can be moved.
    """
    rows = [{**row, 'folder': _folder(row, file)} for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    columns.remove('work_dir')
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction='ignore', lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, text.getvalue())


def _folder(row: Row, file: Path) -> str:
    return os.path.relpath(row['work_dir'], file.parent)


def draw_cells(cells: Sequence[CellStats], path: Path) -> list[Path]:
    """Draw the first validation metric and the same test metric; return the files.

    No figure is drawn if no run has finished.
    """
    names = [name for cell in cells for name in cell.values]
    metric = next((name for name in names if name.startswith('val ')), next(iter(names), None))
    if metric is None:
        return []
    from mmlesson.visualization import draw_sweep, save_figure

    bare = metric.removeprefix('val ').removeprefix('best ').removeprefix('test ')
    wanted = (metric, f'test {bare}')
    figure = draw_sweep(
        {cell.name: {n: cell.values[n] for n in wanted if n in cell.values} for cell in cells},
        failed={cell.name: cell.failed for cell in cells},
        value_label=bare + (' (%)' if 'accuracy' in bare else ''),
        title='Each run, and mean ± 1 standard deviation',
    )
    return save_figure(figure, path)
