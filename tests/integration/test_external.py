"""The marker `external`: a test is skipped, by name, for each program that is missing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import external
import pytest
from paths import ROOT


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Return a function that puts programs of these names on an otherwise empty PATH."""
    monkeypatch.setenv('PATH', str(tmp_path))

    def install(*names: str) -> None:
        for name in names:
            (tmp_path / name).write_text('#!/bin/sh\n')
            (tmp_path / name).chmod(0o755)

    return install


def test_no_program_is_missing_if_all_are_installed(programs):
    programs('sbatch', 'srun')
    assert external.missing('sbatch', 'srun') == ''


def test_only_the_missing_program_is_named(programs):
    programs('sbatch')
    assert external.missing('sbatch', 'srun', 'mpirun') == 'srun, mpirun not installed'


@pytest.mark.parametrize(('user', 'reason'), [(0, ''), (1000, 'not run by root')])
def test_missing_rights_are_named(programs, monkeypatch, user, reason):
    programs('ip')
    monkeypatch.setattr(os, 'geteuid', lambda: user, raising=False)
    assert external.missing('ip', root=True) == reason


class Item:
    """A test with one mark, as pytest hands it to hooks."""

    def __init__(self, mark: pytest.MarkDecorator) -> None:
        self.marks = [mark.mark]

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [mark for mark in self.marks if mark.name == name]

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.marks.append(mark.mark)


def test_marked_test_without_its_program_is_skipped(programs):
    item = Item(pytest.mark.external('srun'))
    external.skip_without_programs(item)
    (skip,) = item.iter_markers('skip')
    assert skip.kwargs == {'reason': 'srun not installed'}


def test_marked_test_with_its_program_runs(programs):
    programs('srun')
    item = Item(pytest.mark.external('srun'))
    external.skip_without_programs(item)
    assert item.iter_markers('skip') == []


def test_each_mark_names_the_programs():
    files = [file for file in (ROOT / 'tests').rglob('test_*.py') if file != Path(__file__)]
    marks = [mark for file in files for mark in re.findall(r'mark\.external\b.*', file.read_text())]
    assert len(marks) >= 3
    assert [mark for mark in marks if not re.match(r"mark\.external\('", mark)] == []
