"""``train.py --dry-run`` and ``--overfit-batches``, as a user starts them."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from pathlib import Path

import pytest
import torch
from forked import run_forked
from paths import ROOT
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from mmlesson.apis.analysis.dry_run import dry_run
from mmlesson.apis.analysis.limit_batches import first_batches
from mmlesson.apis.analysis.overfit_batches import overfit
from mmlesson.errors import RunError, UserError

MOONS = ROOT / 'configs/mlp/mlp_moons.py'


def words(config: Path, **options) -> Namespace:
    """Return the command line of train.py, parsed, with nothing asked for."""
    flags = ('resume', 'work_dir', 'device', 'seed', 'cfg_options', 'overfit_batches')
    switches = ('amp', 'no_validate', 'auto_scale_lr', 'dry_run', 'resume_after_stop')
    nothing = {**dict.fromkeys(flags), **dict.fromkeys(switches, False), 'launcher': 'none'}
    return Namespace(config=str(config), **{**nothing, **options})


def files_under(*folders: Path) -> set[Path]:
    """Return the files; caches of Python, and of libraries in a home that is new, left aside."""
    caches = {'__pycache__', '.cache'}
    found = {path for folder in folders for path in folder.rglob('*') if path.is_file()}
    return {path for path in found if not caches & set(path.parts)}


@pytest.fixture(scope='module')
def tried(tmp_path_factory):
    """A dry run of the CNN, in a folder of its own: what it said, and what it left anywhere."""
    folder = tmp_path_factory.mktemp('dry')
    places = [folder / name for name in ('here', 'tmp', 'home')]
    for place in places:
        place.mkdir()
    here, tmp, home = map(str, places)
    env = {'TMPDIR': tmp, 'HOME': home}
    lesson = ROOT / 'configs/cnn/cnn_digits.py'
    before = files_under(*places, ROOT / 'configs', ROOT / 'mmlesson', ROOT / 'tools')
    stopping = "custom_hooks=[{'type':'EarlyStoppingHook','monitor':'loss','patience':1}]"
    words = [ROOT / 'tools/train.py', lesson, '--dry-run', '--cfg-options', stopping]
    done = run_forked(*words, cwd=Path(here), env=env)
    left = files_under(*places, ROOT / 'configs', ROOT / 'mmlesson', ROOT / 'tools') - before
    return done, left | set(Path(here).iterdir())


def test_dry_run_keeps_no_files(tried):
    done, left = tried
    assert done.returncode == 0, done.stderr
    assert left == set()


def test_dry_run_reports_shapes_parameters_memory_and_time(tried):
    said = tried[0].stdout
    for line in (
        r'train +1,078 +17 +inputs float32 \(64, 1, 8, 8\), labels int64 \(64,\)',
        r'val +362 +1 +inputs float32 \(362, 1, 8, 8\)',
        r'test +357 +1 +\(not run\)',
        r'backbone.stages.4 +Conv2d +\(64, 32, 4, 4\) +4,608',  # 32 * (16 * 9 + 1)
        r'head.linear +Linear +\(64, 10\) +650',
        r'parameters: 13,754, of which 13,754 are trainable',
        r'memory: weights 53\.73 KiB, .*optimizer 107\.5 KiB',  # Adam: two numbers for each weight
        r'17 steps, .* the median of 5 after a warm-up step\); .* for 40 epochs',
    ):
        assert re.search(line, said), line


def test_dry_run_of_iterations_reports_the_total_time(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    by_iteration = "train_cfg={'_delete_':True,'by_epoch':False,'max_iters':300}"
    said = dry_run(words(MOONS, cfg_options=[by_iteration]))
    assert re.search(r'time: .* s for 300 iterations', said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('task', [dry_run, overfit])
def test_several_processes_are_refused(task):
    with pytest.raises(UserError, match='takes one process'):
        task(words(MOONS, launcher='pytorch', overfit_batches=1))


def test_two_batches_are_overfitted_in_a_separate_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    xor = ROOT / 'configs/mlp/mlp_xor.py'
    said = overfit(words(xor, overfit_batches=2))
    assert 'The model overfits' in said
    (folder,) = (tmp_path / 'work_dirs').iterdir()
    assert folder.name == 'mlp_xor_overfit'
    summary = json.loads((folder / 'summary.json').read_text())
    facts = summary['facts']['overfit']
    assert facts['accuracy/top1'] == 100
    assert facts['loss'] <= 0.05
    assert summary['test'] is None
    assert summary['iterations'] == 2 * summary['epochs']
    (log,) = folder.rglob('*.log')
    assert 'of the training data' not in log.read_text()  # validated on them on purpose
    overfit(words(xor, overfit_batches=2))
    assert {one.name for one in (tmp_path / 'work_dirs').iterdir()} == {
        'mlp_xor_overfit',
        'mlp_xor_overfit_2',
    }


def test_failed_overfitting_reports_the_loss_and_accuracy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    options = ['train_cfg.max_epochs=4', 'model.backbone.hidden_sizes=()']
    xor = ROOT / 'configs/mlp/mlp_xor.py'
    with pytest.raises(RunError, match=r'did not overfit after 60 steps on 3 batch') as caught:
        overfit(words(xor, overfit_batches=3, cfg_options=options))
    assert caught.value.status == 1


def test_overfitting_is_judged_if_another_hook_stops_training(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    perceptron = ROOT / 'configs/perceptron/perceptron_blobs.py'
    assert 'accuracy 100 %' in overfit(words(perceptron, overfit_batches=1))


def test_overfitting_without_validation_is_refused(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match='needs val_cfg and val_evaluator'):
        overfit(words(MOONS, overfit_batches=1, no_validate=True))


def test_first_batches_are_those_of_the_loader():
    data = TensorDataset(torch.arange(20))
    generator = torch.Generator().manual_seed(1)
    order = torch.randperm(20, generator=generator).tolist()
    few = first_batches(DataLoader(data, 8, sampler=order), 2)
    for _ in range(2):
        assert [batch[0].tolist() for batch in few] == [order[:8], order[8:16]]
    pairs = [[3, 4, 5], [0, 1]]
    of_pairs = first_batches(DataLoader(data, batch_sampler=pairs), 5)
    assert [batch[0].tolist() for batch in of_pairs] == pairs


def test_first_batches_of_a_stream_are_refused():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(range(3))

    with pytest.raises(UserError, match='Stream is a stream'):
        first_batches(DataLoader(Stream()), 1)
