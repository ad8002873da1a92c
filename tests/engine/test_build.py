import pytest
from paths import CONFIGS

from mmlesson.config import load_config
from mmlesson.engine import LessonRunner, build

XOR = CONFIGS / 'mlp/mlp_xor.py'


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = load_config(XOR)
    loaded.merge_from_dict({'device': 'cpu', 'launcher': 'none', 'log_level': 'ERROR'})
    return loaded


def test_run_has_a_folder_of_its_own(config):
    folders = []
    for _ in range(2):
        build.open_run(config, None)
        folders.append(config.work_dir)
        config.work_dir = None
    assert folders == ['work_dirs/mlp_xor', 'work_dirs/mlp_xor_2']


def test_folder_that_was_asked_for_is_used(config, tmp_path):
    build.open_run(config, str(tmp_path / 'mine'))
    assert config.work_dir == str(tmp_path / 'mine')
    assert (tmp_path / 'mine').is_dir()


def test_restarted_launch_resumes_its_own_run(config, tmp_path, monkeypatch):
    monkeypatch.setenv('TORCHELASTIC_RUN_ID', 'abc')
    monkeypatch.setenv('TORCHELASTIC_RESTART_COUNT', '1')
    monkeypatch.setattr(build, 'folder_of_launch', lambda asked, config, launch: tmp_path)
    build.open_run(config, None)
    assert not config.get('resume')  # it had saved nothing yet
    (tmp_path / 'last_checkpoint').touch()
    build.open_run(config, None)
    assert config.resume is True
    assert config.work_dir == str(tmp_path)


def test_runner_is_ours_unless_the_config_names_another(config, tmp_path):
    config.work_dir = str(tmp_path / 'run')
    assert type(build.build_runner(config)) is LessonRunner
