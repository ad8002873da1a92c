from pathlib import Path

import pytest

import mmlesson.play.sessions as module
from mmlesson.apis.training import train
from mmlesson.errors import UserError
from mmlesson.play.mistakes import SupersededError
from mmlesson.play.read_config import settings_of
from mmlesson.play.sessions import Sessions
from mmlesson.play.settings import OWN, DataSettings, Settings, TrainingSettings
from mmlesson.play.written_config import config_text

OWN_POINTS = 'x,y,label\n' + ''.join(f'{0.1 * at},{at % 3},{at % 2}\n' for at in range(40))


@pytest.fixture
def sessions():
    held = Sessions()
    yield held
    held.close_all()


def finish(session):
    session.run()
    return list(session.follow())[-1]


def weights_of(config, folder):
    run = train(config, work_dir=folder, options={'default_hooks.visualization': None})
    return run.summary['weights_sha256']


def test_page_gives_the_weights_of_the_lesson(sessions, tmp_path):
    session = sessions.start('a', config_text(settings_of('mlp/fit_stopped')))
    assert session.step().epoch == 1
    assert session.step().epoch == 2  # paused in between, and drawn: neither changes anything
    frame = finish(session)
    assert frame.state == 'finished'
    assert 'no improvement' in frame.message
    assert frame.weights_sha256 == weights_of('mlp/fit_stopped', tmp_path / 'run')


def test_downloaded_config_gives_the_weights_of_the_page(sessions, tmp_path, monkeypatch):
    settings = Settings(DataSettings(OWN), training=TrainingSettings(max_epochs=3))
    session = sessions.start('a', config_text(settings), OWN_POINTS)
    frame = finish(session)
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'play.py').write_text(config_text(settings))
    (tmp_path / 'points.csv').write_text(OWN_POINTS)
    assert frame.weights_sha256 == weights_of('play.py', tmp_path / 'run')


def test_visitors_do_not_disturb_each_other(sessions):
    text = config_text(Settings(training=TrainingSettings(max_epochs=4)))
    first, second = sessions.start('a', text), sessions.start('b', text)
    first.step()
    assert (first.frame.epoch, second.frame.epoch) == (1, 0)
    sessions.close('a')
    assert finish(second).epoch == 4


def test_mistake_of_a_config_is_the_message_of_its_frame(sessions):
    text = config_text(Settings()).replace("type='XOR'", "type='XORR'")
    frame = sessions.start('a', text).frame
    assert frame.state == 'failed'
    assert 'XORR' in frame.message


class FakeSession:
    def __init__(self, *source):
        self.source, self.touched, self.is_closed = source, module.time.monotonic(), False
        self.has_ended = False

    def close(self):
        self.is_closed = True


def test_number_of_sessions_is_limited_and_idle_ones_give_way(monkeypatch):
    monkeypatch.setattr(module, 'Session', FakeSession)
    sessions = Sessions(most=2)
    first = sessions.start('a', 'text')
    sessions.start('b', 'text')
    sessions.start('b', 'other text')
    with pytest.raises(UserError, match='All 2 places'):
        sessions.start('c', 'text')
    first.touched -= module.IDLE_SECONDS + 1
    sessions.start('c', 'text')
    assert first.is_closed
    assert sessions.get('a') is None


def test_session_is_provided_again_unless_its_config_changed_or_it_has_ended(monkeypatch):
    monkeypatch.setattr(module, 'Session', FakeSession)
    sessions = Sessions()
    first = sessions.provide('a', 'text')
    assert sessions.provide('a', 'text') is first
    assert sessions.provide('a', 'text', 'points') is not first
    assert first.is_closed
    ended = sessions.get('a')
    ended.has_ended = True
    assert sessions.provide('a', 'text', 'points', restart_ended=False) is ended
    assert sessions.provide('a', 'text', 'points') is not ended


def test_files_of_a_session_are_removed(sessions):
    session = sessions.start('a', config_text(Settings()), OWN_POINTS)
    assert session.frame.epoch == 0
    folder = Path(session.folder)
    assert folder.is_dir()
    sessions.close('a')
    assert not folder.exists()


def test_session_closed_before_its_first_frame_is_no_mistake(sessions):
    first = sessions.start('a', config_text(Settings()))
    sessions.start('a', config_text(Settings()))
    first._frame = None
    with pytest.raises(SupersededError):
        _ = first.frame
