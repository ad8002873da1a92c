import itertools

import pytest

from mmlesson.play.read_config import settings_of
from mmlesson.play.settings import (
    ACTIVATIONS,
    DATASETS,
    LOSSES,
    OPTIMIZERS,
    OWN,
    DataSettings,
    NetworkSettings,
    Settings,
    TrainingSettings,
)
from mmlesson.play.written_config import config_text

CHOICES = list(itertools.zip_longest(ACTIVATIONS, LOSSES, OPTIMIZERS, DATASETS[:-1]))


@pytest.mark.parametrize('choice', CHOICES, ids=str)
def test_config_of_settings_is_read_back(tmp_path, choice):
    activation, loss, optimizer, dataset = choice
    settings = Settings(
        DataSettings(dataset or 'XOR', noise=0.1, train_percent=30, val_percent=30),
        NetworkSettings((4, 2), activation, loss or LOSSES[0], 0.5),
        TrainingSettings(optimizer or 'SGD', 0.5, 0.001, 8, 12, 3, 7),
    )
    (tmp_path / 'play.py').write_text(config_text(settings))
    assert settings_of(tmp_path / 'play.py') == settings


def test_own_points_are_read_from_a_file_beside_the_config():
    settings = Settings(DataSettings(OWN, num_classes=3))
    text = config_text(settings)
    assert "type='TableDataset'" in text
    assert "path='points.csv'" in text
    assert 'num_classes=3' in text
