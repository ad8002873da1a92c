import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from mmlesson.runs.checkpoint import CheckpointError, read_checkpoint
from mmlesson.runs.foreign_checkpoint import convert_checkpoint

WEIGHTS = {'layer.weight': torch.arange(6.0).reshape(2, 3), 'steps': torch.tensor(7)}


class Hostile:
    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        return Path.touch, (self.victim,)


def save(path, **entries):
    torch.save({'state_dict': OrderedDict(WEIGHTS), **entries}, path)
    return path


def test_log_of_mmengines_runner_is_left_out_and_the_weights_are_kept(tmp_path):
    history = HistoryBuffer(np.arange(3.0), np.ones(3))
    meta = {'epoch': 3, 'dataset_meta': {'classes': ('a', 'b')}, 'lr': np.float64(0.1)}
    source = save(tmp_path / 'a.pth', message_hub={'log_scalars': {'loss': history}}, meta=meta)
    with pytest.raises(CheckpointError):
        read_checkpoint(source)
    assert convert_checkpoint(source, tmp_path / 'b.pth') == (2, ['message_hub'])
    converted = read_checkpoint(tmp_path / 'b.pth')
    assert converted['meta'] == {**meta, 'lr': 0.1}
    assert converted['state_dict'].keys() == WEIGHTS.keys()
    for name, value in WEIGHTS.items():
        torch.testing.assert_close(converted['state_dict'][name], value)


def test_parameters_and_a_bare_state_dict_are_taken(tmp_path):
    torch.save(torch.nn.Linear(2, 3).state_dict(), tmp_path / 'a.pth')
    assert convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'b.pth') == (2, [])
    torch.save({'state_dict': {'w': torch.nn.Parameter(torch.ones(2))}}, tmp_path / 'c.pth')
    assert convert_checkpoint(tmp_path / 'c.pth', tmp_path / 'd.pth') == (1, [])


@pytest.mark.parametrize('entry', ['state_dict', 'meta', 'other'])
def test_code_in_the_file_is_not_run(tmp_path, entry):
    victim = tmp_path / 'victim'
    hostile = {'x': Hostile(victim), **(WEIGHTS if entry == 'state_dict' else {})}
    source = save(tmp_path / 'a.pth', **{entry: hostile})
    count, left_out = convert_checkpoint(source, tmp_path / 'b.pth')
    assert not victim.exists()
    assert count == 2
    assert left_out == (['other'] if entry == 'other' else [f'{entry}.x'])


def test_code_in_a_file_without_an_archive_is_not_run(tmp_path):
    victim = tmp_path / 'victim'
    (tmp_path / 'a.pth').write_bytes(pickle.dumps({'state_dict': Hostile(victim)}))
    with pytest.raises(CheckpointError):
        convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'b.pth')
    assert not victim.exists()


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({'state_dict': {}}, 'has no weights: state_dict is no dict, or is empty'),
        ({'state_dict': {'a': 1, 'b': 'x'}}, 'has no weights: its entries are a, b'),
        ([1, 2], 'holds a list, not a checkpoint'),
    ],
)
def test_file_without_weights_is_refused(tmp_path, content, message):
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match=message):
        convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'b.pth')


def test_damaged_missing_and_existing_files_are_refused(tmp_path):
    (tmp_path / 'a.pth').write_bytes(b'nothing of the kind')
    with pytest.raises(CheckpointError, match='is damaged or not a checkpoint'):
        convert_checkpoint(tmp_path / 'a.pth', tmp_path / 'b.pth')
    with pytest.raises(CheckpointError, match='There is no checkpoint at'):
        convert_checkpoint(tmp_path / 'none.pth', tmp_path / 'b.pth')
    with pytest.raises(CheckpointError, match='exists already'):
        convert_checkpoint(save(tmp_path / 'c.pth'), tmp_path / 'a.pth')
