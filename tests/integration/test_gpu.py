"""What only a GPU shows; run there by ``python tools/benchmarks/check_gpu.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from paths import ROOT

MLP = 'mlp/mlp_digits.py'
CNN = 'cnn/cnn_digits.py'
SHORT = {'device': 'cuda', 'train_cfg__max_epochs': 2}

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device'),
]


def test_model_data_and_metrics_are_on_the_gpu(build):
    runner = build(CNN, **SHORT)
    runner.train()
    assert {parameter.device.type for parameter in runner.model.parameters()} == {'cuda'}
    assert runner.status.val_metrics['accuracy/top1'] > 50


def test_one_epoch_is_that_of_the_cpu(train):
    options = {'train_cfg__max_epochs': 1, 'model__backbone__dropout': 0.0}
    cpu = train(CNN, 'cpu', **options)
    gpu = train(CNN, 'gpu', device='cuda', **options)
    assert gpu['train']['loss'] == pytest.approx(cpu['train']['loss'], abs=1e-3)
    assert gpu['val']['loss'] == pytest.approx(cpu['val']['loss'], abs=1e-3)


def test_deterministic_mode_repeats(train):
    options = {**SHORT, 'randomness__deterministic': True}
    try:
        runs = [train(CNN, str(number), **options) for number in range(2)]
    finally:
        torch.use_deterministic_algorithms(False)
    assert runs[0]['weights_sha256'] == runs[1]['weights_sha256']


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_mixed_precision_learns(train, dtype):
    wrapper = {'type': 'MixedPrecisionOptimWrapper', 'dtype': dtype}
    summary = train(CNN, optim_wrapper=wrapper, **{**SHORT, 'train_cfg__max_epochs': 10})
    assert summary['val']['accuracy/top1'] > 95


@pytest.mark.parametrize('option', ['tf32', 'channels_last', 'compile'])
@pytest.mark.filterwarnings('ignore')  # of torch's compiler about itself
def test_faster_modes_learn(train, option):
    summary = train(CNN, **{**SHORT, option: True, 'train_cfg__max_epochs': 10})
    assert summary['val']['accuracy/top1'] > 95


def test_resumed_run_has_the_same_weights(train, tmp_path):
    options = {'device': 'cuda', 'randomness__deterministic': True, 'train_cfg__max_epochs': 4}
    keep = {'default_hooks__checkpoint__max_keep': 4}
    try:
        whole = train(CNN, 'whole', **options, **keep)
        half = str(tmp_path / 'whole' / 'epoch_2.pth')
        resumed = train(CNN, 'resumed', resume=True, load_from=half, **options)
    finally:
        torch.use_deterministic_algorithms(False)
    assert resumed['weights_sha256'] == whole['weights_sha256']


@pytest.mark.parametrize('processes', [1, 2])
def test_processes_communicate_by_nccl(tmp_path, processes):
    if torch.cuda.device_count() < processes:
        pytest.skip(f'needs {processes} GPUs')
    done = subprocess.run(
        [
            *('tools/dist_train.sh', f'configs/{MLP}', str(processes), '--device', 'cuda'),
            *('--work-dir', str(tmp_path / 'run'), '--cfg-options', 'train_cfg.max_epochs=2'),
            'default_hooks.visualization=None',
        ],
        cwd=ROOT,
        env={**os.environ, 'PYTHON': sys.executable, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / 'run' / 'summary.json').read_text())
    assert summary['device'].startswith('cuda')
    assert summary['world_size'] == processes


def test_resident_data_are_on_the_gpu_and_change_no_result(train, build):
    options = {**SHORT, 'randomness__deterministic': True}
    try:
        plain = train(CNN, 'plain', **options)
        runner = build(CNN, 'resident', device_resident=True, **options)
        runner.train()
    finally:
        torch.use_deterministic_algorithms(False)
    for loader in (runner.train_dataloader, runner.val_dataloader, runner.test_dataloader):
        assert {value.device.type for value in next(iter(loader)).values()} == {'cuda'}
    summary = json.loads((Path(runner.work_dir) / 'summary.json').read_text())
    assert summary['weights_sha256'] == plain['weights_sha256']


def test_augmented_run_resumes_with_the_same_weights(train, tmp_path):
    augment = [{'type': 'Affine', 'degrees': 10, 'pixels': 1}, {'type': 'Erasing'}]
    options = {**SHORT, 'model__data_preprocessor__augment': augment}
    keep = {'default_hooks__checkpoint__max_keep': 4}
    whole = train(CNN, 'whole', **{**options, 'train_cfg__max_epochs': 3}, **keep)
    half = str(tmp_path / 'whole' / 'epoch_1.pth')
    cut = {**options, 'train_cfg__max_epochs': 3}
    resumed = train(CNN, 'resumed', resume=True, load_from=half, **cut)
    assert resumed['train']['loss'] == pytest.approx(whole['train']['loss'], rel=1e-3)


def test_half_precision_of_an_augmented_run_learns(train):
    augment = [{'type': 'Affine', 'degrees': 10, 'pixels': 0.5}]
    options = {**SHORT, 'train_cfg__max_epochs': 10, 'model__data_preprocessor__augment': augment}
    wrapper = {'type': 'MixedPrecisionOptimWrapper', 'dtype': 'bfloat16'}
    assert train(CNN, optim_wrapper=wrapper, **options)['val']['accuracy/top1'] > 93
