"""Lessons: configs with claims, which are trained and checked."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from mmlesson.apis.experiments.jobs import Job
from mmlesson.apis.experiments.workers import run_jobs
from mmlesson.config import LoadedConfig
from mmlesson.datasets.build import missing_files
from mmlesson.errors import ArgumentError, UserError, check_int
from mmlesson.runs.claims import Claim, Outcome, check_claim
from mmlesson.runs.summary import FINISHED
from mmlesson.utils.atomic_file import write_text

Summaries = dict[str, dict[int, dict[str, Any]]]
"""Summaries by lesson and seed."""


def find_lessons(folder: Path, pattern: str) -> dict[str, list[Claim]]:
    """Return the claims of each lesson whose path relative to ``folder`` matches ``pattern``.

    Lessons whose data are not on this machine are left out with a message.

    Raises:
        UserError: If no config matches, no match has ``expect``, or a config is not valid; or if
            the data of all of them are missing.
    """
    pattern = pattern.removesuffix('.py') + '.py'
    files = [file for file in sorted(folder.glob(f'**/{pattern}')) if '_base_' not in file.parts]
    if not files:
        raise UserError(f'No config under {folder} matches {pattern!r}.')
    claims, skipped = {}, []
    for file in files:
        loaded = LoadedConfig.open(file)
        try:
            found = [Claim.from_config(entry) for entry in loaded.config.get('expect') or ()]
        except ArgumentError as err:
            raise ArgumentError(f'{file}: {err}') from err
        if not found:
            continue
        loaded.require_valid()  # before any lesson is trained
        lesson = file.relative_to(folder).as_posix()
        if missing := missing_files(loaded.config):
            skipped.append(f'{lesson} is skipped: {missing[0]} is missing. Train it once.')
        else:
            claims[lesson] = found
    if skipped:
        print(*skipped, sep='\n')
    if not claims and skipped:
        raise UserError(f'The data of all lessons that match {pattern!r} are missing.')
    if not claims:
        raise UserError(f'None of the {len(files)} configs that match {pattern!r} has `expect`.')
    return claims


def check_lessons(
    lessons: dict[str, list[Claim]],
    folder: Path,
    seeds: Sequence[int],
    work_dir: Path,
    workers: int = 1,
) -> list[dict[str, Any]]:
    """Train the runs that the claims need, check the claims, and write ``claims.json``.

    Args:
        lessons: Claims by lesson, as returned by `find_lessons`.
        folder: Folder of the configs.
        seeds: Seeds that each lesson is trained with.
        work_dir: Folder for the runs and ``claims.json``.
        workers: Number of processes at a time.

    Returns:
        One dict per claim: lesson, claim, observed, holds.
    """
    check_int('check_lessons', 'jobs', workers)
    others = {entry.lesson for claims in lessons.values() for entry in claims if entry.lesson}
    summaries = _train_all(sorted({*lessons, *others}), folder, seeds, work_dir, workers)
    outcomes = []
    for lesson, claims in lessons.items():
        for claim in claims:
            outcome = _check(claim, lesson, summaries)
            outcomes.append({'lesson': lesson, **vars(outcome)})
    text = json.dumps({'seeds': list(seeds), 'claims': outcomes}, indent=2, ensure_ascii=False)
    write_text(work_dir / 'claims.json', text + '\n')
    return outcomes


def _train_all(
    lessons: Sequence[str], folder: Path, seeds: Sequence[int], work_dir: Path, workers: int
) -> Summaries:
    jobs = []
    for lesson in lessons:
        if not (folder / lesson).is_file():
            raise UserError(f'A claim compares with {lesson}, but there is no {folder / lesson}.')
        runs = work_dir / lesson.removesuffix('.py')
        jobs += [Job(folder / lesson, runs, seed) for seed in seeds]
    work_dir.mkdir(parents=True, exist_ok=True)
    summaries: Summaries = {lesson: {} for lesson in lessons}
    start = time.perf_counter()
    for done, (job, summary) in enumerate(run_jobs(jobs, workers), start=1):
        lesson = job.config.relative_to(folder).as_posix()
        summaries[lesson][job.seed] = summary
        seconds = time.perf_counter() - start
        state = summary['error'] if summary['status'] not in FINISHED else summary['status']
        print(f'{done}/{len(jobs)} {lesson} seed {job.seed}: {state} ({seconds:.0f} s)', flush=True)
    return summaries


def _check(claim: Claim, lesson: str, summaries: Summaries) -> Outcome:
    own = [summaries[lesson][seed] for seed in sorted(summaries[lesson])]
    runs = summaries[claim.lesson] if claim.lesson else {}
    other = [runs[seed] for seed in sorted(runs)]
    failed = next(
        (summary for summary in [*own, *other] if summary['status'] not in FINISHED), None
    )
    if failed is not None:
        return Outcome(str(claim), f'{failed["config"]} {failed["status"]}', False)
    try:
        return check_claim(claim, own, other)
    except UserError as err:  # a claim that cannot be checked must not hide the others
        return Outcome(str(claim), str(err), False)


def print_outcomes(outcomes: Sequence[dict[str, Any]]) -> None:
    """Print a table of claims, and list the broken claims below it."""
    table = Table(*(Column(name, overflow='fold') for name in ('lesson', 'claim', 'observed')))
    table.add_column('holds')
    for outcome in outcomes:
        table.add_row(
            outcome['lesson'],
            outcome['claim'],
            outcome['observed'],
            'yes' if outcome['holds'] else 'NO',
        )
    Console().print(table)
    for outcome in outcomes:
        if not outcome['holds']:
            print(
                f'broken: {outcome["lesson"]}: {outcome["claim"]}; observed {outcome["observed"]}'
            )
