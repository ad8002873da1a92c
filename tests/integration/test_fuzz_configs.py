"""Random changes of shipped configs: refused with a message, or built and trained on a few batches.

``FUZZ_EXAMPLES=1000 pytest tests/integration/test_fuzz_configs.py`` tries 1,000 new ones.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
from argparse import Namespace
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paths import CONFIGS

from mmlesson.apis.analysis.dry_run import dry_run
from mmlesson.config import load_config
from mmlesson.engine.build import build_runner
from mmlesson.engine.command import training_config
from mmlesson.engine.loops import LessonEpochLoop, LessonIterLoop
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError

LESSONS = [
    path.relative_to(CONFIGS).as_posix()
    for path in sorted(CONFIGS.rglob('*.py'))
    if '_base_' not in path.parts
    and path.stem not in ('mlp_fsdp', 'cnn_cifar10')  # several processes; data of 170 MB
]
EXAMPLES = int(os.environ.get('FUZZ_EXAMPLES', '0'))
MLP, CNN = 'mlp/mlp_digits.py', 'cnn/cnn_digits.py'


@pytest.fixture(scope='module', autouse=True)
def _away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work in a temporary folder: a random path must not write into the checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp('here'))
        yield


NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([0.5, -0.5, 1.5, 1e-9, 1e30, 10**4, 10**15, -(10**15), 2**32, 2**64, 10**400]),
    st.sampled_from([math.inf, -math.inf, math.nan, 1 + 2j]),
)
TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(['', ' ', '.', 'a.b', '../x', '\x00', '数据', 'x' * 5000, 'mmlesson.', '.MLP']),
    st.sampled_from(['MLP', 'Adam', 'Digits', 'torch.nn.Linear', 'os.getcwd', 'loss', 'True']),
)
KEYS = st.sampled_from(['type', '_delete_', '_scope_', 'lr', 'interval', 'split', 'x', 'x y', ''])
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.binary(max_size=2))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=4,
)


def places_in(node: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of each node below this one."""
    if isinstance(node, dict):
        items = list(node.items())
    else:
        items = list(enumerate(node)) if isinstance(node, list) else []
    paths = [(*above, key) for key, _ in items]
    return paths + [path for key, value in items for path in places_in(value, (*above, key))]


def change(
    config: dict[str, Any], place: tuple[Any, ...], action: str, key: str, value: Any
) -> None:
    """Replace, delete or extend the node at a place."""
    owner: Any = config
    for name in place[:-1]:
        owner = owner[name]
    node = owner[place[-1]]
    if action == 'delete':
        del owner[place[-1]]
    elif action == 'insert' and isinstance(node, dict):
        node[key] = value
    elif action == 'insert' and isinstance(node, list):
        node.append(value)
    else:
        owner[place[-1]] = value


@st.composite
def changed_configs(draw: Any) -> tuple[str, tuple[Any, ...], str, str, Any]:
    lesson = draw(st.sampled_from(LESSONS))
    place = draw(st.sampled_from(places_in(original(lesson))))
    return (
        lesson,
        place,
        draw(st.sampled_from(['replace', 'delete', 'insert'])),
        draw(KEYS),
        draw(VALUES),
    )


_READ: dict[str, dict[str, Any]] = {}


def original(lesson: str) -> dict[str, Any]:
    """Return a shipped config as plain data."""
    if lesson not in _READ:
        config = load_config(CONFIGS / lesson).to_dict()
        config['device'] = 'cpu'
        for split in ('train', 'val', 'test'):
            data = (config.get(f'{split}_dataloader') or {}).get('dataset', {})
            if data.get('type') == 'DigitCanvas':
                data['num_samples'] = 16  # the others would take a second
        _READ[lesson] = config
    return deepcopy(_READ[lesson])


def words(config: Path) -> Namespace:
    """Return the command line of train.py, parsed, for a config."""
    flags = ('resume', 'work_dir', 'device', 'seed', 'cfg_options', 'overfit_batches')
    switches = ('amp', 'no_validate', 'auto_scale_lr', 'dry_run', 'resume_after_stop')
    nothing = {**dict.fromkeys(flags), **dict.fromkeys(switches, False), 'launcher': 'none'}
    return Namespace(config=str(config), **nothing)


def try_config(config: dict[str, Any], folder: Path, trains: bool) -> str:
    """Write a config, check, build and perhaps try it; return the error message, or ''."""
    file = folder / 'changed.py'
    text = ''.join(f'{key} = {value!r}\n' for key, value in config.items())
    text = re.sub(r'\bnan\b', '(1e999 - 1e999)', re.sub(r'\binf\b', '1e999', text))
    file.write_text(text, encoding='utf-8')
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            if trains:
                dry_run(words(file))
            else:
                build_all(file, folder)
    except UserError as err:
        return str(err)
    return ''


