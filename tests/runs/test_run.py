import json

import pytest

from mmlesson.errors import UserError
from mmlesson.runs.checkpoint import write_checkpoint
from mmlesson.runs.run import Run
from mmlesson.runs.summary import DEFAULTS
from mmlesson.utils import rng_state

SUMMARY = {
    'status': 'completed',
    'epochs': 2,
    'iterations': 20,
    'best': {'metric': 'loss', 'value': 0.5, 'epoch': 1, 'checkpoint': 'best_loss.pth'},
    'final': {'epoch': 2, 'checkpoint': 'epoch_2.pth', 'val': None},
}
CHECKPOINT = {
    'meta': {'seed': 3, 'epoch': 5, 'iter': 50},
    'state_dict': {},
    'optimizer': {},
    'param_schedulers': [],
    'loop': {
        'epoch': 5,
        'iter': 50,
        'batch_idx': 0,
        'train_seconds': 2.0,
        'samples_seen': 100,
        'meter': {},
    },
    'gradients': {},
    'random_state': [rng_state.capture()],
    'hooks': {'EarlyStoppingHook': {'best': None}, 'Other': {}},
    'stop': None,
    'train_metrics': {'loss': 0.25},
    'val_metrics': {},
    'splits': {'train': {'size': 10, 'sha256': 'x', 'source': 'y'}},
}


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a run that has ended, with one start."""
    (tmp_path / 'summary.json').write_text(json.dumps(SUMMARY))
    start = tmp_path / '20250101_000000'
    start.mkdir()
    (start / 'lesson.py').write_text('model = None\n')
    for name in ('best_loss.pth', 'epoch_1.pth', 'epoch_2.pth'):
        write_checkpoint(tmp_path / name, {'state_dict': {}})
    (tmp_path / 'last_checkpoint').write_text('epoch_2.pth\n')
    return tmp_path


def test_finished_run_is_its_files(folder):
    run = Run(folder)
    assert run.status == 'completed'
    assert run.summary == {**DEFAULTS, **SUMMARY}
    assert run.name == 'lesson'
    assert run.config.config.model is None
    assert run.best_checkpoint == folder / 'best_loss.pth'
    assert run.last_checkpoint == run.final_checkpoint == folder / 'epoch_2.pth'
    assert run.checkpoint_to_apply == folder / 'epoch_2.pth'  # the weights that were tested
    assert run.figures == folder / 'figures'


def test_config_is_that_of_the_newest_start(folder):
    (folder / '20250102_000000').mkdir()
    (folder / '20250102_000000' / 'changed.py').write_text('model = None\n')
    assert Run(folder).config_file.name == 'changed.py'


def test_programs_in_folder_that_is_no_run_are_no_config(tmp_path):
    for file in (tmp_path / 'script.py', tmp_path / 'project' / 'module.py'):
        file.parent.mkdir(exist_ok=True)
        file.write_text('raise SystemExit("it was run")\n')
    with pytest.raises(UserError, match='holds no config'):
        _ = Run(tmp_path).config


def test_killed_run_is_described_by_its_last_checkpoint(folder):
    (folder / 'summary.json').unlink()
    write_checkpoint(folder / 'epoch_2.pth', CHECKPOINT)
    summary = Run(folder).summary
    assert summary['status'] == 'unfinished'
    assert (summary['seed'], summary['epochs'], summary['iterations']) == (3, 5, 50)
    assert summary['samples_per_second'] == 50.0
    assert summary['train'] == {'loss': 0.25}
    assert summary['val'] is None
    assert summary['splits'] == {'train': {'size': 10, 'sha256': 'x'}}


def test_run_resumed_after_its_summary_is_unfinished(folder):
    write_checkpoint(folder / 'epoch_2.pth', CHECKPOINT)
    records = folder / '20250101_000000' / 'vis_data' / 'scalars.json'
    records.parent.mkdir()
    records.write_text('{"epoch": 5, "iter": 50, "train/loss": 0.25}\n')
    assert Run(folder).status == 'unfinished'


@pytest.mark.parametrize('name', ['../secret.pth', '/etc/passwd', 'sub/epoch_1.pth', ''])
def test_checkpoint_named_by_a_file_is_never_outside_of_the_folder(folder, name):
    (folder / 'last_checkpoint').write_text(name)
    best = {**SUMMARY['best'], 'checkpoint': name}
    final = {**SUMMARY['final'], 'checkpoint': name}
    (folder / 'summary.json').write_text(json.dumps({**SUMMARY, 'best': best, 'final': final}))
    run = Run(folder)
    assert run.last_checkpoint is None
    assert run.final_checkpoint is None
    assert run.best_checkpoint == folder / 'best_loss.pth'  # the only one of that name there is


def test_damaged_pointer_names_nothing(folder):
    (folder / 'last_checkpoint').write_bytes(b'\xff\xfe\x00')
    assert Run(folder).last_checkpoint is None


def test_missing_parts_are_named(folder, tmp_path):
    with pytest.raises(UserError, match=r'RUN must be the folder of a run, got .*, which is no'):
        Run(tmp_path / 'nothing')
    for file in folder.glob('*.pth'):
        file.unlink()
    with pytest.raises(UserError, match=r'holds no checkpoint \(\*\.pth\)'):
        _ = Run(folder).checkpoint_to_apply
    (folder / '20250101_000000' / 'lesson.py').unlink()
    with pytest.raises(UserError, match=r'holds no config'):
        _ = Run(folder).config_file


def test_run_with_a_damaged_summary_is_described_by_its_newest_checkpoint(folder, caplog):
    write_checkpoint(folder / 'epoch_2.pth', CHECKPOINT)
    (folder / 'summary.json').write_text('[]')
    run = Run(folder)
    assert (run.status, run.summary['epochs']) == ('unfinished', 5)
    assert run.checkpoint_to_apply == folder / 'best_loss.pth'
    assert len(caplog.messages) == 1
    assert 'summary.json must hold JSON' in caplog.text


def test_run_with_a_damaged_pointer_is_described_by_its_newest_checkpoint(folder):
    write_checkpoint(folder / 'epoch_2.pth', CHECKPOINT)
    for name in ('summary.json', 'best_loss.pth'):
        (folder / name).unlink()
    (folder / 'last_checkpoint').write_bytes(b'\xff\xfe\x00')
    run = Run(folder)
    assert run.summary['epochs'] == 5
    assert run.checkpoint_to_apply == folder / 'epoch_2.pth'


@pytest.mark.parametrize(
    ('train_cfg', 'step', 'expected'),
    [
        ('dict(max_epochs=2)', {'epoch': 2, 'iter': 8}, ('completed', 2, 0)),
        ('dict(max_epochs=9)', {'epoch': 2, 'iter': 8}, ('unfinished', 2, 0)),
        ('dict(max_iters=8)', {'iter': 8}, ('completed', 0, 8)),
    ],
)
def test_run_of_mmengines_runner_is_described_from_its_records(tmp_path, train_cfg, step, expected):
    (tmp_path / 'config.py').write_text(f'train_cfg = {train_cfg}\nrandomness = dict(seed=3)\n')
    records = tmp_path / '20250101_000000' / 'vis_data' / 'scalars.json'
    records.parent.mkdir(parents=True)
    lines = [{'loss': 0.5, **step, 'step': 8}, {'mIoU': 40.0, 'step': step.get('epoch', 8)}]
    records.write_text('\n'.join(map(json.dumps, lines)))
    run = Run(tmp_path)
    summary = run.summary
    assert (summary['status'], summary['epochs'], summary['iterations']) == expected
    assert (summary['train'], summary['val'], summary['seed']) == ({'loss': 0.5}, {'mIoU': 40.0}, 3)
    assert run.name == 'config'
