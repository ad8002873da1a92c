"""Random command lines of every tool: exit status 0, 1 or 2, and a few lines, never a traceback.

``FUZZ_EXAMPLES=1000 pytest tests/integration/test_fuzz_commands.py`` tries 1,000 new ones.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import CONFIGS, ROOT, TOOLS

from mmlesson.apis.experiments.jobs import failed
from mmlesson.errors import UserError
from mmlesson.utils.cli import ToolParser, run_command

# The benchmarks measure, and the last ones read the source of the checkout.
LEFT_OUT = (
    *('check_gpu.py', 'checkpoint.py', 'compare_frameworks.py', 'epoch.py', 'perceptron.py'),
    *('startup.py', 'table.py', 'time_to_accuracy.py', 'train_step.py', 'validation.py'),
    *('check_openmmlab.py', 'measure_structure.py', 'write_metafiles.py'),
)
EXAMPLES = int(os.environ.get('FUZZ_EXAMPLES', '0'))
# All relative to a temporary folder: a random --out must not write into the checkout.
RUN, XOR, TRAIN, README = 'RUN', 'configs/mlp/mlp_xor.py', 'train.py', 'README.md'

NUMBERS = st.one_of(
    st.integers(-3, 5).map(str),
    st.sampled_from(['0.5', '-1e9', '1e400', 'nan', 'inf', '99999999999', '9' * 5000, '100000']),
)
WORDS = st.one_of(
    st.sampled_from(['', ' ', '-', '.', '..', 'nowhere', 'x' * 300, '数据', 'caf\udce9', 'a/b']),
    st.sampled_from(['accuracy/top1', 'loss', 'auto', 'cpu', 'cpu:7', 'cuda:99', 'best', '*']),
    st.sampled_from(['0-99999999999', '3-1', '0,1', '0-1', 'out.csv', 'out.png', 'out.json']),
    st.text(st.characters(exclude_characters='\0/'), max_size=4),  # '/' is a folder to predict
)
KEYS = st.sampled_from(
    [
        *('train_cfg.max_epochs', 'model.backbone.hidden_sizes', 'optim_wrapper.optimizer.lr'),
        *('train_dataloader', 'randomness', 'custom_hooks.0', 'model', '', '+x', '.', 'a..b', 'x'),
    ]
)
VALUES = st.one_of(
    NUMBERS,
    WORDS,
    st.sampled_from(
        ['None', '[]', '{}', '(1,2)', '1,2', '{[]:1}', '(' * 300, '1..2', '1..1e400', '1e-4..1:log']
    ),
)
PAIRS = st.one_of(st.tuples(KEYS, VALUES).map('='.join), WORDS)
OTHERS = st.one_of(st.sampled_from([RUN, XOR, 'configs', README]), WORDS)


def mostly(value: str) -> st.SearchStrategy[str]:
    """Return a value that is right in four of five cases."""
    return st.integers(0, 4).flatmap(lambda number: st.just(value) if number else OTHERS)


def load_tool(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f'fuzzed_{path.stem}', path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = {
    path.relative_to(TOOLS).as_posix(): load_tool(path)
    for path in sorted(TOOLS.rglob('*.py'))
    if not {'openmmlab', 'frameworks'} & set(path.parent.parts)  # configs, data, benchmarked loops
    if path.name not in LEFT_OUT
}


def arguments_of(module: ModuleType) -> list[argparse.Action]:
    """Return what a tool's parser takes, without parsing anything."""
    found: list[argparse.Action] = []

    def keep(parser: ToolParser, *_: Any) -> Any:
        found.extend(parser._actions)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(ToolParser, 'parse_args', keep)
        patch.setattr(ToolParser, 'parse_known_args', keep)
        module.parse_args()
    return [action for action in found if '--help' not in action.option_strings]


ARGUMENTS = {name: arguments_of(module) for name, module in MODULES.items()}


def values_of(action: argparse.Action) -> st.SearchStrategy[str]:
    """Return values for an argument: mostly of its kind."""
    if action.choices:
        return st.one_of(st.sampled_from([str(choice) for choice in action.choices]), WORDS)
    if action.metavar and '=' in str(action.metavar):
        return PAIRS
    if action.type in (int, float) or action.dest in ('seeds', 'folds'):
        return st.one_of(NUMBERS, WORDS)
    right = {'config': XOR, 'run': RUN, 'runs': RUN, 'configs': 'configs', 'tool': TRAIN}
    return mostly(right[action.dest]) if action.dest in right else OTHERS


@st.composite
def command_lines(draw: Any) -> tuple[str, list[str]]:
    name = draw(st.sampled_from(sorted(MODULES)))
    words = []
    for action in ARGUMENTS[name]:
        is_given = draw(st.integers(0, 9)) < (2 if action.option_strings else 9)
        if not is_given or action.dest == 'launcher':
            continue
        count = draw(st.integers(1, 2)) if action.nargs in ('+', '*') else int(action.nargs != 0)
        words += action.option_strings[:1]
        words += [draw(values_of(action)) for _ in range(count)]
    return name, words


def not_trained(*_: Any, **__: Any) -> Any:
    raise UserError('stub: nothing is trained or drawn here.')


