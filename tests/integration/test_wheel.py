"""The wheel, installed into an environment of its own and used outside of the checkout.

The slow tests install it with all it requires, for each Python in the variable WHEEL_PYTHONS
(programs, separated as in PATH); without it, for the Python that runs them:

    WHEEL_PYTHONS=/usr/bin/python3.10:/usr/bin/python3.13 pytest -m slow -k test_wheel
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest
from paths import ROOT

SOURCES = (
    *('mmlesson', 'configs', 'tools', 'docs', 'model-index.yml', 'pyproject.toml', 'setup.py'),
    *('MANIFEST.in', 'README.md', 'README_zh-CN.md', 'LICENSE', 'CHANGELOG.md', 'CITATION.cff'),
)
PYTHONS = os.environ.get('WHEEL_PYTHONS', sys.executable).split(os.pathsep)
SHORT = ('--cfg-options', 'train_cfg.max_epochs=2', 'default_hooks.visualization=None')


def call(*words: object, cwd: Path, status: int = 0, seconds: float = 300) -> str:
    env = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**env, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == status, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


@pytest.fixture(scope='module')
def wheel(tmp_path_factory) -> Path:
    """Build the source distribution, and the wheel from it."""
    source = tmp_path_factory.mktemp('source')
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns('__pycache__', '.mim')
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copyfile(ROOT / name, source / name)
    call(sys.executable, '-m', 'build', '--no-isolation', '--outdir', 'dist', cwd=source)
    (built,) = (source / 'dist').glob('*.whl')
    return built


@pytest.fixture(scope='module')
def installed(wheel, tmp_path_factory) -> Path:
    """Return the programs of an environment with the wheel and, besides, the packages of this one.

    The package itself is not seen twice: path files, such as that of an editable installation, are
    read only in an environment's own folder.
    """
    folder = tmp_path_factory.mktemp('venv')
    call(sys.executable, '-m', 'venv', '--without-pip', folder, cwd=folder)
    programs = folder / ('Scripts' if sys.platform == 'win32' else 'bin')
    paths = {'base': str(folder), 'platbase': str(folder)}
    site = Path(sysconfig.get_path('purelib', scheme='venv', vars=paths))
    (site / 'outer.pth').write_text(sysconfig.get_path('purelib') + '\n')
    pip = (sys.executable, '-m', 'pip', '--python', programs / 'python', 'install')
    call(*pip, '--quiet', '--no-deps', '--no-index', '--force-reinstall', wheel, cwd=folder)
    return programs


@pytest.fixture(scope='module')
def home(tmp_path_factory) -> Path:
    """Return an empty folder, in which the commands run one after the other."""
    return tmp_path_factory.mktemp('home')


@pytest.fixture(scope='module')
def trained(installed, home) -> Path:
    call(installed / 'mmlesson', 'train', 'mlp/mlp_xor', *SHORT, cwd=home)
    return home / 'work_dirs' / 'mlp_xor'


def test_package_is_that_of_the_wheel(installed, home):
    code = 'import mmlesson; print(mmlesson.__file__)'
    file = Path(call(installed / 'python', '-c', code, cwd=home).strip())
    assert file.is_relative_to(installed.parent)
    shipped = {path.name for path in (file.parent / '.mim').iterdir()}
    pages = {'docs', 'README.md', 'README_zh-CN.md'}
    assert shipped == {'configs', 'tools', 'model-index.yml', *pages}


def test_lesson_is_trained_by_its_name_in_an_empty_folder(trained):
    summary = json.loads((trained / 'summary.json').read_text())
    assert (summary['status'], summary['epochs']) == ('completed', 2)


def test_trained_model_is_applied(installed, home, trained):
    np.save(home / 'points.npy', np.array([[1.0, 1.0], [1.0, -1.0]], dtype=np.float32))
    said = call(installed / 'mmlesson', 'predict', trained, 'points.npy', cwd=home)
    assert said.count('points.npy') >= 2


def test_website_is_built(installed, home):
    said = call(installed / 'mmlesson', 'course', 'site', '--lang', 'zh', cwd=home)
    assert said.splitlines()[-1] == str(Path('site', 'index.html'))
    assert (home / 'site' / 'zh' / 'mmlesson' / 'models' / 'manual_mlp.html').is_file()
    assert (home / 'site' / 'zh' / 'docs' / 'tools.html').is_file()


def test_configs_are_listed(installed, home):
    lines = call(installed / 'python', '-m', 'mmlesson', 'list', 'configs', cwd=home).splitlines()
    assert any(line.startswith('cnn/cnn_digits ') for line in lines)


def test_copy_trains_as_the_original_with_the_tool_where_mim_looks_for_it(installed, home, trained):
    call(installed / 'mmlesson', 'copy', 'mlp_xor', '--out', 'mine.py', cwd=home)
    code = 'import mmlesson, os; print(os.path.dirname(mmlesson.__file__))'
    package = Path(call(installed / 'python', '-c', code, cwd=home).strip())
    words = (package / '.mim' / 'tools' / 'train.py', 'mine.py', '--launcher', 'none', *SHORT)
    call(installed / 'python', *words, cwd=home)
    copied = json.loads((home / 'work_dirs' / 'mine' / 'summary.json').read_text())
    original = json.loads((trained / 'summary.json').read_text())
    assert copied['weights_sha256'] == original['weights_sha256']


def test_mmengine_reads_shipped_configs(installed, home):
    code = (
        'import mmlesson.compat\n'
        'from mmengine.config import Config\n'
        'from mmengine.hub import get_config\n'
        "print(Config.fromfile('mmlesson::mlp/mlp_xor.py').model.type)\n"
        "print(get_config('mmlesson::mlp/mlp_xor.py').model.type)\n"
    )
    said = call(installed / 'python', '-W', 'ignore', '-c', code, cwd=home)
    assert said.splitlines()[-2:] == ['Classifier', 'Classifier']


@pytest.fixture(scope='module', params=PYTHONS)
def fresh(request, wheel, tmp_path_factory) -> Iterator[Path]:
    """Return the programs of an environment with the wheel and what it requires, and no more."""
    folder = tmp_path_factory.mktemp('fresh')
    call(request.param, '-m', 'venv', folder, cwd=folder)
    programs = folder / ('Scripts' if sys.platform == 'win32' else 'bin')
    pip = (programs / 'python', '-m', 'pip', 'install', '--quiet')
    call(*pip, f'{wheel}[export,play]', 'pytest', cwd=folder, seconds=3600)
    yield programs
    shutil.rmtree(folder)  # 6 GB, of which pytest would keep three


@pytest.mark.slow
def test_wheel_works_in_fresh_environment(fresh, tmp_path):
    def mmlesson(*words: object) -> str:
        return call(fresh / 'python', '-m', 'mmlesson', *words, cwd=tmp_path, seconds=600)

    mmlesson('train', 'mlp/mlp_xor')
    summary = json.loads((tmp_path / 'work_dirs/mlp_xor/summary.json').read_text())
    assert summary['test']['accuracy/top1'] == 100
    mmlesson('train', 'mlp/mlp_table', *SHORT)
    np.save(tmp_path / 'points.npy', np.array([[1.0, 1.0], [1.0, -1.0]], dtype=np.float32))
    mmlesson('export', 'work_dirs/mlp_xor', '--out', 'xor.onnx')
    said = [mmlesson('predict', run, 'points.npy') for run in ('work_dirs/mlp_xor', 'xor.onnx')]
    found = [[line for line in text.splitlines() if 'points.npy' in line] for text in said]
    assert found[0] == found[1]
    assert len(found[0]) == 2
    for options in (('--format', 'torchscript'), ('--quantize', 'int8', '--out', 'int8.onnx')):
        mmlesson('export', 'work_dirs/mlp_xor', *options)
    mmlesson('report', 'work_dirs/mlp_xor')


@pytest.mark.slow
def test_playground_answers_in_fresh_environment(fresh, tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    words = (fresh / 'mmlesson', 'play', '--no-browser', '--port', port)
    env = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    with subprocess.Popen(words, cwd=tmp_path, env=env) as server:
        try:
            assert any(answers(f'http://127.0.0.1:{port}', server) for _ in range(300))
        finally:
            server.terminate()


def answers(address: str, server: subprocess.Popen[bytes]) -> bool:
    """Return whether a server answers; if it does not, a second later."""
    assert server.poll() is None, 'the server has ended'
    try:
        with urlopen(address, timeout=60) as answer:
            return answer.status == 200
    except OSError:
        time.sleep(1)
        return False


@pytest.mark.slow
def test_new_project_passes_its_tests_in_fresh_environment(fresh, tmp_path):
    call(fresh / 'python', '-m', 'mmlesson', 'new', 'project', 'mine', cwd=tmp_path)
    said = call(fresh / 'python', '-m', 'pytest', '-q', cwd=tmp_path / 'mine', seconds=900)
    assert ' passed' in said
