"""Mistakes that mmengine answers with nothing, too late, or in riddles: each is told plainly."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest
from paths import CONFIGS

from mmlesson.config import ConfigError, LoadedConfig, load_config, parse_options
from mmlesson.errors import UserError

pytestmark = pytest.mark.usefixtures('frozen_objects')

XOR = f"_base_ = ['{CONFIGS}/mlp/mlp_xor.py']\n"


@pytest.fixture(autouse=True)
def _close_files():
    """Close what mmengine leaves open when a config fails."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', ResourceWarning)
        gc.collect()


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes a file beside the lesson, and is where we are."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def write_file(text: str, name: str = 'lesson.py') -> Path:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write_file


def reported(lesson: Path, *pairs: str) -> str:
    """Return what a person is told of a lesson, in whichever way."""
    options = parse_options(pairs)
    with pytest.raises(UserError) as raised:
        LoadedConfig.open(lesson, options).require_valid()
    return str(raised.value)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (
            "model = dict(type='Clasifier')",
            "lesson.py:2: model.type: 'Clasifier' is not in the registry MODELS of mmlesson. "
            "Did you mean 'Classifier'?",
        ),
        (
            "optim_wrapper = dict(optimizer=dict(type='SDG'))",
            "lesson.py:2: optim_wrapper.optimizer.type: 'SDG' is not in the registry OPTIMIZERS "
            "of mmlesson. Did you mean 'SGD'?",
        ),
        (
            "optim_wrapper = dict(_delete_=True, optimiser=dict(type='SGD'))",
            "lesson.py:2: optim_wrapper.optimiser: OptimWrapper has no argument 'optimiser'. "
            "Did you mean 'optimizer'?",
        ),
        (
            'train_cgf = dict(max_epochs=3)',
            "lesson.py:2: train_cgf: is an unknown key. Did you mean 'train_cfg'?",
        ),
        (
            'optim_wraper = dict()',
            "lesson.py:2: optim_wraper: is an unknown key. Did you mean 'optim_wrapper'?",
        ),
        (
            'optimizer = dict()',
            "lesson.py:2: optimizer: is an unknown key. Did you mean 'optim_wrapper.optimizer'?",
        ),
        (
            'train_cfg = dict(max_epoch=3)',
            "lesson.py:2: train_cfg.max_epoch: LessonEpochLoop has no argument 'max_epoch'. "
            "Did you mean 'max_epochs'?",
        ),
        (
            'model = dict(backbone=dict(hiden_sizes=(8,)))',
            "lesson.py:2: model.backbone.hiden_sizes: MLP has no argument 'hiden_sizes'. "
            "Did you mean 'hidden_sizes'?",
        ),
        (
            "model = dict(type='mmlesonn.Toy')",
            "lesson.py:2: model.type: 'mmlesonn.Toy' has the scope 'mmlesonn', which is not "
            "an installed package. Did you mean 'mmlesson'?",
        ),
        ('model = dict(', "lesson.py:2: invalid Python ('(' was never closed): model ="),
        (
            "custom_hooks = dict(type='PerceptronHook')",
            "lesson.py:2: custom_hooks: must be a list of dict(type=...), got {'type': "
            "'PerceptronHook'}.",
        ),
        (
            "model = dict(backbone=dict(type='Digits'))",
            "'Digits' is not in the registry MODELS of mmlesson: 'Digits' is a dataset, and "
            'cannot be used here.',
        ),
        ("log_level = 'LOUD'", "lesson.py:2: log_level: must be 'DEBUG' or 'INFO'"),
        ('resume = 3', 'lesson.py:2: resume: must be bool or str, got 3.'),
        ("model = 'MLP'", "lesson.py:2: model: must be a dict, got 'MLP'."),
        ("custom_hooks = 'x'", "custom_hooks: must be a list of dict(type=...), got 'x'."),
    ],
)
def test_mistake_in_a_file_is_reported_with_its_line(write, text, message):
    assert message in reported(write(f'{XOR}{text}\n'))


