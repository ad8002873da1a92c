"""Several processes on this machine give what one gives, on CPUs, by gloo."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from distributed_runs import curves, train
from forked import fork_ranks, run_forked
from paths import ROOT

from mmlesson.engine import distributed
from mmlesson.engine.signals import Interrupted

LAUNCHER, SCRIPT = 'tools/dist_launch.py', 'tests/integration/distributed_runs.py'
LOADER = 'train_dataloader'
STOPPING = [{'type': 'EarlyStoppingHook', 'monitor': 'loss', 'patience': 2}]
UNEVEN = {
    f'{split}_dataloader.dataset.split_ratio': [0.6025, 0.2, 0.1975]
    for split in ('train', 'val', 'test')
}

# Lesson, options, batch size of all processes together. The sizes of the splits divide by nothing.
RUNS: dict[str, tuple[str, dict[str, Any], int]] = {
    'mlp': ('mlp/mlp_digits.py', {'train_cfg.max_epochs': 3}, 64),
    'batch norm': (
        'cnn/cnn_digits.py',
        {'train_cfg.max_epochs': 2, 'model.backbone.dropout': 0.0, 'sync_bn': 'torch'},
        64,
    ),
    'last batch of one': (
        'mlp/mlp_moons.py',
        {'train_cfg.max_epochs': 2, **UNEVEN},
        16,
    ),
    'batch norm, last batch of one': (
        'mlp/mlp_moons.py',
        {
            'train_cfg.max_epochs': 2,
            'sync_bn': 'torch',
            'model.backbone': {'_delete_': True, 'type': 'NormalisedMLP'},
            **UNEVEN,
        },
        16,
    ),
    'early stopping': ('mlp/fit_stopped.py', {'custom_hooks': STOPPING}, 16),
    'accumulation': (
        'mlp/mlp_digits.py',
        {'train_cfg.max_epochs': 2, 'optim_wrapper.accumulative_counts': 3},
        64,
    ),
    'iterations': (
        'mlp/mlp_digits.py',
        {
            'train_cfg': {'_delete_': True, 'by_epoch': False, 'max_iters': 20, 'val_interval': 10},
            'param_scheduler': None,
        },
        64,
    ),
    'segmentation': (
        'vision/segment_digits.py',
        {
            'train_cfg.max_epochs': 2,
            'sync_bn': 'torch',
            'model.backbone.channels': [4, 8],
            **{f'{split}_dataloader.dataset.num_samples': 62 for split in ('train', 'val', 'test')},
        },
        16,
    ),
    'perceptron': ('perceptron/perceptron_digits.py', {'train_cfg.max_epochs': 2}, 64),
}


def stop_at(iteration: int) -> Callable[[Any], None]:
    """Return what makes a runner end as by SIGTERM, in the middle of an epoch."""

    def watch(runner: Any) -> None:
        step = runner.model.train_step

        def train_step(*args: Any, **kwargs: Any) -> Any:
            if runner.iter + 1 == iteration:
                runner.interrupts.note(15)
            return step(*args, **kwargs)

        runner.model.train_step = train_step

    return watch


@pytest.fixture(scope='module')
def root(tmp_path_factory) -> Path:
    """Return a folder with all runs, of 1, 2 and 4 processes."""
    root = tmp_path_factory.mktemp('several')
    for name, (lesson, options, batch_size) in RUNS.items():
        own = {**options, f'{LOADER}.batch_size': batch_size}
        train(lesson, own, root / '1' / name, 'none')
    with pytest.raises(Interrupted):
        train('mlp/mlp_digits.py', RUNS['mlp'][1], root / '1' / 'cut', 'none', stop_at(25))
    (cut,) = (root / '1' / 'cut').glob('*_iter_*.pth')
    for processes in (2, 4):
        runs = {
            name: (lesson, {**options, f'{LOADER}.batch_size': batch_size // processes})
            for name, (lesson, options, batch_size) in RUNS.items()
        }
        lesson, options = runs['mlp']
        runs['moved'] = lesson, {**options, 'resume': True, 'load_from': str(cut)}
        file = root / str(processes) / 'runs.json'
        file.parent.mkdir()
        file.write_text(json.dumps(runs))
        done = run_forked(LAUNCHER, processes, SCRIPT, file, before=fork_ranks)
        assert done.returncode == 0, done.stderr
    return root


@pytest.mark.parametrize('processes', [2, 4])
@pytest.mark.parametrize('name', RUNS)
def test_several_processes_have_the_result_of_a_single_process(root, processes, name):
    alone, together = curves(root / '1' / name), curves(root / str(processes) / name)
    for phase, tolerance in (('train', 1e-5), ('val', 1e-6)):
        assert [step for step, _ in together[phase]] == [step for step, _ in alone[phase]]
        for (_, ours), (_, theirs) in zip(together[phase], alone[phase], strict=True):
            assert ours == pytest.approx(theirs, abs=tolerance)
    ours, theirs = together['summary'], alone['summary']
    assert ours['test'] == pytest.approx(theirs['test'], abs=1e-6)
    assert ours['world_size'] == processes
    assert ours['splits'] == theirs['splits']
    assert (ours['stop'] or {}).get('epoch') == (theirs['stop'] or {}).get('epoch')
    assert ours['best']['epoch'] == theirs['best']['epoch']


@pytest.mark.parametrize('processes', [2, 4])
def test_run_resumes_with_another_number_of_processes(root, processes):
    alone, moved = curves(root / '1' / 'mlp'), curves(root / str(processes) / 'moved')
    for phase in ('train', 'val'):
        whole = [point for step, point in alone[phase] if step >= moved[phase][0][0]]
        assert [point for _, point in moved[phase]] == [pytest.approx(p, abs=1e-6) for p in whole]


@pytest.mark.parametrize('processes', [2, 4])
def test_run_of_several_processes_resumes_in_a_single_process(root, processes, tmp_path):
    lesson, options, batch_size = RUNS['mlp']
    saved = root / str(processes) / 'mlp' / 'epoch_2.pth'
    resumed = {**options, f'{LOADER}.batch_size': batch_size, 'resume': True}
    train(lesson, {**resumed, 'load_from': str(saved)}, tmp_path / 'run', 'none')
    ours, whole = curves(tmp_path / 'run'), curves(root / '1' / 'mlp')
    assert ours['val'][-1][1] == pytest.approx(whole['val'][-1][1], abs=1e-6)
    assert ours['summary']['test'] == pytest.approx(whole['summary']['test'], abs=1e-6)


@pytest.mark.parametrize('processes', [2, 4])
def test_only_rank_0_writes(root, processes):
    folder = root / str(processes) / 'mlp'
    assert sorted(file.name for file in folder.glob('*.pth')) == [
        'best_accuracy_top1.pth',
        'epoch_2.pth',
        'epoch_3.pth',
    ]
    assert len(list(folder.glob('*/*.log'))) == 1
    assert not (ROOT / '.dist_test').exists()


def test_single_process_needs_no_channels():
    assert distributed.world_size() == 1
    assert distributed.rank() == 0
    assert distributed.all_gather('a') == ['a']
    assert distributed.broadcast('a') == 'a'
    assert distributed.all_reduce_max([3, 1]) == [3, 1]
    distributed.barrier()
    error = RuntimeError('gloo: connection closed by peer')
    assert distributed.explain_peer_failure(error) is error
