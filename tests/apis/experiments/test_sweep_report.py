"""Tables and CSV files of sweeps."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mmlesson.apis.experiments.jobs import Job
from mmlesson.apis.experiments.sweep import SweepRun
from mmlesson.apis.experiments.sweep_report import (
    check_folder,
    draw_cells,
    format_cells,
    format_failures,
    group_cells,
    write_csv,
)
from mmlesson.errors import UserError

VALUES = [90.0, 95.0, 97.5]


def pair(tmp_path, seed, lr=0.1, status='completed', value=None):
    run = SweepRun({'optimizer.lr': lr}, None, Job(Path('c.py'), tmp_path, seed))
    row = {'optimizer.lr': lr, 'seed': seed, 'status': status, 'error': None}
    if value is not None:
        row['val accuracy'] = value
    return run, {**row, 'work_dir': str(tmp_path / f'seed_{seed}')}


def test_table_has_mean_and_sample_deviation(tmp_path):
    cells = group_cells([pair(tmp_path, i, value=value) for i, value in enumerate(VALUES)])
    words = format_cells(cells).splitlines()[1].split()
    numbers = [np.mean(VALUES), np.std(VALUES, ddof=1), min(VALUES), max(VALUES)]
    assert words == ['lr=0.1', 'val', 'accuracy', '3', '0', *(f'{n:.4g}' for n in numbers)]


def test_cells_count_failed_and_missing_runs(tmp_path):
    cells = group_cells(
        [
            pair(tmp_path, 0, value=90.0),
            pair(tmp_path, 1, status='failed'),
            pair(tmp_path, 0, lr=1.0, status='missing'),
        ]
    )
    assert [(cell.name, cell.failed, cell.missing) for cell in cells] == [
        ('lr=0.1', 1, 0),
        ('lr=1.0', 0, 1),
    ]
    assert 'missing' in format_cells(cells).splitlines()[0]


def test_single_run_has_no_deviation(tmp_path):
    line = format_cells(group_cells([pair(tmp_path, 0, value=90.0)])).splitlines()[1]
    assert line.split()[-3:] == ['-', '90', '90']


def test_failures_are_listed_with_their_causes(tmp_path):
    row = pair(tmp_path, 1, status='failed')[1] | {'error': 'loss is nan'}
    text = format_failures([row, pair(tmp_path, 0)[1]])
    assert text.startswith('1 of 2 runs did not finish:')
    assert text.endswith(f'{tmp_path / "seed_1"}: loss is nan')
    assert format_failures([pair(tmp_path, 0)[1]]) == ''


def test_csv_has_relative_folders_and_empty_cells(tmp_path):
    rows = [pair(tmp_path, 0, value=90.0)[1], pair(tmp_path, 1, status='failed')[1]]
    write_csv(tmp_path / 'sweep.csv', rows)
    with (tmp_path / 'sweep.csv').open(newline='') as lines:
        read = list(csv.DictReader(lines))
    assert [row['folder'] for row in read] == ['seed_0', 'seed_1']
    assert [row['val accuracy'] for row in read] == ['90.0', '']


def test_folder_of_another_sweep_is_refused(tmp_path):
    rows = [pair(tmp_path, seed)[1] for seed in range(2)]
    check_folder(tmp_path, rows)
    write_csv(tmp_path / 'sweep.csv', rows)
    check_folder(tmp_path, rows)
    with pytest.raises(UserError, match='1 of its 2 runs are not in this'):
        check_folder(tmp_path, rows[:1])


def test_nothing_is_drawn_without_a_finished_run(tmp_path):
    assert draw_cells(group_cells([pair(tmp_path, 0, status='failed')]), tmp_path / 'x') == []
