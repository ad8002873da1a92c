import pytest

from mmlesson.errors import UserError
from mmlesson.play.form import FIELDS, form_of_settings
from mmlesson.play.plane_handlers import PlaneHandlers
from mmlesson.play.sessions import Sessions
from mmlesson.play.settings import Settings, TrainingSettings
from mmlesson.play.texts import texts

SETTINGS = Settings(training=TrainingSettings(max_epochs=3))
FORM = (['train'], '', *form_of_settings(SETTINGS))


@pytest.fixture
def handlers():
    sessions = Sessions()
    yield PlaneHandlers(sessions, texts('en'))
    sessions.close_all()


def test_buttons_train_step_and_start_again(handlers):
    ((html, text, csv),) = handlers.reset('a', *FORM)
    assert 'data-epoch="0"' in html
    assert "type='XOR'" in text
    assert csv == ''
    ((html, *_),) = handlers.step('a', *FORM)
    assert 'data-epoch="1"' in html
    html, *_ = list(handlers.train('a', 0, *FORM))[-1]
    assert 'data-epoch="3" data-state="finished"' in html
    assert 'class="surface"' in html
    ((html, *_),) = handlers.step('a', *FORM)  # training has ended: it starts again
    assert 'data-epoch="1"' in html
    (html,) = handlers.show('a', ['val'])
    assert html.count('<circle') == 80


def test_new_settings_start_another_training(handlers):
    list(handlers.step('a', *FORM))
    changed = list(FORM)
    changed[2 + FIELDS.index('hidden_sizes')] = '2, 2'
    ((html, text, _),) = handlers.step('a', *changed)
    assert 'data-epoch="1"' in html
    assert 'hidden_sizes=(2, 2)' in text


def test_field_that_did_not_change_leaves_training_alone(handlers):
    list(handlers.step('a', *FORM))
    assert list(handlers.update('a', *FORM)) == []
    ((html, *_),) = handlers.step('a', *FORM)
    assert 'data-epoch="2"' in html
    list(handlers.train('a', 0, *FORM))
    assert list(handlers.update('a', *FORM)) == []  # what has ended stays on the page


def test_field_that_changed_starts_another_training(handlers):
    list(handlers.step('a', *FORM))
    changed = list(FORM)
    changed[2 + FIELDS.index('seed')] = 5
    ((html, text, _),) = handlers.update('a', *changed)
    assert 'data-epoch="0"' in html
    assert 'seed=5' in text


def test_unknown_visitor_has_no_training(handlers):
    assert list(handlers.pause('nobody')) == [None]
    assert list(handlers.show('nobody', ['train'])) == ['']


def test_link_fills_the_fields_and_names_what_is_left_out(handlers):
    link = 'https://playground.tensorflow.org/#networkShape=3&xTimesY=true'
    ((*values, note),) = handlers.use_link('a', link)
    assert dict(zip(FIELDS, values, strict=True))['hidden_sizes'] == '3'
    assert '`xTimesY=true`' in note


@pytest.mark.parametrize('speed', [-1, None, 'fast'])
def test_wrong_speed_is_refused(handlers, speed):
    with pytest.raises(UserError, match='speed'):
        next(handlers.train('a', speed, *FORM))


def test_points_of_the_classes_na_and_01_are_trained(handlers):
    text = '\n'.join(
        f'{x / 10},{y},{label}' for x in range(20) for y, label in ((0, 'NA'), (1, '01'))
    )
    form = ['', text, *FORM[2:]]
    form[2 + FIELDS.index('dataset')] = 'TableDataset'
    html, _, csv = list(handlers.train('a', 0, *form))[-1]
    assert 'data-state="finished"' in html
    assert csv.splitlines()[1:3] == ['0.0,0.0,NA', '0.0,1.0,01']


def test_markup_in_a_link_has_no_effect(handlers):
    link = 'https://playground.tensorflow.org/#a%60b%0A%0A%3Cb%3E=1'
    ((*_, note),) = handlers.use_link('a', link)
    assert '`a´b <b>=1`' in note
