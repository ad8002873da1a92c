import pytest

from mmlesson.errors import UserError
from mmlesson.play.form import FIELDS, form_of_settings, settings_of_form
from mmlesson.play.settings import OWN, NetworkSettings, Settings, TrainingSettings


def changed(**values):
    form = {**dict(zip(FIELDS, form_of_settings(Settings()), strict=True)), **values}
    return [form[name] for name in FIELDS]


def test_form_and_settings_are_inverse():
    settings = Settings(
        network=NetworkSettings((3, 5), 'ReLU', 'HingeLoss', 0.1),
        training=TrainingSettings('SGD', 0.5, 0.1, 4, 9, 2, 11),
    )
    assert settings_of_form(form_of_settings(settings)) == (settings, None)


def test_own_points_set_the_number_of_classes():
    text = '\n'.join(f'{x},0,{label}' for x in range(5) for label in 'abc')
    settings, points = settings_of_form(changed(dataset=OWN), text)
    assert settings.data.num_classes == 3
    assert points is not None
    assert len(points.rows) == 15


@pytest.mark.parametrize(
    ('values', 'match'),
    [
        ({'dataset': OWN}, '2 to 6 classes'),
        ({'lr': None}, 'lr must be a number'),
        ({'seed': '1; import os'}, 'seed must be a whole number'),
        ({'activation': ['Tanh']}, 'activation must be one of'),
        ({'hidden_sizes': '1,' * 100}, 'at most 6 layers'),
    ],
)
def test_wrong_value_is_named(values, match):
    with pytest.raises(UserError, match=match):
        settings_of_form(changed(**values))