def test_merge_error_of_mmengine_is_reported_without_its_source_line(write):
    message = reported(write(f"{XOR}val_evaluator = dict(type='LossMetric')\n"))
    assert 'lesson.py cannot be read: TypeError: val_evaluator=' in message


def test_mistake_of_the_command_line_is_reported(write):
    assert "Did you mean 'train_cfg.max_epochs'?" in reported(write(XOR), 'train_cfg.max_epoch=3')
    assert reported(write(XOR), 'model.backbone.hidden_sizes=8') == (
        'command line: model.backbone.hidden_sizes: MLP.hidden_sizes must be list of int, got 8.'
    )


def test_several_mistakes_are_one_error_with_a_line_per_mistake(write):
    lesson = write(f"{XOR}train_cfg = dict(max_epoch=3)\nlog_levle = 'INFO'\n")
    with pytest.raises(ConfigError) as raised:
        LoadedConfig.open(lesson).require_valid()
    lines = str(raised.value).split('\n')
    assert lines[0] == f'2 mistakes in {lesson}:'
    assert [line.split(': ')[1] for line in lines[1:]] == ['log_levle', 'train_cfg.max_epoch']


def test_circle_of_bases_is_reported_with_the_line_that_closes_it(write):
    write("_base_ = ['lesson.py']\n", 'base.py')
    message = reported(write("'''Text.'''\n_base_ = ['base.py']\n"))
    assert message.startswith("base.py:1: _base_ 'lesson.py' includes this file again")


def test_missing_base_is_reported_with_line_and_neighbour(write):
    write('a = 1\n', 'digits.py')
    message = reported(write("_base_ = [\n    'digit.py',\n]\n"))
    assert message.startswith("lesson.py:1: _base_ 'digit.py' does not exist")
    assert message.endswith("Did you mean 'digits.py'?")


def test_broken_base_is_reported_by_its_own_name(write):
    write('a = [1,\nb = 2\n', 'base.py')
    assert reported(write("_base_ = ['base.py']\n")).startswith('base.py:1: invalid Python')


def test_variables_and_unknown_words_are_no_mistakes(write):
    lesson = write(
        f"{XOR}dataset_type = 'XOR'\nbgr_mean = [1, 2]\nmy_notes = 'x'\nmax_epochs = 7\n"
        'train_cfg = dict(max_epochs=max_epochs)\n'
    )
    assert LoadedConfig.open(lesson).issues() == []


def test_variable_that_is_set_after_its_base_used_it_is_reported(write):
    lesson = write(f"_base_ = ['{CONFIGS}/cnn/cnn_digits.py']\nmax_epochs = 7\n")
    assert reported(lesson) == (
        f'lesson.py:2: max_epochs: has no effect: {CONFIGS}/_base_/schedules/'
        'adam_cosine.py has already used its own value. Set the keys that use it.'
    )


def test_variable_that_looks_like_a_key_is_no_mistake_where_it_is_used(write):
    text = 'train_cfgs = dict(max_epochs=3)\n'
    assert "Did you mean 'train_cfg'?" in reported(write(XOR + text))
    assert LoadedConfig.open(write(f'{XOR}{text}train_cfg = train_cfgs\n')).issues() == []


def test_standard_library_may_be_imported_within_a_virtual_environment(write):
    lesson = write(f'import math\n{XOR}optim_wrapper = dict(optimizer=dict(lr=math.exp(-5)))\n')
    assert load_config(lesson).optim_wrapper.optimizer.lr == pytest.approx(0.006737947)


# -- a user's own modules ----------------------------------------------------------------------

TOY = """
from mmlesson.models import MLP
from mmlesson.registry import MODELS


@MODELS.register_module(force=True)
class {name}(MLP):
    def __init__(self, in_features, gain: float = 1.0, **kwargs):
        super().__init__(in_features, **kwargs)
"""
USES_TOY = 'model = dict(backbone=dict(type={name!r}, {arguments}))\n'


def test_class_without_an_import_is_found_and_the_import_is_suggested(write):
    write(TOY.format(name='LonelyNet'), 'nets/lonely.py')
    message = reported(write(XOR + USES_TOY.format(name='LonelyNet', arguments='')))
    assert message.endswith(
        'LonelyNet is defined in nets/lonely.py, which nothing imports: add '
        "custom_imports = dict(imports=['nets.lonely'])."
    )


