"""The course's pages: numbers, figures, links and commands are current, in both languages.

If a test fails: python tools/analysis/update_course.py .
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from paths import CONFIGS, ROOT

from mmlesson.apis.experiments import course_chapters as chapters
from mmlesson.apis.experiments.course_update import MAX_BYTES
from mmlesson.apis.training import train
from mmlesson.config import parse_options
from mmlesson.visualization.figures.names import ANIMATION_NAMES

PAGES = chapters.read_pages(ROOT)
RESULTS = chapters.read_results(ROOT)
NAMES = [file.relative_to(ROOT).as_posix() for file in PAGES]
DOCS = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / 'docs').rglob('*.md'))
FOLDERS = ('perceptron', 'mlp', 'cnn', 'vision')
EXERCISES = 2  # of each chapter
TERMS = {
    'README.md': (
        *('weights', 'bias', 'activation', 'loss surface', 'valley', 'Backpropagation'),
        *('local connection', 'shared weights', 'training', 'validation', 'test'),
    ),
    'README_zh-CN.md': (
        *('权重', '偏置', '激活函数', '损失曲面', '谷底', '反向传播'),
        *('局部连接', '权重共享', '训练集', '验证集', '测试集'),
    ),
}


def page(name: str) -> tuple[Path, str]:
    return ROOT / name, PAGES[ROOT / name]


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    titles = re.findall(r'^#+ (.*)$', text, re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-') for title in titles}


@pytest.mark.parametrize('name', NAMES)
def test_numbers_and_captions_are_current(name):
    file, text = page(name)
    assert chapters.filled(text, RESULTS, chapters.language_of(file)) == text


def test_runs_were_measured_with_the_settings_of_their_commands():
    measured = {name: run['command'] for name, run in RESULTS['runs'].items()}
    assert measured == chapters.runs_of(PAGES, ROOT)
    hashes = {name: run['settings'] for name, run in RESULTS['runs'].items()}
    assert hashes == {name: chapters.settings_hash(line) for name, line in measured.items()}


def test_comparisons_were_drawn_with_the_settings_of_their_runs():
    expected = {
        name: {
            'command': command,
            'settings': {run: RESULTS['runs'][run]['settings'] for run in runs},
        }
        for name, (command, runs) in chapters.comparisons_of(PAGES, ROOT).items()
    }
    assert RESULTS['comparisons'] == expected


def test_figures_are_those_that_were_drawn_and_small():
    shown = chapters.figures_of(PAGES)
    hashes = {file.relative_to(ROOT).as_posix(): chapters.file_hash(file) for file in shown}
    assert RESULTS['figures'] == hashes
    assert [file for file in shown if file.stat().st_size > MAX_BYTES[file.suffix]] == []
    assert set(CONFIGS.glob('*/figures/*/*.*')) == set(shown)


@pytest.mark.parametrize('name', [*NAMES, *DOCS])
def test_links_lead_to_files_and_headings(name):
    file = ROOT / name
    text = file.read_text(encoding='utf-8')
    for target in re.findall(r'\]\(([^)\s]+)\)', text):
        if re.match(r'https?://', target):
            continue
        path, _, anchor = target.partition('#')
        linked = file.parent / path if path else file
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text(encoding='utf-8')), target


@pytest.mark.parametrize('name', NAMES)
def test_identifiers_are_those_of_their_links(name):
    _, text = page(name)
    for shown, linked in re.findall(r'\[doi:([^\]]+)\]\(https://doi\.org/([^)]+)\)', text):
        assert linked.replace('%28', '(').replace('%29', ')') == shown
        assert re.fullmatch(r'10\.\d{4,5}/\S+', shown)


@pytest.mark.parametrize('name', NAMES)
def test_commands_are_accepted_by_their_tools(name):
    _, text = page(name)
    for line in chapters.commands_of(text):
        if not line.startswith('mmlesson --'):
            chapters.parse_command(line)


@pytest.mark.parametrize('name', NAMES)
def test_figures_to_open_are_of_runs_of_the_course(name):
    _, text = page(name)
    runs = chapters.runs_of(PAGES, ROOT)
    for run, figure, ending in re.findall(r'`work_dirs/(\w+)/figures/(\w+)\.(\w+)`', text):
        assert run in runs
        assert ending != 'gif' or figure.removesuffix('_film') in ANIMATION_NAMES


def test_both_languages_have_the_same_commands_figures_and_numbers():
    for folder in FOLDERS:
        texts = [
            (CONFIGS / folder / name).read_text(encoding='utf-8')
            for name in ('README.md', 'README_zh-CN.md')
        ]
        for what in (
            chapters.commands_of,
            lambda text: [found[1:] for found in chapters.IMAGE.findall(text)],
            lambda text: sorted({found[:3] for found in chapters.VALUE.findall(text)}),
            lambda text: re.findall(r'doi:\S+?\]', text),
        ):
            english, chinese = (list(what(text)) for text in texts)
            assert english == chinese


@pytest.mark.parametrize('language', TERMS)
def test_chapters_are_numbered_and_complete(language):
    texts = [(CONFIGS / folder / language).read_text(encoding='utf-8') for folder in FOLDERS]
    parts = re.split(r'^## (?=\d+ )', '\n'.join(texts), flags=re.MULTILINE)[1:]
    assert [int(part.split()[0]) for part in parts] == list(range(1, 19))
    for part in parts:
        assert part.count('<details>') == part.count('</details>') == EXERCISES
        assert '$$' in part
        assert 'doi:' in part
        assert chapters.IMAGE.search(part)


@pytest.mark.parametrize(('language', 'terms'), TERMS.items())
def test_terms_of_the_lesson_occur(language, terms):
    text = ''.join((CONFIGS / folder / language).read_text(encoding='utf-8') for folder in FOLDERS)
    assert [term for term in terms if term not in text] == []


@pytest.mark.parametrize('name', ['perceptron_xor', 'stopped_impatient', 'linear_no_bias'])
def test_run_that_is_trained_again_has_the_numbers_of_the_page(name, tmp_path):
    run = RESULTS['runs'][name]
    _, args = chapters.parse_command(run['command'])
    options = parse_options(args.cfg_options)
    options |= {'default_hooks.visualization': None, 'log_level': 'ERROR', 'device': 'cpu'}
    summary = train(args.config, options=options, work_dir=tmp_path / 'run').summary
    for place, value in run['values'].items():
        measured = chapters.look_up(summary, place)
        is_text = isinstance(value, str)
        assert measured == (value if is_text else pytest.approx(value, rel=1e-3))
