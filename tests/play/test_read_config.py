import pytest

from mmlesson.errors import UserError
from mmlesson.play.read_config import settings_of


def test_lesson_becomes_settings():
    settings = settings_of('mlp/fit_stopped')
    assert (settings.data.train_percent, settings.data.val_percent) == (30, 30)
    assert settings.network.hidden_sizes == (256, 256)
    assert settings.training.patience == 10


@pytest.mark.parametrize(
    ('lesson', 'match'),
    [
        ('mlp/mlp_digits', 'Digits'),
        ('perceptron/perceptron_blobs', 'networks for points in the plane'),
        ('mlp/linear_xor', 'model.head'),
        ('cnn/cnn_digits', 'cnn_digits|Digits'),
    ],
)
def test_config_that_the_page_cannot_show_is_refused(lesson, match):
    with pytest.raises(UserError, match=match):
        settings_of(lesson)


def test_key_that_changes_training_is_named(tmp_path):
    file = tmp_path / 'own.py'
    file.write_text(
        "_base_ = ['mmlesson::mlp/mlp_xor.py']\n"
        "param_scheduler = [dict(type='StepLR', step_size=10)]\n"
    )
    with pytest.raises(UserError, match='param_scheduler'):
        settings_of(file)