@pytest.fixture(scope='module')
def stubbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stub what takes long, and return a folder with a finished run in it."""
    from mmlesson.apis.analysis import finished_run
    from mmlesson.apis.experiments.workers import Workers
    from mmlesson.config import load_config
    from mmlesson.engine.build import build_runner
    from mmlesson.engine.runner import LessonRunner

    folder = tmp_path_factory.mktemp('commands') / 'here'  # so that '..' is small
    shutil.copytree(CONFIGS, folder / 'configs')
    shutil.copy(TOOLS / 'train.py', folder / TRAIN)
    shutil.copy(ROOT / README, folder / README)
    silent = {
        'train_cfg.max_epochs': 2,
        'default_hooks.visualization': None,
        'param_scheduler': None,
    }
    config = load_config(folder / XOR, {**silent, 'device': 'cpu', 'log_level': 'ERROR'})
    config.work_dir = str(folder / RUN)
    build_runner(config).train()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LessonRunner, 'train', not_trained)
        patch.setattr(finished_run, 'redraw', not_trained)
        patch.setattr('mkdocs.commands.build.build', not_trained)
        patch.setattr('torch.distributed.run.main', not_trained)
        patch.setattr('uvicorn.Server.run', not_trained)  # it would serve for ever
        patch.setattr('webbrowser.open', lambda _: False)
        patch.setattr(Workers, 'run', lambda _, jobs: ((job, failed(job, 'stub')) for job in jobs))
        patch.chdir(folder)
        yield folder


def run_tool(name: str, words: list[str]) -> tuple[int, str, str]:
    """Run a tool in this process; return its status, and what it wrote to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    main: Callable[[], int | None] = MODULES[name].main
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, 'argv', [name, *words])
        patch.setenv('LOCAL_RANK', '0')
        try:
            status = run_command(main)
        except SystemExit as end:
            status = int(end.code or 0)
    return status, out.getvalue(), err.getvalue()


@settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(line=command_lines())
def test_random_command_line_ends_with_a_status_and_a_few_lines(line, stubbed):
    status, printed, told = run_tool(*line)
    assert status in (0, 1, 2)
    assert status == 0 or printed or told  # check_lessons.py prints broken claims to stdout
    assert len(told.splitlines()) <= 30
    assert all(len(text) < 800 for text in told.splitlines())


def test_folder_of_many_files_that_are_no_images_is_a_few_lines(stubbed):
    status, _, told = run_tool('deployment/predict.py', ['RUN', 'configs', 'configs'])
    assert status == 1
    assert 'inputs could not be read:' in told
    assert len(told.splitlines()) < 30


@pytest.mark.parametrize(
    ('name', 'words', 'message'),
    [
        ('visualization/report.py', ['RUN', '--out', ''], '--out: it must name a file'),
        ('compare_runs.py', [RUN, '--out', '.'], '--out: it must name a file'),
        (
            'compare_runs.py',
            [RUN, '--surface', '--metric', 'loss'],
            'leave out --metric and --rule',
        ),
        ('inspect_model.py', [XOR, '--schedule', XOR], 'must end in .png or .svg'),
        ('inspect_model.py', [XOR, '--schedule', '.'], '--schedule: it must name a file'),
        ('data/browse_dataset.py', [XOR, '--out', ''], '--out: it must name a file'),
        ('data/make_config.py', [README, '--out', '.'], '--out: it must name a file'),
        ('deployment/convert_checkpoint.py', ['x.pth', ''], 'target: it must name a file'),
        (
            'train.py',
            [XOR, '--device', ''],
            'device must be auto, cpu, cuda, cuda:N or mps, got ',
        ),
        ('train.py', [XOR, '--device', 'cpu:7'], "device 'cpu:7' does not exist"),
        ('train.py', [XOR, '--resume-after-stop'], '--resume-after-stop goes with --resume'),
        ('train.py', [XOR, '--seed', '-1'], 'must be an int in [0, 4294967295], got -1'),
        (
            'train.py',
            [XOR, '--auto-scale-lr', '--cfg-options', 'train_dataloader=None'],
            'train_dataloader: is not set',
        ),
        (
            'train.py',
            [XOR, '--cfg-options', 'custom_imports.imports=["nope"]'],
            "there is no module 'nope'",
        ),
        ('print_config.py', [README], 'its name must end in .py'),
        ('sweep.py', [XOR, '--seeds', '0-99999999999'], '--seeds must be at most'),
        ('sweep.py', [XOR, '--folds', '100000'], 'would make 100,000 runs'),
        ('sweep.py', [XOR, '--trials', '99999999999', '--search', 'a=1..2'], 'would make'),
        ('sweep.py', [XOR, '--search', 'x=1..1e400'], '--search takes KEY=LOW..HIGH'),
        ('train.py', [XOR, '--cfg-options', 'x={[]:1}'], '--cfg-options x'),
    ],
)
def test_command_line_that_once_ended_otherwise(name, words, message, stubbed):
    name = name if name in MODULES else f'analysis/{name}'
    status, _, told = run_tool(name, words)
    assert status == 2
    assert message in told
    assert told.startswith('error: ')
    assert len(told.splitlines()) <= 3


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('visualization/report.py', [RUN, '--out', 'taken.html']),
        ('analysis/compare_runs.py', [RUN, '--metric', 'loss', '--out', 'taken.png']),
        ('analysis/replay_stopping.py', [RUN, '--out', 'taken.svg']),
        ('deployment/predict.py', [RUN, README, '--out', 'taken.csv']),
        ('test.py', [XOR, RUN, '--out', 'taken.json']),
        ('deployment/convert_checkpoint.py', ['nowhere.pth', 'taken.pth']),
        ('data/save_pictures.py', ['configs/cnn/cnn_digits.py', 'configs']),
        ('data/browse_dataset.py', [XOR, '--out', 'taken.png']),
        ('data/make_config.py', [README, '--out', 'taken.py']),
    ],
)
def test_existing_output_is_refused_by_every_tool(name, words, stubbed):
    if not Path(words[-1]).exists():
        Path(words[-1]).write_text('of the user')
    status, _, told = run_tool(name, words)
    assert (status, told.count('exists already')) == (2, 1)
    assert Path(words[-1]).is_dir() or Path(words[-1]).read_text() == 'of the user'
