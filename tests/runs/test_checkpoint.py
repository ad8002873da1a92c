"""Checkpoints are plain data, written whole, and refused when in doubt."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mmlesson.runs import checkpoint as ckpt
from mmlesson.utils.atomic_file import write_text


def test_checkpoint_comes_back_as_plain_data(tmp_path):
    saved = {'a': np.float32(0.5), 'b': np.arange(3), 'c': [None, 'x', (1, True)], 'd': {'e': 1}}
    ckpt.write_checkpoint(tmp_path / 'a.pth', saved)
    read = ckpt.read_checkpoint(tmp_path / 'a.pth')
    assert read['a'] == 0.5
    assert read['b'].tolist() == [0, 1, 2]
    assert (read['c'], read['d']) == ([None, 'x', (1, True)], {'e': 1})


def test_checkpoint_that_is_not_plain_is_refused_with_its_place(tmp_path):
    with pytest.raises(TypeError, match=r'checkpoint\.hooks\.mine: set'):
        ckpt.write_checkpoint(tmp_path / 'a.pth', {'hooks': {'mine': {1, 2}}})


class Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def test_hostile_checkpoint_is_refused_and_runs_nothing(tmp_path):
    target, file = tmp_path / 'owned', tmp_path / 'a.pth'
    torch.save({'state_dict': Hostile(target)}, file)
    with pytest.raises(ckpt.CheckpointError, match='refused'):
        ckpt.read_checkpoint(file)
    file.write_bytes(pickle.dumps(Hostile(target), protocol=2))
    with pytest.raises(ckpt.CheckpointError):
        ckpt.read_checkpoint(file)
    assert not target.exists()


@pytest.mark.parametrize('size', [0, 10, 300, 900])
def test_truncated_checkpoint_is_named(tmp_path, size):
    file = tmp_path / 'a.pth'
    ckpt.write_checkpoint(file, {'x': torch.ones(100)})
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ckpt.CheckpointError, match=r'a\.pth'):
        ckpt.read_checkpoint(file)


def test_full_disk_leaves_the_old_checkpoint_and_no_temporary_file(tmp_path, monkeypatch):
    file = tmp_path / 'a.pth'
    ckpt.write_checkpoint(file, {'x': 1})

    def full(*_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr('os.fsync', full)
    with pytest.raises(ckpt.SaveError, match='No space left on device'):
        ckpt.write_checkpoint(file, {'x': 2})
    assert ckpt.read_checkpoint(file) == {'x': 1}
    assert list(tmp_path.iterdir()) == [file]


def test_weights_that_do_not_fit_are_named():
    model = nn.Linear(2, 1)
    weights = {'weight': torch.zeros(1, 3), 'other': torch.zeros(1)}
    with pytest.raises(
        ckpt.CheckpointError,
        match=r'x\.pth does not fit .* missing: bias .*; extra: other .*; other shape: weight',
    ):
        ckpt.load_weights(model, {'state_dict': weights}, 'x.pth', strict=True)
    with pytest.raises(ckpt.CheckpointError, match='does not fit'):
        ckpt.load_weights(model, {'state_dict': {'other': torch.zeros(1)}}, 'x.pth', strict=False)


def test_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(ckpt.CheckpointError, match=r'no checkpoint at .*nothing\.pth'):
        ckpt.read_checkpoint(tmp_path / 'nothing.pth')


def test_newest_whole_skips_what_is_damaged(tmp_path):
    for epoch in (1, 2):
        ckpt.write_checkpoint(tmp_path / f'epoch_{epoch}.pth', {'loop': {}})
    (tmp_path / 'epoch_2.pth').write_bytes(b'garbage')
    write_text(tmp_path / ckpt.LAST, 'epoch_2.pth\n')
    found, skipped = ckpt.newest_whole(tmp_path)
    assert found == tmp_path / 'epoch_1.pth'
    assert len(skipped) == 1
    assert 'epoch_2.pth' in skipped[0]
