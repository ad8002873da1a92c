import subprocess
import sys

import pytest
from paths import CONFIGS, ROOT

from mmlesson.config.announcement import announce
from mmlesson.errors import UserError


def test_name_and_title_of_a_lesson(capsys):
    announce(CONFIGS / 'mlp' / 'mlp_xor.py')
    assert capsys.readouterr().out == (
        'mlp_xor: MLP on XOR: one hidden layer separates what no line can.\n'
    )


@pytest.mark.parametrize(('name', 'text'), [('a.py', 'x = 1'), ('a.json', '{"x": 1}')])
def test_config_without_a_title_has_its_name(name, text, tmp_path, capsys):
    (tmp_path / name).write_text(text)
    announce(tmp_path / name)
    assert capsys.readouterr().out == 'a\n'


def test_config_is_not_executed(tmp_path, capsys):
    (tmp_path / 'a.py').write_text('"""Title.\n\nMore."""\nraise SystemExit(3)')
    announce(tmp_path / 'a.py')
    assert capsys.readouterr().out == 'a: Title.\n'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("_base_ = 'none.py'", 'does not exist'),
        ("_base_ = 'a.py'", 'cycle'),
        ('x = = 1', 'a.py:1: invalid Python'),
        ('\ntrain_cgf = 1', r"a.py:2: train_cgf: is an unknown key. Did you mean 'train_cfg'\?"),
    ],
)
def test_file_that_fails_its_checks_is_refused(text, message, tmp_path, capsys):
    (tmp_path / 'a.py').write_text(text)
    with pytest.raises(UserError, match=message):
        announce(tmp_path / 'a.py')
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('text', ['train_cgf = 1\nx = train_cgf', 'train_cgf = 1\ndel train_cgf'])
def test_variable_that_looks_like_a_key_is_none(text, tmp_path, capsys):
    (tmp_path / 'a.py').write_text(text)
    announce(tmp_path / 'a.py')
    assert capsys.readouterr().out == 'a\n'


@pytest.mark.parametrize(
    ('launcher', 'variable'),
    [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')],
)
def test_only_rank_0_prints(launcher, variable, tmp_path, capsys, monkeypatch):
    (tmp_path / 'a.py').write_text('x = 1')
    printed = []
    for rank in ('0', '1'):
        monkeypatch.setenv(variable, rank)
        announce(tmp_path / 'a.py', launcher)
        printed.append(capsys.readouterr().out)
    assert printed == ['a\n', '']


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_tool_refuses_a_file_before_it_imports_torch(tool):
    code = (
        'import runpy, sys\n'
        f"sys.argv = [{tool!r}, 'nowhere.py', 'nowhere.pth'][: {2 if tool == 'train.py' else 3}]\n"
        'try:\n'
        f"    runpy.run_path('tools/{tool}', run_name='__main__')\n"
        'except SystemExit as end:\n'
        "    print(end.code, {'torch', 'mmengine', 'numpy'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == '2 set()\n'
    assert 'There is no config at nowhere.py' in done.stderr
