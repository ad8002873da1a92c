import pytest
import torch

from mmlesson.engine.build_errors import naming_refusals
from mmlesson.errors import ArgumentError, RunError, UserError

XOR = 'mlp/mlp_xor.py'


def test_refusal_of_an_installed_class_names_the_key(build):
    with pytest.raises(ArgumentError, match=r'optim_wrapper cannot be built: ValueError: Invalid'):
        build(XOR, optim_wrapper__optimizer__lr=-1.0).train()


def test_refusal_by_a_loader_names_its_dataset(build):
    with pytest.raises(ArgumentError, match=r'the loader of XOR cannot be built: ValueError'):
        build(XOR, train_dataloader__batch_size=-1).train()


def test_division_by_zero_in_an_installed_class_names_the_key(build):
    schedule = {'type': 'OneCycleLR', 'eta_max': 0.1, 'total_steps': 9, 'div_factor': 0}
    with pytest.raises(ArgumentError, match='param_scheduler cannot be built: ZeroDivisionError'):
        build(XOR, param_scheduler=[schedule]).train()


def test_error_in_code_of_the_user_keeps_its_kind():
    def faulty():
        return {}['a']

    with pytest.raises(KeyError, match='a'), naming_refusals('model'):
        faulty()


def test_error_of_the_user_is_passed_on():
    with pytest.raises(UserError, match=r'^as it was$'), naming_refusals('model'):
        raise UserError('as it was')


def test_lack_of_memory_is_one_line():
    asks = pytest.raises(RunError, match=r'^model asks for more memory than there is')
    with asks, naming_refusals('model'):
        torch.empty(10**15)
