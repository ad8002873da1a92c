"""Claims as a table, and lessons that are broken on purpose."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.apis.experiments.lessons import check_lessons, find_lessons, print_outcomes
from mmlesson.apis.experiments.sweep import parse_seeds
from mmlesson.errors import ArgumentError, UserError
from mmlesson.runs.claims import Claim, check_claim
from mmlesson.utils.cli import run_command


def summaries(*values):
    return [{'config': 'c', 'test': {'accuracy/top1': value}, 'epochs': 3} for value in values]


@pytest.mark.parametrize(
    ('entry', 'holds'),
    [
        ({'op': '>=', 'value': 90}, False),
        ({'op': '>=', 'value': 89}, True),
        ({'op': '>=', 'value': 94.9, 'over': 'mean'}, True),
        ({'op': '>=', 'value': 95.1, 'over': 'mean'}, False),
        ({'op': '>', 'value': 90, 'over': 0.5}, True),
        ({'op': '>', 'value': 90, 'over': 0.6}, False),
        ({'op': '>=', 'lesson': 'other.py', 'value': 5}, True),
        ({'op': '>=', 'lesson': 'other.py', 'value': 16}, False),
        ({'op': '==', 'lesson': 'other.py', 'tolerance': 15}, True),
    ],
)
def test_claim(entry, holds):
    claim = Claim.from_config({'metric': 'test/accuracy/top1', **entry})
    assert check_claim(claim, summaries(89.0, 101.0), summaries(80.0, 86.0)).holds is holds


def test_missing_metric_is_named_with_the_nearest():
    claim = Claim('test/acuracy/top1', '>=', 1)
    with pytest.raises(UserError, match=r"Did you mean 'test/accuracy/top1'"):
        check_claim(claim, summaries(1.0))


def test_claim_about_a_stop_that_did_not_happen_is_broken():
    claim = Claim('stop/reason', '==', 'patience')
    assert not check_claim(claim, [{'stop': None}]).holds


@pytest.mark.parametrize(
    'entry',
    [
        {'op': '<=', 'value': 0.5},
        {'op': '>=', 'value': 0.5},
        {'op': '==', 'lesson': 'other.py', 'tolerance': 9.0},
        {'op': '<', 'lesson': 'other.py', 'value': 1.0},
    ],
)
@pytest.mark.parametrize('seen', ['nan', None, 'text'])
def test_claim_about_a_non_number_is_broken(entry, seen):
    """NaN is stored in summary.json by name."""
    claim = Claim.from_config({'metric': 'train/loss', **entry})
    run = {'config': 'c', 'train': {'loss': seen}}
    assert not check_claim(claim, [run], [run]).holds


def test_infinity_is_larger_than_all():
    run = {'config': 'c', 'train': {'loss': 'inf'}}
    assert check_claim(Claim('train/loss', '>', 1e300), [run]).holds


def test_share_of_seeds_is_exact():
    """11 of 20 are 55 %, though 0.55 * 20 is a little more than 11."""
    claim = Claim('test/accuracy/top1', '>', 50, over=0.55)
    assert check_claim(claim, summaries(*[100] * 11, *[0] * 9)).holds
    assert not check_claim(claim, summaries(*[100] * 10, *[0] * 10)).holds


@pytest.mark.parametrize(
    ('entry', 'message'),
    [
        ({'metric': 'epochs', 'op': '=>', 'value': 1}, 'op'),
        ({'metric': 'epochs', 'op': '>='}, 'value or a lesson'),
        ({'op': '>=', 'value': 1}, "'metric'"),
        ({'metric': 'epochs', 'op': '>=', 'valeu': 1}, 'valeu'),
        ({'metric': 3, 'op': '>=', 'value': 1}, r'expect\.metric must be a str'),
        ({'metric': 'epochs', 'op': '>=', 'value': '3'}, r"expect\.value must be a number.*'3'"),
        ({'metric': 'epochs', 'op': '<', 'lesson': 'o.py', 'value': 'a'}, r'expect\.value'),
        ({'metric': 'epochs', 'op': '<=', 'value': 1, 'tolerance': 1}, "must go with op '=='"),
        ({'metric': 'epochs', 'op': '==', 'value': 1, 'tolerance': -1}, r'expect\.tolerance'),
        ({'metric': 'epochs', 'op': '==', 'value': 1, 'over': 0}, r'expect\.over'),
        ('epochs', 'a list of dicts'),
    ],
)
def test_bad_claim_is_refused(entry, message):
    with pytest.raises(ValueError, match=message):
        Claim.from_config(entry)


def test_seeds():
    assert parse_seeds('0-2,7') == [0, 1, 2, 7]
    for text in ('a', '3-1', '1-'):
        with pytest.raises(UserError, match='--seeds'):
            parse_seeds(text)


@pytest.mark.usefixtures('forked_workers')
@pytest.mark.parametrize(
    ('lesson', 'broken'),
    [
        ('mlp/mlp_xor.py', 'model = dict(backbone=dict(hidden_sizes=()))'),
        ('mlp/fit_stopped.py', 'custom_hooks = []'),
    ],
    ids=['xor without its hidden layer', 'early stopping without patience'],
)
def test_breaking_a_lesson_breaks_its_claim(tmp_path, lesson, broken):
    """The broken lesson is in a copy of the shipped configs."""
    (tmp_path / 'mlp').mkdir()
    for other in (CONFIGS / 'mlp').glob('*.py'):
        (tmp_path / 'mlp' / other.name).write_text(f'_base_ = [{str(other)!r}]\n')
    (tmp_path / lesson).write_text(f'_base_ = [{str(CONFIGS / lesson)!r}]\n{broken}\n')
    found = find_lessons(tmp_path, lesson)
    outcomes = check_lessons(found, tmp_path, [0], tmp_path / 'runs', workers=2)
    assert not all(one['holds'] for one in outcomes)
    assert (tmp_path / 'runs/claims.json').is_file()


def test_pattern_without_a_config_is_named(tmp_path):
    with pytest.raises(UserError, match='No config under'):
        find_lessons(tmp_path, 'nothing*')


@pytest.mark.usefixtures('forked_workers')
def test_claim_that_cannot_be_checked_does_not_hide_others(tmp_path, capsys):
    """A claim uses a missing metric, and another the mean of a string."""
    (tmp_path / 'a_lesson_with_quite_a_long_name.py').write_text(
        f'_base_ = [{str(CONFIGS / "mlp/mlp_moons.py")!r}]\n'
        'train_cfg = dict(max_epochs=3)\n'
        'expect = [dict(metric="train/los", op="<=", value=0.5),\n'
        '          dict(metric="diagnosis/verdict", op="<=", value=0.5, over="mean"),\n'
        '          dict(metric="epochs", op="==", value=3)]\n'
    )
    outcomes = check_lessons(find_lessons(tmp_path, '*'), tmp_path, [0], tmp_path / 'runs')
    assert [one['holds'] for one in outcomes] == [False, False, True]
    assert "Did you mean 'train/loss'" in outcomes[0]['observed']
    assert 'has no mean' in outcomes[1]['observed']
    assert json.loads((tmp_path / 'runs/claims.json').read_text())['claims'] == outcomes
    print_outcomes(outcomes)
    told = capsys.readouterr().out
    assert told.count('broken: a_lesson_with_quite_a_long_name.py: ') == 2
    assert '…' not in told  # nothing in the table is cut off


def test_bad_claim_names_its_config(tmp_path):
    (tmp_path / 'lesson.py').write_text('expect = [dict(metric="epochs", op="=>", value=1)]\n')
    with pytest.raises(UserError, match=r'lesson\.py: expect\.op must be one of'):
        find_lessons(tmp_path, '*')


def check_command(folder: Path) -> list[str]:
    tool = str(CONFIGS.parent / 'tools/analysis/check_lessons.py')
    options = ('--configs', str(folder / 'configs'), '--work-dir', str(folder / 'runs'))
    return [sys.executable, tool, 'lesson_*', *options, '--jobs', '1']


def running(*, parent: int | None = None) -> set[int]:
    """Return processes that are alive, or the children of one."""
    listed = subprocess.run(['ps', '-A', '-o', 'pid=,ppid=,stat='], capture_output=True, text=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    alive = [(int(pid), int(above)) for pid, above, state, *_ in rows if state[0] != 'Z']
    return {pid for pid, above in alive if parent in (None, above)}


def wait_for(what, seconds=300):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(0.02)
    return found


def test_killed_check_leaves_no_worker_and_can_be_continued(tmp_path, monkeypatch, forked_workers):
    base = str(CONFIGS / 'perceptron/descent_single.py')
    (tmp_path / 'configs').mkdir()
    for name, epochs in (('lesson_a', 1), ('lesson_b', 40)):
        (tmp_path / 'configs' / f'{name}.py').write_text(
            f'_base_ = [{base!r}]\ntrain_cfg = dict(max_epochs={epochs})\n'
            'default_hooks = dict(visualization=None)\n'
            f'expect = [dict(metric="epochs", op="==", value={epochs})]\n'
        )
    quiet = {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    first = subprocess.Popen(check_command(tmp_path), **quiet)
    wait_for(lambda: list(tmp_path.glob('runs/lesson_b/*/epoch_*.pth')))
    workers = running(parent=first.pid)
    assert workers
    first.kill()
    first.wait()
    (finished,) = tmp_path.glob('runs/lesson_a/*/summary.json')
    before = finished.stat().st_mtime_ns
    assert not list(tmp_path.glob('runs/lesson_b/*/summary.json'))
    wait_for(lambda: not workers & running())

    monkeypatch.setattr(sys, 'argv', check_command(tmp_path)[1:])
    assert run_command(runpy.run_path(sys.argv[0])['main']) == 0
    assert finished.stat().st_mtime_ns == before  # not trained again
    (resumed,) = tmp_path.glob('runs/lesson_b/*')
    scalars = [file.read_text() for file in sorted(resumed.glob('*/vis_data/scalars.json'))]
    epochs = [json.loads(text.splitlines()[0])['epoch'] for text in scalars]
    assert len(epochs) == 2
    assert epochs[0] == 1 < epochs[1]
    claims = json.loads((tmp_path / 'runs/claims.json').read_text())['claims']
    assert [one['holds'] for one in claims] == [True, True]


def test_lesson_for_several_processes_has_no_claims():
    claims = find_lessons(CONFIGS, 'mlp/mlp_*')
    assert 'mlp/mlp_digits.py' in claims
    assert 'mlp/mlp_fsdp.py' not in claims


@pytest.mark.parametrize(
    ('entry', 'message'),
    [
        ({'op': '>', 'lesson': 3}, 'lesson must be a config, got 3'),
        ({'op': '>', 'lesson': 'other.py', 'value': 10**400}, 'value must be a number'),
        ({'op': '==', 'value': 10**5000}, 'value must be a number'),
        ({'op': '==', 'value': 1, 'tolerance': 10**400}, 'tolerance must be a number'),
    ],
)
def test_claim_that_cannot_be_shown_is_refused(entry, message):
    with pytest.raises(ArgumentError, match=message):
        Claim.from_config({'metric': 'epochs', **entry})
