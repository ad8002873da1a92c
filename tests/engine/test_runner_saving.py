from pathlib import Path

import pytest
import torch

from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import CheckpointError

MOONS = 'mlp/mlp_moons.py'
DIGITS = 'mlp/mlp_digits.py'
SHORT = {'train_cfg__max_epochs': 1}


def test_pointer_is_a_name_so_that_runs_can_be_moved(build):
    runner = build(MOONS)
    runner.note_last('epoch_3.pth')
    assert (Path(runner.work_dir) / 'last_checkpoint').read_text() == 'epoch_3.pth\n'


def test_nothing_to_resume_starts_from_the_beginning(build, caplog):
    runner = build(MOONS, resume=True, **SHORT)
    runner.logger.addHandler(caplog.handler)
    runner.train()
    assert 'Nothing to resume' in caplog.text
    assert runner.epoch == 1
    assert runner.status.resumed_from is None


def test_resumed_run_knows_its_checkpoint(build):
    build(MOONS, **SHORT).train()
    runner = build(MOONS, resume=True, train_cfg__max_epochs=2)
    runner.train()
    assert runner.status.resumed_from == Path(runner.work_dir) / 'epoch_1.pth'
    assert runner.epoch == 2


def test_weights_of_another_model_are_refused_when_testing(build, tmp_path):
    torch.save({'state_dict': {'x': torch.zeros(1)}}, tmp_path / 'other.pth')
    runner = build(MOONS, load_from=str(tmp_path / 'other.pth'))
    with pytest.raises(CheckpointError, match=r'other\.pth does not fit the model'):
        runner.test()


def test_weights_are_loaded_to_start_from(build):
    first = build(MOONS, 'first', **SHORT)
    first.train()
    file = str(Path(first.work_dir) / 'epoch_1.pth')
    second = build(MOONS, 'second', load_from=file, randomness={'seed': 9})
    second.load_or_resume()
    expected, loaded = first.bare_model.state_dict(), second.bare_model.state_dict()
    assert all(torch.equal(expected[name], loaded[name]) for name in expected)


def test_weights_of_another_model_that_fit_in_part_are_reported(build, caplog):
    first = build(MOONS, 'first', **SHORT)
    first.train()
    file = str(Path(first.work_dir) / 'epoch_1.pth')
    second = build(MOONS, 'second', load_from=file, model__backbone__hidden_sizes=(5, 3), **SHORT)
    second.logger.addHandler(caplog.handler)
    second.train()
    (line,) = [line for line in caplog.messages if line.startswith(file)]
    assert 'epoch_1.pth: loaded 1 of 6 weights; ' in line  # the bias of the head
    assert 'other shape' in line


def test_preprocessor_alone_is_nothing_to_start_from(build, tmp_path):
    first = build(DIGITS, 'first')
    state = first.bare_model.state_dict()
    kept = {key: value for key, value in state.items() if 'preprocessor' in key}
    assert kept
    torch.save({'state_dict': kept}, tmp_path / 'other.pth')
    second = build(DIGITS, 'second', load_from=str(tmp_path / 'other.pth'), **SHORT)
    with pytest.raises(CheckpointError, match=r'other\.pth does not fit the model'):
        second.train()


def test_test_split_that_was_trained_on_is_refused(build):
    first = build(MOONS, 'first', **SHORT)
    first.train()
    second = build(
        MOONS,
        'second',
        load_from=str(Path(first.work_dir) / 'epoch_1.pth'),
        test_dataloader={'dataset': {'split': 'train'}},
    )
    with pytest.raises(UserError, match='holds 240 samples of the training data'):
        second.test()


def test_random_state_is_restored_once(build):
    runner = build(MOONS)
    from mmlesson.utils import rng_state

    runner._resumed = [rng_state.capture()]
    expected = torch.rand(3)
    runner.restore_random_state()
    assert torch.equal(torch.rand(3), expected)
    runner.restore_random_state()  # nothing is left to restore
    assert not torch.equal(torch.rand(3), expected)


def test_record_that_cannot_be_closed_is_a_warning(build, caplog, monkeypatch):
    runner = build(MOONS, **SHORT)
    runner.logger.addHandler(caplog.handler)

    def fail() -> None:
        raise ConnectionError('no server')

    monkeypatch.setattr(runner.visualizer, 'close', fail)
    runner.train()
    assert 'A record was not closed: ConnectionError: no server' in caplog.text
