"""Every shipped config: it loads, is short, says what to run, and its bases earn their place."""

from __future__ import annotations

import ast
import re

import pytest
from paths import CONFIGS, ROOT, documentation

from mmlesson.config import load_config
from mmlesson.engine.run_status import RunStatus

LESSONS = sorted(p for p in CONFIGS.rglob('*.py') if '_base_' not in p.parts)
DOWNLOADED = ('mnist', 'cifar10')  # ends of the names of lessons whose data are downloaded
UNMEASURED = ('cnn_fashion_mnist', 'cnn_cifar10', 'resnet18_cifar10')  # these claim nothing
FOR_USERS = {'fashion_mnist': 1, 'table': 0}  # bases for configs of users: direct users here
BASES = sorted(p for p in (CONFIGS / '_base_').rglob('*.py'))


@pytest.mark.parametrize('lesson', LESSONS, ids=lambda p: p.stem)
def test_lesson_loads_and_is_at_most_twelve_lines(lesson):
    assert load_config(lesson).default_scope == 'mmlesson'
    body = ast.parse(lesson.read_text()).body[1:]
    assert sum(node.end_lineno - node.lineno + 1 for node in body) <= 12


@pytest.mark.parametrize('lesson', LESSONS, ids=lambda p: p.stem)
def test_lesson_has_its_command_and_its_results(lesson):
    header = ast.get_docstring(ast.parse(lesson.read_text())) or ''
    place = lesson.relative_to(CONFIGS.parent).as_posix()
    command = rf'^Run:     (python tools/train\.py|tools/dist_train\.sh) {re.escape(place)}'
    assert re.search(command, header, re.MULTILINE)
    is_measured = re.search(r'^Measured: .*\d', header, re.MULTILINE) is not None
    assert is_measured is (lesson.stem not in UNMEASURED)
    assert is_measured or 'expect' not in lesson.read_text()


@pytest.mark.parametrize('base', BASES, ids=lambda p: p.stem)
def test_base_has_two_direct_users_and_a_docstring(base):
    place = base.relative_to(CONFIGS).as_posix()
    needed = FOR_USERS.get(base.stem, 2)
    assert sum(f"'../{place}'" in lesson.read_text() for lesson in LESSONS) >= needed
    assert ast.get_docstring(ast.parse(base.read_text()))


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
def test_results_in_the_readme_are_those_of_the_config_headers(readme):
    row = re.compile(r'^\| `(configs/\S+\.py)` \|.*\| ([\d.]+) % \| ([\d.]+) \|$', re.MULTILINE)
    rows = row.findall(documentation(readme))
    assert len(rows) == 6
    for config, accuracy, seconds in rows:
        header = ast.get_docstring(ast.parse((ROOT / config).read_text())) or ''
        assert f'Measured: {accuracy} % test accuracy (mean' in header
        assert header.rstrip().endswith(f'seeds 0-4, {seconds} s')


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
def test_readme_names_each_reason_to_stop(readme):
    reasons = re.findall(r"'(\w+)'", RunStatus.request_stop.__doc__ or '')
    assert 'inseparable' in reasons
    text = documentation(readme)
    assert [reason for reason in reasons if f'`{reason}`' not in text] == []


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
def test_files_named_in_the_readme_exist(readme):
    text = documentation(readme)
    named = set(re.findall(r'(?:configs|mmlesson|tools|tests)/[\w/.-]+\.(?:py|sh|md)', text))
    assert len(named) > 20
    missing = sorted(name for name in named if not (ROOT / name).is_file())
    assert missing == ['configs/cnn/my_cnn.py']  # the example of a mistaken config


ROWS = {
    'linear_xor': [('mlp/linear_xor', 1)],
    'circles': [('mlp/circles_linear', 0), ('mlp/circles_relu', 0)],
    'loss_{': [('perceptron/loss_hinge', 1), ('perceptron/loss_perceptron', 1)],
    'cnn_shifted': [('cnn/cnn_shifted', 1), ('mlp/mlp_shifted', 1)],
}
"""Rows of the README's table of ideas: the configs that its percentages are of, and decimals."""


def header_of(config):
    return ' '.join((ast.get_docstring(ast.parse((CONFIGS / f'{config}.py').read_text()))).split())


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
@pytest.mark.parametrize('row', ROWS)
def test_percentages_in_the_table_of_ideas_are_those_of_the_headers(readme, row):
    lines = documentation(readme).splitlines()
    (line,) = [line for line in lines if line.startswith('|') and f'{row}' in line and ' %' in line]
    stated = re.findall(r'(?<![\d.])([\d.]+) %', line)
    measured = [
        (float(re.search(r'Measured: ([\d.]+) %', header_of(config))[1]), digits)
        for config, digits in ROWS[row]
    ]
    assert stated == [f'{value:.{digits}f}' for value, digits in measured]


@pytest.mark.parametrize(
    ('readme', 'words'), [('README.md', '{} to {} of 100'), ('README_zh-CN.md', '第 {} 至 {} 轮')]
)
def test_epochs_of_early_stopping_are_those_of_the_header(readme, words):
    first, last = re.search(r'(\d+)-(\d+) epochs', header_of('mlp/fit_stopped')).groups()
    assert words.format(first, last) in documentation(readme)


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
def test_checkpoint_that_the_readme_tests_is_the_one_its_numbers_are_of(readme):
    text = documentation(readme)
    commands = re.findall(r'^python tools/test\.py configs/\S+ (\S+)', text, re.MULTILINE)
    assert set(commands) == {'work_dirs/cnn_digits'}


@pytest.mark.parametrize('readme', ['README.md', 'README_zh-CN.md'])
def test_number_of_lessons_in_the_readme_is_that_of_the_configs_with_claims(readme):
    own = [lesson for lesson in LESSONS if not lesson.stem.endswith(DOWNLOADED)]
    claims = sum(bool(load_config(lesson).get('expect')) for lesson in own)
    text = documentation(readme)
    assert re.findall(r'(\d+) (?:lessons;|课；)', text) == [str(claims)]
