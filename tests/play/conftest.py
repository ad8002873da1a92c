import pytest

from mmlesson.apis.training import train


@pytest.fixture(scope='session')
def digits_run(tmp_path_factory):
    """Return the folder of a network that knows the digits."""
    folder = tmp_path_factory.mktemp('digits') / 'run'
    options = {'train_cfg.max_epochs': 4, 'default_hooks.visualization': None}
    train('cnn/cnn_digits', work_dir=folder, options=options)
    return folder
