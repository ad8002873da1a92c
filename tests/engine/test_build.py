import pytest
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.engine import LessonRunner, build
from mmlesson.errors import UserError

XOR = CONFIGS / 'mlp/mlp_xor.py'


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load_config(XOR)
    loaded.merge_from_dict({'device': 'cpu', 'launcher': 'none', 'log_level': 'ERROR'})
    return loaded


def test_run_has_its_own_folder(config):
    folders = []
    for _ in range(2):
        with build.open_run(config, None):
            folders.append(config.work_dir)
        config.work_dir = None
    assert folders == ['work_dirs/mlp_xor', 'work_dirs/mlp_xor_2']


def test_requested_folder_is_used(config, tmp_path):
    with build.open_run(config, str(tmp_path / 'mine')):
        pass
    assert config.work_dir == str(tmp_path / 'mine')
    assert (tmp_path / 'mine').is_dir()


def test_restarted_launch_resumes_its_own_run(config, tmp_path, monkeypatch):
    monkeypatch.setenv('TORCHELASTIC_RUN_ID', 'abc')
    monkeypatch.setenv('TORCHELASTIC_RESTART_COUNT', '1')
    monkeypatch.setattr(build, 'folder_of_launch', lambda asked, config, launch: tmp_path)
    with build.open_run(config, None):
        pass
    assert not config.get('resume')  # it had saved nothing yet
    (tmp_path / 'last_checkpoint').touch()
    with build.open_run(config, None):
        pass
    assert config.resume is True
    assert config.work_dir == str(tmp_path)


def test_runner_is_ours_unless_the_config_names_another(config, tmp_path):
    config.work_dir = str(tmp_path / 'run')
    assert type(build.build_runner(config)) is LessonRunner


@pytest.mark.parametrize('resume', [False, True])
def test_folder_of_a_run_that_is_training_is_refused(config, tmp_path, resume):
    config.resume = resume
    other = load_config(XOR)
    other.merge_from_dict({'device': 'cpu', 'launcher': 'none', 'resume': resume})
    folder = str(tmp_path / 'mine')
    with (
        build.open_run(config, folder),
        pytest.raises(UserError, match='mine is being trained by another process'),
    ):
        build.open_run(other, folder).__enter__()
    with build.open_run(other, folder):  # free again
        pass


def test_run_that_ended_since_the_folder_was_chosen_is_not_overwritten(
    config, tmp_path, monkeypatch
):
    def choose(asked, config, resume, launch=None):
        (tmp_path / 'summary.json').write_text('{}')  # the other run ends now
        return tmp_path

    monkeypatch.setattr(build, 'choose_work_dir', choose)
    with pytest.raises(UserError, match='holds a run already'):
        build.open_run(config, str(tmp_path)).__enter__()