def test_imported_class_that_is_not_registered_is_reported(write):
    write('class BareNet:\n    pass\n', 'barenets.py')
    imports = "custom_imports = dict(imports=['barenets'])\n"
    message = reported(write(XOR + imports + USES_TOY.format(name='BareNet', arguments='')))
    assert message.endswith('barenets.py: decorate it with MODELS.register_module().')


def test_module_outside_the_package_is_imported_and_its_arguments_checked(write):
    write(TOY.format(name='OutsideNet'), 'outsidenets.py')
    imports = f"{XOR}custom_imports = dict(imports=['outsidenets'])\n"
    good = USES_TOY.format(name='OutsideNet', arguments='gain=2, dropout=0.5')
    assert LoadedConfig.open(write(imports + good)).issues() == []
    bad = USES_TOY.format(name='OutsideNet', arguments="gain='2', dropuot=0.5")
    message = reported(write(imports + bad))
    assert "OutsideNet.gain must be float, got '2'." in message
    assert "OutsideNet has no argument 'dropuot'. Did you mean 'dropout'?" in message


def test_error_inside_a_custom_import_is_reported_with_its_own_line(write):
    write('import numpy as np\n\nsize = np.aray([1])\n', 'brokennets.py')
    message = reported(write(f"{XOR}custom_imports = dict(imports=['brokennets'])\n"))
    assert message.startswith(
        'lesson.py:2: custom_imports: brokennets cannot be imported: brokennets.py:3: '
        "AttributeError: module 'numpy' has no attribute 'aray'"
    )


def test_missing_import_inside_a_custom_import_is_not_taken_for_the_module_itself(write):
    write('import no_such_package\n', 'needynets.py')
    message = reported(write(f"{XOR}custom_imports = dict(imports=['needynets'])\n"))
    assert 'needynets.py:1: ModuleNotFoundError' in message


def test_missing_custom_import_is_reported(write, capsys):
    text = "custom_imports = dict(imports=['no_such_nets']{more})\n"
    message = reported(write(XOR + text.format(more='')))
    assert message == "lesson.py:2: custom_imports: there is no module 'no_such_nets'."
    load_config(write(XOR + text.format(more=', allow_failed_imports=True')))
    assert capsys.readouterr().err.startswith('note: custom_imports: no_such_nets was not found')


def test_custom_import_in_another_folder_is_reported_with_the_path_to_set(write, tmp_path):
    write('x = 1\n', 'deep/hiddennets.py')
    message = reported(write(f"{XOR}custom_imports = dict(imports=['hiddennets'])\n"))
    assert message.endswith(
        f"there is no module 'hiddennets' on sys.path. deep/hiddennets.py is: set "
        f'PYTHONPATH={tmp_path}/deep'
    )


# -- the pure Python form ----------------------------------------------------------------------

BASE = """
from mmengine.dataset import DefaultSampler

from mmlesson.datasets import XOR
from mmlesson.models import MLP, Classifier, ClassificationHead

model = dict(
    type=Classifier,
    backbone=dict(type=MLP, in_features=2, hidden_sizes=(8,)),
    head=dict(type=ClassificationHead, num_classes=2),
)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(type=XOR, split='train'),
    sampler=dict(type=DefaultSampler, shuffle=True),
)
"""
LAZY = (
    'from mmengine.config import read_base\n\nwith read_base():\n    from .lazy_base import *\n\n'
)


def test_pure_python_config_loads_and_is_checked(write):
    write(BASE, 'lazy_base.py')
    assert LoadedConfig.open(write(LAZY)).issues() == []
    changes = 'model.update(dict(backbone=dict(hiden_sizes=(4,)), head=dict(num_classes=3)))\n'
    issues = LoadedConfig.open(write(LAZY + changes)).issues()
    assert [(one.path, one.source) for one in issues] == [
        ('model.backbone.hiden_sizes', 'lesson.py:6'),
        ('model.head.num_classes', 'lesson.py:6'),
    ]


