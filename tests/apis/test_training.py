from __future__ import annotations

import contextlib
import json
import random
import threading

import numpy as np
import pytest
import torch
from forked import run_forked
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from paths import TOOLS

import mmlesson
from mmlesson.apis import training
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError

SHORT = {
    'train_cfg.max_epochs': 2,
    'default_hooks.visualization': None,
    'log_level': 'WARNING',
    'device': 'cpu',
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def weights_of(name: str, seed: int = 1) -> str:
    return mmlesson.train(name, seed=seed, options=SHORT).summary['weights_sha256']


def test_runs_in_one_process_equal_a_run_in_its_own_process(tmp_path):
    first, other, again = (weights_of(name) for name in ('mlp_xor', 'mlp_moons', 'mlp_xor'))
    options = [f'{key}={value}' for key, value in SHORT.items()]
    words = ('mlp/mlp_xor', '--seed', '1', '--work-dir', 'alone', '--cfg-options', *options)
    done = run_forked(TOOLS / 'train.py', *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    alone = json.loads((tmp_path / 'alone' / 'summary.json').read_text())['weights_sha256']
    assert first == again == alone
    assert other != first


def test_threads_are_those_of_the_config_and_restored_afterwards(monkeypatch):
    before, numbers = torch.get_num_threads(), []
    set_number = torch.set_num_threads

    def note(number):
        numbers.append(number)
        set_number(number)

    monkeypatch.setattr(torch, 'set_num_threads', note)
    mmlesson.train('mlp_xor', options={**SHORT, 'env_cfg.cpu_threads': 2})
    assert numbers[0] == 2
    assert numbers[-1] == before == torch.get_num_threads()


def test_seed_and_options_are_used():
    run = mmlesson.train('mlp_xor', seed=3, options=SHORT, work_dir='mine')
    assert run.summary['seed'] == 3
    assert run.summary['epochs'] == 2
    assert run.folder.name == 'mine'


def test_unknown_option_is_refused_before_training(tmp_path):
    with pytest.raises(UserError, match=r'optim_wrapper\.optimizer\.lrr'):
        mmlesson.train('mlp_xor', options={'optim_wrapper.optimizer.lrr': 1})
    assert list(tmp_path.iterdir()) == []


def test_resume_continues_the_run():
    mmlesson.train('mlp_xor', options=SHORT, work_dir='a')
    longer = {**SHORT, 'train_cfg.max_epochs': 3}
    resumed = mmlesson.train('mlp_xor', options=longer, work_dir='a', resume=True)
    whole = mmlesson.train('mlp_xor', options=longer, work_dir='b')
    assert resumed.summary['epochs'] == 3
    assert resumed.summary['weights_sha256'] == whole.summary['weights_sha256']


def test_random_states_are_as_before():
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    weights_of('mlp_xor')
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected


def test_deterministic_mode_ends_with_its_run():
    mmlesson.train('mlp_xor', options={**SHORT, '+randomness.deterministic': True})
    assert not torch.are_deterministic_algorithms_enabled()


def test_nothing_of_a_run_is_kept_in_mmengine():
    kinds = (MMLogger, MessageHub, DefaultScope)
    before = [set(kind._instance_dict) for kind in kinds]
    weights_of('mlp_xor')
    after = [set(kind._instance_dict) - {'mmengine'} for kind in kinds]
    assert all(late <= early | {'mmengine'} for early, late in zip(before, after, strict=True))


def test_trainings_in_threads_follow_each_other():
    alone = {seed: weights_of('mlp_xor', seed) for seed in (1, 2)}
    found: dict[int, str] = {}
    threads = [
        threading.Thread(target=lambda s=seed: found.update({s: weights_of('mlp_xor', s)}))
        for seed in alone
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == alone


def test_ctrl_c_saves_a_checkpoint_and_raises_keyboard_interrupt(monkeypatch, tmp_path):
    begin = LessonRunner.begin_epoch

    def interrupt(self, epoch: int) -> None:
        begin(self, epoch)
        self.interrupts.note(2)

    monkeypatch.setattr(LessonRunner, 'begin_epoch', interrupt)
    with pytest.raises(KeyboardInterrupt, match='continue with resume=True'):
        mmlesson.train('mlp_xor', options=SHORT, work_dir='a')
    assert (tmp_path / 'a' / 'last_checkpoint').exists()


def test_settings_are_restored_after_an_error():
    scope = dict(DefaultScope._instance_dict)
    with contextlib.suppress(ZeroDivisionError), training.undisturbed():
        DefaultScope.get_instance('x', scope_name='mmpretrain')
        torch.use_deterministic_algorithms(True)
        raise ZeroDivisionError
    assert scope == DefaultScope._instance_dict
    assert not torch.are_deterministic_algorithms_enabled()
