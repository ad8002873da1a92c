from __future__ import annotations

import pytest
import torch

import mmlesson
from mmlesson.errors import UserError


def test_pattern_selects_models():
    assert mmlesson.list_models('*/mlp_xor') == ['mlp/mlp_xor']
    assert 'cnn/cnn_digits' in mmlesson.list_models()


def test_model_has_the_initial_weights_of_training(build):
    model = mmlesson.get_model('cnn/cnn_digits')
    runner = build('cnn/cnn_digits.py')
    runner._init_model_weights()
    for name, value in runner.model.named_parameters():
        assert torch.equal(value, model.get_parameter(name)), name


def test_random_states_are_kept():
    torch.manual_seed(5)
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    mmlesson.get_model('mlp_xor')
    assert torch.rand(1).item() == expected


def test_weights_of_a_run_and_of_its_checkpoint_are_loaded(train, tmp_path):
    train('mlp/mlp_xor.py', train_cfg__max_epochs=2)
    run = mmlesson.RunResult(tmp_path / 'run')
    saved = torch.load(run.checkpoint_to_apply, weights_only=True)['state_dict']
    for source in (run, run.folder, run.checkpoint_to_apply):
        state = mmlesson.get_model('mlp_xor', pretrained=source).state_dict()
        assert all(torch.equal(state[name], value) for name, value in saved.items())


def test_weights_of_another_model_are_refused(train, tmp_path):
    train('mlp/mlp_xor.py', train_cfg__max_epochs=1)
    with pytest.raises(UserError, match='fit'):
        mmlesson.get_model('mlp/mlp_digits', pretrained=tmp_path / 'run')
