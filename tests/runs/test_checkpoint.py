"""Checkpoints are plain data, written whole, and refused when in doubt."""

from __future__ import annotations

import errno
import pickle
import zipfile
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torch import nn

from mmlesson.models import LessonPreprocessor
from mmlesson.runs import checkpoint as ckpt
from mmlesson.utils import rng_state
from mmlesson.utils.atomic_file import write_text

RESUMABLE = {
    'meta': {'seed': 0},
    'state_dict': {},
    'optimizer': {},
    'param_schedulers': [],
    'loop': {
        'epoch': 1,
        'iter': 10,
        'batch_idx': 0,
        'samples_seen': 100,
        'train_seconds': 0.5,
        'meter': {},
    },
    'gradients': {},
    'random_state': [rng_state.capture()],
    'train_metrics': {},
    'val_metrics': {},
    'stop': None,
    'splits': {'train': {'size': 10, 'sha256': 'x'}},
    'hooks': {},
}


def test_checkpoint_is_read_as_plain_data(tmp_path):
    saved = {'a': np.float32(0.5), 'b': np.arange(3), 'c': [None, 'x', (1, True)], 'd': {'e': 1}}
    ckpt.write_checkpoint(tmp_path / 'a.pth', saved)
    read = ckpt.read_checkpoint(tmp_path / 'a.pth')
    assert read['a'] == 0.5
    assert read['b'].tolist() == [0, 1, 2]
    assert (read['c'], read['d']) == ([None, 'x', (1, True)], {'e': 1})


def test_checkpoint_with_other_types_is_refused_with_their_key(tmp_path):
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
        match=r'x\.pth does not fit .*; missing \(1\): bias; unexpected \(1\): other; '
        r'other shape \(1\): weight \[1, 3\] instead of \[1, 2\]\.',
    ):
        ckpt.load_weights(model, {'state_dict': weights}, 'x.pth', strict=True)
    with pytest.raises(ckpt.CheckpointError, match='does not fit'):
        ckpt.load_weights(model, {'state_dict': {'other': torch.zeros(1)}}, 'x.pth', strict=False)


def test_weights_that_fit_in_part_are_loaded_and_the_rest_is_reported():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    before = model[2].weight.clone()
    weights = {
        '0.weight': torch.ones(3, 2),
        '1.running_mean': torch.ones(3),  # a statistic, no weight
        '2.weight': torch.zeros(5, 3),
        **{f'old.{number}': torch.zeros(1) for number in range(4)},
    }
    report = ckpt.load_weights(model, {'state_dict': weights}, 'x.pth', strict=False)
    assert report == (
        'x.pth: loaded 1 of 6 weights; missing (6): 0.bias, 1.weight, 1.bias, …; '
        'unexpected (4): old.0, old.1, old.2, …; other shape (1): 2.weight [5, 3] instead of '
        '[2, 3].'
    )
    assert torch.equal(model[0].weight, torch.ones(3, 2))
    assert torch.equal(model[2].weight, before)


def test_weights_that_all_fit_need_no_report():
    first, second = nn.Linear(2, 1), nn.Linear(2, 1)
    assert ckpt.load_weights(second, first.state_dict(), 'x.pth', strict=False) is None
    assert torch.equal(first.weight, second.weight)


def test_statistics_alone_are_no_weights():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    weights = {'1.running_mean': torch.ones(3), '1.running_var': torch.ones(3)}
    with pytest.raises(ckpt.CheckpointError, match=r'x\.pth does not fit .*missing \(5\)'):
        ckpt.load_weights(model, weights, 'x.pth', strict=False)
    assert torch.equal(model[1].running_mean, torch.zeros(3))


def test_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(ckpt.CheckpointError, match=r'no checkpoint at .*nothing\.pth'):
        ckpt.read_checkpoint(tmp_path / 'nothing.pth')


