"""A lesson under mmengine's own runner, and its checkpoint under ours."""

import pytest
from forked import run_forked
from paths import CONFIGS, TOOLS


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """Train a lesson, with its hooks, under mmengine's runner."""
    folder = tmp_path_factory.mktemp('runs') / 'stock'
    config = folder.with_suffix('.py')
    config.write_text(
        f'_base_ = {str(CONFIGS / "mlp" / "mlp_moons.py")!r}\n'
        "runner_type = 'Runner'\n"
        "default_scope = 'mmlesson'\n"
        'train_cfg = dict(max_epochs=2)\n'
        "default_hooks = dict(visualization=dict(figures=['decision_regions']))\n"
    )
    done = run_forked(TOOLS / 'train.py', config, '--work-dir', folder, '--device', 'cpu')
    return done, folder


def test_lesson_trains_with_our_hooks(run):
    done, folder = run
    assert done.returncode == 0, done.stderr[-2000:]
    assert 'epoch 2/2  train loss' in done.stdout + done.stderr
    names = {path.name for path in folder.iterdir()}
    assert {'epoch_2.pth', 'summary.json', 'figures'} <= names
    assert (folder / 'figures' / 'decision_regions.png').exists()


def test_checkpoint_is_refused_with_the_command_that_converts_it(run, tmp_path):
    _, folder = run
    source, target = folder / 'epoch_2.pth', tmp_path / 'plain.pth'
    lesson = CONFIGS / 'mlp' / 'mlp_moons.py'
    refused = run_forked(TOOLS / 'test.py', lesson, source, '--work-dir', tmp_path)
    assert refused.returncode == 2
    assert f'mmlesson convert {source}' in refused.stderr.replace('\n', ' ')
    converted = run_forked(TOOLS / 'deployment' / 'convert_checkpoint.py', source, target)
    assert converted.returncode == 0, converted.stderr
    assert 'message_hub' in converted.stdout
    tested = run_forked(
        TOOLS / 'test.py', lesson, target, '--work-dir', tmp_path, '--device', 'cpu'
    )
    assert tested.returncode == 0, tested.stderr[-2000:]