def build_all(file: Path, folder: Path) -> None:
    """Build everything that training builds, with its real hooks, and train on nothing."""
    config = training_config(words(file))
    config.work_dir = str(folder / 'run')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LessonEpochLoop, 'run', lambda loop: loop.runner.model)
        patch.setattr(LessonIterLoop, 'run', lambda loop: loop.runner.model)
        patch.setattr(LessonRunner, '_apply_to_test', lambda runner: None)
        patch.setattr(LessonRunner, 'call_hook', lambda runner, stage, **_: None)
        build_runner(config).train()


@pytest.fixture(autouse=True)
def without_a_network(monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError('no network')

    monkeypatch.setattr('mmlesson.datasets.download._fetch', refuse)
    monkeypatch.chdir(tmp_path)  # data may be sought in any folder


@settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(changed=changed_configs(), trains=st.booleans())
def test_changed_config_is_refused_with_a_message_or_works(changed, trains, tmp_path_factory):
    lesson, place, action, key, value = changed
    config = original(lesson)
    change(config, place, action, key, value)
    said = try_config(config, tmp_path_factory.mktemp('fuzz'), trains)
    assert len(said.splitlines()) <= 30
    assert all(len(line) < 1000 for line in said.splitlines())


@pytest.mark.parametrize('trains', [False, True])
def test_unchanged_config_works(trains, tmp_path):
    assert try_config(original(MLP), tmp_path, trains) == ''


@pytest.mark.parametrize(
    ('place', 'value', 'message'),
    [
        (('randomness',), {}, ''),  # without a seed, one is drawn
        (('model', 'backbone', '_delete_'), True, 'replaces a dict of a base file'),
        (('model', 'backbone', '_scope_'), (), 'must be a package with registries'),
        (('randomness', '_scope_'), 'x', '_scope_: has no meaning here'),
        (('val_dataloader', 'collate_fn', '_scope_'), 'mmlesson', ''),  # as mmengine writes it
        (('model', 'data_preprocessor'), {'channels': 1}, 'data_preprocessor: must have a type'),
        (('model', 'head'), {'num_classes': 10}, 'model.head: must have a type'),
        (('train_dataloader', 'dataset', 'type'), None, 'must be the name of a class, got None'),
        (('visualizer', 'vis_backends'), [((),)], 'vis_backends.0: must be a dict, got ((),)'),
        (('visualizer', 'vis_backends'), [3], 'vis_backends.0: must be a dict, got 3'),
        (('param_scheduler', 'T_max'), [10**400], 'T_max must be'),
        (('optim_wrapper', 'optimizer', 'lr'), math.inf, 'must be a finite number'),
        (('optim_wrapper', 'optimizer', 'lr'), None, 'Adam.lr must be'),
        (('train_dataloader', 'sampler', 'shuffle'), 1 + 2j, 'must be a finite number, text'),
        (('train_dataloader', 'num_workers'), 1_000_000, 'must be an int in [0, 256], got 1000000'),
        (('train_cfg', 'by_epoch'), 'True', "train_cfg.by_epoch: must be bool, got 'True'"),
        (('env_cfg',), None, 'env_cfg: must be a dict, got None'),
        (('default_scope',), 'x' * 5000, 'default_scope: '),
        (('runner_type',), 'nope', "'nope' is not in the registry RUNNERS"),
        (('compile',), {'x': 1}, 'compile cannot be built: TypeError'),
    ],
    ids=lambda value: '.'.join(value) if isinstance(value, tuple) and value else None,
)
@pytest.mark.parametrize('trains', [False, True])
def test_change_that_once_ended_in_a_traceback(place, value, message, trains, tmp_path):
    config = original(MLP)
    owner: Any = config
    for name in place[:-1]:
        owner = owner[name]
    owner[place[-1]] = value
    said = try_config(config, tmp_path, trains)
    assert message in said
    assert bool(said) is bool(message)
    assert len(said.replace(str(tmp_path), '')) < 600


BIG = [10**400, 'x' * 10**5, [1] * 400, {f'x{i}': 1 for i in range(100)}]


@pytest.mark.parametrize('value', BIG, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(
    'place',
    [
        'train_cfg.max_epochs',
        'model.backbone.type',
        'optim_wrapper.clip_grad',
        'param_scheduler',
        'default_hooks.checkpoint.save_best',
    ],
)
def test_message_on_a_huge_value_is_short(place, value, tmp_path):
    config = original(MLP)
    *above, last = place.split('.')
    owner: Any = config
    for name in above:
        owner = owner[name]
    owner[last] = value
    said = try_config(config, tmp_path, trains=False).replace(str(tmp_path), '')
    assert said
    assert len(said.splitlines()) <= 30
    assert all(len(line) < 1000 for line in said.splitlines())


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ("from pathlib import Path\ndata = Path('x')", 'data: must be a finite number, text'),
        ("model = dict(type='Classifier', f=lambda x: x)", 'model.f: must be a finite number'),
        ('x = [{1, 2}]', 'x.0: must be a finite number, text'),
    ],
)
def test_object_that_no_text_can_hold_is_named(line, message, tmp_path):
    file = tmp_path / 'changed.py'
    file.write_text(f'{line}\n')
    with pytest.raises(UserError, match=re.escape(message)):
        training_config(words(file))