def test_newest_readable_checkpoint_skips_damaged_files(tmp_path):
    for epoch in (1, 2):
        ckpt.write_checkpoint(tmp_path / f'epoch_{epoch}.pth', RESUMABLE)
    (tmp_path / 'epoch_2.pth').write_bytes(b'garbage')
    write_text(tmp_path / ckpt.LAST, 'epoch_2.pth\n')
    found, skipped = ckpt.newest_whole(tmp_path)
    assert found == tmp_path / 'epoch_1.pth'
    assert len(skipped) == 1
    assert 'epoch_2.pth' in skipped[0]


def test_every_flipped_bit_is_detected(tmp_path):
    """Torch verifies no checksum: 18 of 24 flips silently changed the weights."""
    rng = np.random.default_rng(0)
    file = tmp_path / 'a.pth'
    ckpt.write_checkpoint(file, {'state_dict': {'w': torch.arange(500.0)}, 'loop': {'epoch': 3}})
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        # What the archive stores; between the records there is padding, which nobody reads.
        spans = [(i.header_offset + 64, i.compress_size) for i in archive.infolist()]
        spans = [(start, size) for start, size in spans if size > 200]
    for _ in range(50):
        start, size = spans[rng.integers(len(spans))]
        place = start + int(rng.integers(size // 2, size - 64))
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(damaged)
        with pytest.raises(ckpt.CheckpointError, match=r'a\.pth is damaged|was refused'):
            ckpt.read_checkpoint(file)


def test_scalars_of_numpy_become_numbers_that_are_loaded(tmp_path):
    """A NumPy float64 is a float in Python, but a class for torch's safe reader."""
    saved = {
        'a': np.float64(0.5),
        'b': [np.float64(1.5)],
        'c': {'d': np.int64(2), 'e': np.bool_(1)},
    }
    ckpt.write_checkpoint(tmp_path / 'a.pth', saved)
    read = ckpt.read_checkpoint(tmp_path / 'a.pth')
    assert read == {'a': 0.5, 'b': [1.5], 'c': {'d': 2, 'e': True}}
    assert type(read['a']) is float


@pytest.mark.parametrize('seed', range(5))
def test_garbage_is_an_error_that_names_the_file(tmp_path, seed):
    rng = np.random.default_rng(seed)
    file = tmp_path / 'a.pth'
    for _ in range(40):
        size = int(rng.integers(1, 200))
        text = bytes(rng.integers(32, 127, size, np.uint8))
        file.write_bytes(text if rng.integers(2) else rng.bytes(size))
        with pytest.raises(ckpt.CheckpointError, match=r'a\.pth'):
            ckpt.read_checkpoint(file)


@pytest.mark.parametrize('pointer', [b'\xff\xfe\x00x', b'../a.pth', b'nothing.pth', b''])
def test_damaged_pointer_is_named_and_skipped(tmp_path, pointer):
    ckpt.write_checkpoint(tmp_path / 'epoch_1.pth', RESUMABLE)
    (tmp_path / ckpt.LAST).write_bytes(pointer)
    found, skipped = ckpt.newest_whole(tmp_path)
    assert found == tmp_path / 'epoch_1.pth'
    assert 'last_checkpoint names no checkpoint of this folder' in skipped[0]


def test_dangling_and_looping_links_are_skipped(tmp_path):
    ckpt.write_checkpoint(tmp_path / 'epoch_1.pth', RESUMABLE)
    (tmp_path / 'gone.pth').symlink_to(tmp_path / 'nowhere')
    (tmp_path / 'loop.pth').symlink_to(tmp_path / 'loop.pth')
    (tmp_path / 'folder.pth').mkdir()
    found, _ = ckpt.newest_whole(tmp_path)
    assert found == tmp_path / 'epoch_1.pth'


def test_checkpoint_with_every_part_can_be_resumed_from():
    ckpt.require_resumable(RESUMABLE, 'a.pth')


@pytest.mark.parametrize('part', RESUMABLE)
def test_checkpoint_that_lacks_a_part_is_named(part):
    rest = {name: value for name, value in RESUMABLE.items() if name != part}
    message = 'holds weights only' if part == 'loop' else f'lacks the part {part!r}'
    with pytest.raises(ckpt.CheckpointError, match=rf'a\.pth {message}'):
        ckpt.require_resumable(rest, 'a.pth')


@pytest.mark.parametrize('part', RESUMABLE)
@pytest.mark.parametrize('value', [3, 'x', [1], {'a': 1}])
def test_part_of_another_type_is_named(part, value):
    if value == {'a': 1} and not RESUMABLE[part] and isinstance(RESUMABLE[part], dict):
        value = {'a', 1} if part in ('state_dict', 'optimizer') else None
    with pytest.raises(ckpt.CheckpointError, match=rf'a\.pth cannot be .*part {part!r}'):
        ckpt.require_resumable({**RESUMABLE, part: value}, 'a.pth')


@pytest.mark.parametrize('epoch', [-5, 1.5, 10**30, None, True])
def test_count_that_cannot_be_is_named(epoch):
    loop = {**RESUMABLE['loop'], 'epoch': epoch}
    with pytest.raises(ckpt.CheckpointError, match=r"part 'loop' \(dict\)"):
        ckpt.require_resumable({**RESUMABLE, 'loop': loop}, 'a.pth')


def test_incomplete_checkpoint_is_skipped(tmp_path):
    ckpt.write_checkpoint(tmp_path / 'epoch_1.pth', RESUMABLE)
    ckpt.write_checkpoint(tmp_path / 'epoch_2.pth', {**RESUMABLE, 'hooks': []})
    write_text(tmp_path / ckpt.LAST, 'epoch_2.pth\n')
    found, (line,) = ckpt.newest_whole(tmp_path)
    assert found == tmp_path / 'epoch_1.pth'
    assert "epoch_2.pth cannot be resumed from: its part 'hooks' (list)" in line


@pytest.mark.parametrize('error', [URLError('refused'), HTTPException('bad'), ValueError('no')])
def test_address_that_cannot_be_reached_is_named(tmp_path, monkeypatch, error):
    def fail(url, target):
        raise error

    monkeypatch.setattr('torch.hub.get_dir', lambda: str(tmp_path))
    monkeypatch.setattr('torch.hub.download_url_to_file', fail)
    with pytest.raises(ckpt.CheckpointError, match=r'http://a/b\.pth cannot be downloaded'):
        ckpt.read_checkpoint('http://a/b.pth')


def test_path_that_no_file_can_have_is_one_short_line():
    with pytest.raises(ckpt.CheckpointError, match='There is no checkpoint at') as raised:
        ckpt.read_checkpoint('x' * 5000)
    assert len(str(raised.value)) < 400
    with pytest.raises(ckpt.CheckpointError, match='There is no checkpoint at'):
        ckpt.read_checkpoint('a\0b')


def test_preprocessor_takes_the_channels_of_a_checkpoint():
    trained, fresh = LessonPreprocessor('auto'), LessonPreprocessor('auto')
    trained.fit(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    state = {'state_dict': trained.state_dict()}
    assert ckpt.load_weights(fresh, state, 'x.pth', strict=True) is None
    assert fresh.mean.tolist() == [1.0, 2.0]
    fixed = LessonPreprocessor(3)
    with pytest.raises(ckpt.CheckpointError, match=r'mean \[2\] instead of \[3\]'):
        ckpt.load_weights(fixed, state, 'x.pth', strict=True)


@pytest.mark.parametrize('weights', [None, 3, [torch.ones(1)], {3: torch.ones(1)}])
def test_weights_of_another_form_are_damage(weights):
    with pytest.raises(ckpt.CheckpointError, match=r'x\.pth is damaged: its weights are'):
        ckpt.load_weights(nn.Linear(2, 1), {'state_dict': weights}, 'x.pth', strict=True)