def test_class_that_a_pure_python_config_cannot_import_is_reported(write):
    write(BASE.replace('import MLP,', 'import MPL as MLP,'), 'lazy_base.py')
    (found,) = [f for f in LoadedConfig.open(write(LAZY)).issues() if 'imported' in f.message]
    assert found.path == 'model.backbone.type'
    assert 'MPL' in found.message
    assert found.source == 'lazy_base.py:9'


def test_missing_base_of_a_pure_python_config_is_reported(write):
    assert reported(write(LAZY)).startswith("lesson.py:4: _base_ 'lazy_base.py' does not exist")


def test_pure_python_base_may_be_in_a_package(write):
    write('', 'lazypackage/__init__.py')
    write(BASE, 'lazypackage/lazy_base.py')
    lesson = write(LAZY.replace('from .lazy_base', 'from lazypackage.lazy_base'))
    assert LoadedConfig.open(lesson).issues() == []


def test_package_that_fails_when_it_is_imported_is_reported_with_its_own_line(write):
    write('size = 1 / 0\n', 'brokenpackage/__init__.py')
    write('class Net: ...\n', 'brokenpackage/nets.py')
    message = reported(write(f"{XOR}model = dict(type='brokenpackage.nets.Net')\n"))
    assert message == (
        'lesson.py:2: model.type: a module cannot be imported: brokenpackage/__init__.py:1: '
        'ZeroDivisionError: division by zero'
    )


def test_class_is_found_by_its_full_name_without_a_registry(write):
    write('class Net:\n    def __init__(self, size: int): ...\n', 'wholenets.py')
    lesson = "model = dict(_delete_=True, type='wholenets.{name}', size={size})\n"
    assert LoadedConfig.open(write(XOR + lesson.format(name='Net', size=3))).issues() == []
    assert "Net.size must be int, got '3'." in reported(
        write(XOR + lesson.format(name='Net', size="'3'"))
    )
    assert "wholenets has no 'Nett'. Did you mean 'Net'?" in reported(
        write(XOR + lesson.format(name='Nett', size=3))
    )


def test_files_are_parsed_once_and_the_tree_is_walked_once_per_change(monkeypatch):
    from mmlesson.config import component_tree, load, source_files

    parsed, walked = [], []
    parse, tree = source_files.source_files, component_tree.ConfigTree
    monkeypatch.setattr(load, 'source_files', lambda path: parsed.append(path) or parse(path))
    monkeypatch.setattr(
        component_tree, 'ConfigTree', lambda *args: walked.append(args) or tree(*args)
    )
    loaded = LoadedConfig.open(CONFIGS / 'mlp/mlp_xor.py', {'model.backbone.dropout': 0.5})
    loaded.require_valid()
    assert len(parsed) == 1
    assert len(walked) == 2  # to find that the backbone takes dropout, and to check


def test_merged_options_are_known_and_checked():
    loaded = LoadedConfig.open(CONFIGS / 'mlp/mlp_xor.py')
    loaded.merge({'+notes.author': 'x'})
    loaded.merge({'train_cfg.max_epochs': 3})
    assert list(loaded.options) == ['+notes.author', 'train_cfg.max_epochs']
    assert loaded.provenance.source('train_cfg.max_epochs') == 'command line'
    loaded.merge({'+train_cfg.max_epoch': 3})
    assert [(i.path, i.source) for i in loaded.issues()] == [
        ('train_cfg.max_epoch', 'command line')
    ]


def test_manual_change_is_found_by_the_next_check():
    loaded = LoadedConfig.open(CONFIGS / 'mlp/mlp_xor.py').require_valid()
    loaded.config.model.backbone.type = 'MLPP'
    with pytest.raises(ConfigError, match="Did you mean 'MLP'"):
        loaded.require_valid()


def test_fingerprint_does_not_depend_on_the_folder():
    loaded = LoadedConfig.open(CONFIGS / 'mlp/mlp_xor.py')
    before = loaded.fingerprint
    loaded.merge({'work_dir': 'elsewhere'})
    assert loaded.fingerprint == before
    loaded.merge({'train_cfg.max_epochs': 3})
    assert loaded.fingerprint != before
