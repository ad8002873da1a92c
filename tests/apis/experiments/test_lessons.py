import json

import pytest
from tiny_data import write_mnist

from mmlesson.apis.experiments import lessons
from mmlesson.apis.experiments.lessons import check_lessons, find_lessons, print_outcomes
from mmlesson.errors import UserError

EXPECT = "expect = [dict(metric='test/accuracy/top1', at_least=90)]\n"


@pytest.fixture
def folder(tmp_path):
    from paths import CONFIGS

    base = f'_base_ = {str(CONFIGS / "mlp/mlp_xor.py")!r}\n'
    (tmp_path / 'mlp').mkdir()
    (tmp_path / '_base_').mkdir()
    (tmp_path / '_base_' / 'xor.py').write_text(base)
    (tmp_path / 'mlp' / 'good.py').write_text(base)
    (tmp_path / 'mlp' / 'silent.py').write_text(f'{base}expect = None\n')
    return tmp_path


def summary(accuracy, status='completed'):
    return {
        'status': status,
        'error': 'no disk' if status == 'failed' else None,
        'config': 'good.py',
        'epochs': 100,
        'val': {'accuracy/top1': accuracy},
        'test': {'accuracy/top1': accuracy},
        'stop': None,
    }


def test_lessons_are_the_configs_with_claims(folder):
    found = find_lessons(folder, '*')
    assert list(found) == ['mlp/good.py']
    assert found['mlp/good.py']


@pytest.mark.parametrize(
    ('pattern', 'message'),
    [('nothing*', r'No config under .* matches'), ('mlp/silent', r'None of the 1 configs')],
)
def test_pattern_without_a_lesson_is_refused(folder, pattern, message):
    with pytest.raises(UserError, match=message):
        find_lessons(folder, pattern)


def test_lesson_without_its_data_is_left_out_with_a_message(folder, tmp_path, monkeypatch, capsys):
    from paths import CONFIGS

    monkeypatch.setenv('MMLESSON_DATA', str(tmp_path / 'data'))
    (folder / 'mlp' / 'far.py').write_text(f'_base_ = {str(CONFIGS / "mlp/mlp_mnist.py")!r}\n')
    assert list(find_lessons(folder, '*')) == ['mlp/good.py']
    assert 'mlp/far.py is skipped: ' in capsys.readouterr().out
    with pytest.raises(
        UserError, match=r"The data of all lessons that match 'mlp/far\.py' are mis"
    ):
        find_lessons(folder, 'mlp/far')
    write_mnist(tmp_path / 'data')
    assert list(find_lessons(folder, '*')) == ['mlp/far.py', 'mlp/good.py']


@pytest.mark.parametrize(
    ('accuracy', 'status', 'holds'), [(100.0, 'completed', True), (10.0, 'completed', False)]
)
def test_claims_are_checked_against_the_summaries(
    folder, tmp_path, monkeypatch, accuracy, status, holds
):
    given = [summary(accuracy, status)]
    monkeypatch.setattr(lessons, 'run_jobs', lambda jobs, workers: zip(jobs, given, strict=True))
    outcomes = check_lessons(find_lessons(folder, '*'), folder, [0], tmp_path / 'work')
    assert any(outcome['holds'] is holds for outcome in outcomes)
    written = json.loads((tmp_path / 'work/claims.json').read_text())
    assert written['seeds'] == [0]
    assert [claim['holds'] for claim in written['claims']] == [o['holds'] for o in outcomes]


def test_failed_run_breaks_its_claims(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(
        lessons,
        'run_jobs',
        lambda jobs, workers: [(job, summary(None, 'failed')) for job in jobs],
    )
    outcomes = check_lessons(find_lessons(folder, '*'), folder, [0], tmp_path / 'work')
    assert not any(outcome['holds'] for outcome in outcomes)


def test_broken_claims_are_named_below_the_table(capsys):
    print_outcomes([{'lesson': 'a.py', 'claim': 'x >= 1', 'observed': '0', 'holds': False}])
    assert 'broken: a.py: x >= 1; observed 0' in capsys.readouterr().out
