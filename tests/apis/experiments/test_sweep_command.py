from argparse import Namespace

import pytest
from paths import CONFIGS

from mmlesson.apis.experiments import sweep_command
from mmlesson.apis.experiments.sweep_command import sweep
from mmlesson.errors import RunError, UserError


@pytest.fixture
def words(tmp_path):
    def give(**options):
        plain = dict.fromkeys(('grid', 'search', 'folds', 'slurm', 'only', 'cfg_options'), None)
        return Namespace(
            config=CONFIGS / 'mlp/mlp_xor.py',
            work_dir=tmp_path / 'sweep',
            **{**plain, 'jobs': 1, 'seeds': '0-1', 'trials': 3, **options},
        )

    return give


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'jobs': 0}, '^--jobs must be an int >= 1, got 0'),
        ({'search': ['a=1..2'], 'grid': ['a=1']}, '--search goes with none of --grid'),
        ({'search': ['a=1..2'], 'trials': 0}, '^--trials must be an int >= 1'),
        ({'seeds': 'x'}, "--seeds must look like 0-4 or 0,3,7, got 'x'"),
        ({'only': 5}, '--only must be from 0 to 1, got 5'),
    ],
)
def test_incompatible_flags_are_refused(words, options, message):
    with pytest.raises(UserError, match=message):
        sweep(words(**options), [])


def test_only_flag_trains_a_single_run(words, monkeypatch, capsys):
    seeds = []

    def train_job(job):
        seeds.append(job.seed)
        return {'status': 'completed', 'work_dir': 'here'}

    monkeypatch.setattr(sweep_command, 'train_job', train_job)
    assert sweep(words(only=1), []) == 0
    assert seeds == [1]
    assert capsys.readouterr().out == 'here: completed\n'


def test_failed_run_of_the_only_flag_is_an_error(words, monkeypatch):
    failed = {'status': 'failed', 'error': 'no disk'}
    monkeypatch.setattr(sweep_command, 'train_job', lambda job: failed)
    with pytest.raises(RunError, match='no disk'):
        sweep(words(only=0), [])


def test_interrupt_message_explains_how_to_resume(words, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_command, '_plan', interrupt)
    assert sweep(words(), []) == 130
    assert 'Run the same command again to resume' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('command', 'kept'),
    [
        (['c.py', '--slurm', 'x', '--jobs', '2'], ['c.py', '--jobs', '2']),
        (['c.py', '--slurm=x'], ['c.py']),
        (['c.py'], ['c.py']),
    ],
)
def test_tasks_of_a_job_array_do_not_submit_again(command, kept):
    assert sweep_command._without(command, '--slurm') == kept
