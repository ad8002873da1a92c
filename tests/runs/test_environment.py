import platform
import subprocess
import sys
from importlib.metadata import version

import torch

from mmlesson.runs import environment
from mmlesson.runs.environment import describe_environment

CPU = torch.device('cpu')


def test_versions_are_those_in_use():
    described = describe_environment(CPU)
    assert described['python'] == platform.python_version()
    assert described['packages']['torch'] == torch.__version__
    assert described['packages']['mmengine'] == version('mmengine')
    assert described['gpu'] is None


def test_command_can_be_repeated(monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['tools/train.py', 'a config.py'])
    assert describe_environment(CPU)['command'].endswith("tools/train.py 'a config.py'")


def test_missing_package_has_no_version(monkeypatch):
    monkeypatch.setattr(environment, 'PACKAGES', ('no-such-package',))
    assert describe_environment(CPU)['packages']['no-such-package'] is None


def test_commit_is_that_of_the_working_directory(tmp_path, monkeypatch):
    def git(*words):
        command = ['git', '-C', str(tmp_path), '-c', 'user.name=a', '-c', 'user.email=a@b', *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    monkeypatch.chdir(tmp_path)
    git('init', '-q')
    (tmp_path / 'a').write_text('1')
    git('add', 'a')
    git('commit', '-qm', 'a')
    commit = git('rev-parse', '--short=12', 'HEAD')
    assert describe_environment(CPU)['git'] == commit
    (tmp_path / 'a').write_text('2')
    assert describe_environment(CPU)['git'] == f'{commit}, with changes'


def test_machine_without_git_has_no_commit(monkeypatch):
    monkeypatch.setenv('PATH', '')
    assert describe_environment(CPU)['git'] is None
