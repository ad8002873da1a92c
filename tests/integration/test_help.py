"""Every tool: quick help with an example, and mistakes answered in one line with status 2."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from paths import ROOT

TOOLS = {
    file.relative_to(ROOT / 'tools').as_posix(): file
    for file in sorted((ROOT / 'tools').rglob('*.py'))
    if not {'openmmlab', 'frameworks'} & set(file.parts)  # configs, a hook, what a tool imports
}
HEAVY = ('torch', 'mmengine', 'mmcv', 'mmpretrain', 'matplotlib', 'numpy', 'scipy', 'rich')
CONFIG = 'configs/mlp/mlp_moons.py'

# Runs each tool's --help in one process, and tells what it said and what it has imported.
HELP = """
import contextlib, io, json, runpy, sys
told = {}
for tool in json.loads(sys.argv[1]):
    sys.argv = [tool, '--help']
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            runpy.run_path(tool, run_name='__main__')
        except SystemExit as end:
            status = end.code
    told[tool] = [status, said.getvalue(), sorted(sys.modules)]
print(json.dumps(told))
"""

# What each tool is given that is not there; its error names it.
MISSING = {
    'analysis/measure_structure.py': ['nowhere'],
    'train.py': ['nowhere.py'],
    'new.py': ['nowhere', 'x'],
    'analysis/check_module.py': ['nowhere.py'],
    'play.py': ['nowhere.py'],
    'test.py': [CONFIG, 'nowhere.pth'],
    'sweep.py': ['nowhere.py'],
    'dist_launch.py': ['2', 'nowhere.py'],
    'analysis/build_course.py': ['out', '--runs', 'nowhere'],
    'analysis/check_config.py': ['nowhere.py'],
    'analysis/check_gradients.py': ['nowhere.py'],
    'analysis/check_lessons.py': ['--configs', 'nowhere'],
    'analysis/compare_runs.py': ['nowhere'],
    'analysis/inspect_model.py': ['nowhere.py'],
    'analysis/list_modules.py': ['nowhere'],
    'analysis/print_config.py': ['nowhere.py'],
    'analysis/replay_stopping.py': ['nowhere'],
    'analysis/update_course.py': ['nowhere'],
    'analysis/write_metafiles.py': ['nowhere'],
    'benchmarks/check_gpu.py': ['--device', 'nowhere'],
    'benchmarks/check_openmmlab.py': ['nowhere'],
    'benchmarks/checkpoint.py': ['--dir', 'nowhere'],
    'benchmarks/compare_frameworks.py': ['--only', 'nowhere'],
    'benchmarks/epoch.py': ['nowhere.py'],
    'benchmarks/perceptron.py': ['--classes', 'nowhere'],
    'benchmarks/startup.py': ['nowhere.py'],
    'benchmarks/table.py': ['--dir', 'nowhere'],
    'benchmarks/time_to_accuracy.py': ['--config', 'nowhere.py'],
    'benchmarks/train_step.py': ['nowhere.py'],
    'benchmarks/validation.py': ['nowhere.py'],
    'data/copy_config.py': ['nowhere.py'],
    'data/browse_dataset.py': ['nowhere.py'],
    'data/make_config.py': ['nowhere.csv'],
    'data/save_coco.py': ['nowhere.py', 'out'],
    'data/save_pictures.py': ['nowhere.py', 'out'],
    'deployment/convert_checkpoint.py': ['nowhere', 'out.pth'],
    'deployment/export.py': ['nowhere'],
    'deployment/publish.py': ['nowhere'],
    'deployment/predict.py': ['nowhere', 'x.png'],
    'visualization/report.py': ['nowhere'],
    'visualization/visualize_run.py': ['nowhere'],
}

# Runs each tool's main in one process: what would take a minute takes seconds.
MISTAKES = """
import contextlib, io, json, runpy, sys
from mmlesson.utils.cli import run_command
told = []
for tool, words in json.loads(sys.argv[1]):
    sys.argv = [tool, *words]
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            status = run_command(runpy.run_path(tool)['main'])
        except SystemExit as end:
            status = end.code
    told.append([tool, [status, said.getvalue()]])
print(json.dumps(told))
"""


def python(code: str, about: object) -> object:
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code, json.dumps(about)],
        cwd=ROOT,
        env={**os.environ, 'COLUMNS': '100', 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope='module')
def helped() -> dict:
    return python(HELP, [f'tools/{name}' for name in TOOLS])


@pytest.fixture(scope='module')
def refused() -> list:
    """What each tool says to a file that is not there, and then to a flag that it does not have."""
    # A wrong choice comes first.
    given = {**MISSING, 'analysis/list_modules.py': ['configs'], 'new.py': ['project', 'x']}
    misspelt = [(name, [*given.get(name, ['nowhere']), '--hellp=3']) for name in TOOLS]
    lines = [*MISSING.items(), *misspelt]
    return python(MISTAKES, [(f'tools/{name}', words) for name, words in lines])


@pytest.fixture(scope='module')
def mistaken(refused) -> dict:
    return dict(refused[: len(MISSING)])


@pytest.fixture(scope='module')
def misspelt(refused) -> dict:
    return dict(refused[len(MISSING) :])


@pytest.mark.parametrize('name', TOOLS)
def test_help_has_an_example_and_imports_nothing_heavy(helped, name):
    status, said, modules = helped[f'tools/{name}']
    assert status == 0
    assert re.search(r'^Example:\n( .*\n)+', said, re.MULTILINE)
    assert f'python tools/{name} ' in said
    assert not set(HEAVY) & set(modules)


@pytest.mark.parametrize('name', TOOLS)
def test_help_describes_each_argument(helped, name):
    parser = [
        node
        for node in ast.walk(ast.parse(TOOLS[name].read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'add_argument'
    ]
    assert parser
    assert len(helped[f'tools/{name}'][1].splitlines()) > len(parser)


@pytest.mark.parametrize('name', TOOLS)
def test_missing_file_is_a_single_line_and_status_two(mistaken, name):
    assert name in MISSING, f'{name} is new: tell in MISSING what it can be given that is not there'
    status, said = mistaken[f'tools/{name}']
    assert status == 2
    assert len(said.splitlines()) == 1
    assert said.startswith('error: ')
    assert 'nowhere' in said


@pytest.mark.parametrize('name', sorted({*TOOLS} - {'dist_launch.py'}))  # it hands flags on
def test_unknown_flag_is_a_single_line_and_status_two(misspelt, name):
    status, said = misspelt[f'tools/{name}']
    assert status == 2
    assert said.splitlines() == [
        "error: unrecognized arguments: --hellp=3. Did you mean '--help'? See --help."
    ]


@pytest.mark.parametrize('name', TOOLS)
def test_tool_ends_with_run_command(name):
    assert (
        TOOLS[name]
        .read_text()
        .endswith(
            "if __name__ == '__main__':\n    from mmlesson.utils.cli import run_command\n\n"
            '    sys.exit(run_command(main))\n'
        )
    )
