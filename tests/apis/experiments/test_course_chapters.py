"""Chapters of the course: what is read from a page, and what is written into it."""

from __future__ import annotations

import pytest

from mmlesson.apis.experiments import course_chapters as chapters
from mmlesson.errors import UserError

PAGE = """# A page

```bash
mmlesson train mlp/mlp_xor          # a comment
   mmlesson train mlp/mlp_xor --work-dir work_dirs/two \\
       --cfg-options "model.backbone.hidden_sizes=(2,)"
mmlesson report work_dirs/two
ls
```

<!--=two test.accuracy/top1 .1f-->?<!--/--> %, <!--=two stop.reason s--><!--/-->

![?](figures/two/decision_regions.png)
![?](configs/mlp/figures/two/decision_regions_film.gif)
"""
RESULTS = {'runs': {'two': {'values': {'test.accuracy/top1': 98.76, 'stop.reason': 'patience'}}}}


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / 'configs' / 'mlp'
    folder.mkdir(parents=True)
    (folder / 'README.md').write_text(PAGE)
    (tmp_path / 'README.md').write_text('```bash\nmmlesson train cnn/cnn_digits\n```\n')
    return chapters.read_pages(tmp_path)


def test_folder_without_chapters_is_refused(tmp_path):
    (tmp_path / 'README.md').write_text('')
    with pytest.raises(UserError, match='has no chapters configs'):
        chapters.read_pages(tmp_path)


def test_runs_of_chapters_are_named_by_their_folders(pages, tmp_path):
    assert chapters.runs_of(pages, tmp_path) == {
        'mlp_xor': 'mmlesson train mlp/mlp_xor',
        'two': 'mmlesson train mlp/mlp_xor --work-dir work_dirs/two '
        '--cfg-options "model.backbone.hidden_sizes=(2,)"',
    }


def test_two_commands_for_a_folder_are_refused(tmp_path):
    page = '```bash\nmmlesson train mlp/mlp_xor\nmmlesson train mlp/mlp_xor --seed 1\n```\n'
    with pytest.raises(UserError, match='the run mlp_xor has two commands'):
        chapters.runs_of({tmp_path / 'configs' / 'README.md': page}, tmp_path)


def test_command_is_parsed_by_its_tool():
    name, args = chapters.parse_command('mmlesson train mlp/mlp_xor --seed 3')
    assert (name, args.config, args.seed) == ('train', 'mlp/mlp_xor', 3)


@pytest.mark.parametrize('line', ['mmlesson train', 'mmlesson draw work_dirs/a --figure'])
def test_command_with_wrong_arguments_is_refused(line, capsys):
    with pytest.raises(SystemExit):
        chapters.parse_command(line)
    assert 'error: ' in capsys.readouterr().err


def test_unknown_command_is_refused():
    with pytest.raises(UserError, match="no command 'trian' of mmlesson"):
        chapters.parse_command('mmlesson trian mlp/mlp_xor')


def test_option_that_no_class_takes_is_refused():
    with pytest.raises(UserError, match='hiden_sizes'):
        chapters.settings_hash('mmlesson train mlp/mlp_xor --cfg-options model.hiden_sizes=2')


def test_hash_is_of_the_settings_and_not_of_the_folder():
    base, same, other = (
        chapters.settings_hash(f'mmlesson train mlp/mlp_xor{words}')
        for words in ('', ' --work-dir elsewhere', ' --seed 1')
    )
    assert base == same != other


def test_numbers_and_figures_of_pages_are_found(pages, tmp_path):
    assert chapters.values_of(pages.values()) == {'two': {'test.accuracy/top1', 'stop.reason'}}
    folder = tmp_path / 'configs' / 'mlp'
    assert chapters.figures_of(pages) == {
        folder / 'figures/two/decision_regions.png': ('two', 'decision_regions'),
        folder / 'configs/mlp/figures/two/decision_regions_film.gif': (
            'two',
            'decision_regions_film',
        ),
    }


@pytest.mark.parametrize(
    ('language', 'caption'), [('en', 'The colour of a place'), ('zh', '每一处的颜色')]
)
def test_page_is_filled_with_numbers_and_captions(language, caption):
    text = chapters.filled(PAGE, RESULTS, language)
    assert '<!--=two test.accuracy/top1 .1f-->98.8<!--/--> %' in text
    assert '<!--=two stop.reason s-->patience<!--/-->' in text
    assert text.count(f'![{caption}') == 2
    assert chapters.filled(text, RESULTS, language) == text


def test_number_that_was_not_measured_is_named():
    with pytest.raises(UserError, match=r'test\.loss of the run two was not measured'):
        chapters.filled('<!--=two test.loss .2f--><!--/-->', RESULTS, 'en')


def test_place_that_a_summary_lacks_is_named():
    assert chapters.look_up({'a': {'b/c': 1}}, 'a.b/c') == 1
    with pytest.raises(UserError, match=r'no stop\.reason'):
        chapters.look_up({'stop': None}, 'stop.reason')


def test_results_are_empty_before_the_first_measurement(tmp_path):
    assert chapters.read_results(tmp_path) == {'runs': {}, 'figures': {}}


def test_language_is_that_of_the_name(tmp_path):
    assert chapters.language_of(tmp_path / 'README.md') == 'en'
    assert chapters.language_of(tmp_path / 'README_zh-CN.md') == 'zh'


def test_comparison_is_named_by_its_figure_and_has_commands_for_its_runs(tmp_path):
    file = tmp_path / 'configs' / 'README.md'
    compare = 'mmlesson compare work_dirs/mlp_xor work_dirs/linear_xor --surface --out both.png'
    trained = 'mmlesson train mlp/mlp_xor\nmmlesson train mlp/linear_xor\n'
    pages = {file: f'```bash\n{trained}{compare}\n```\n'}
    expected = {'both': (compare, ['mlp_xor', 'linear_xor'])}
    assert chapters.comparisons_of(pages, tmp_path) == expected
    other = compare.replace('mlp_xor', 'mlp_moons')
    with pytest.raises(UserError, match='No command of the pages trains all runs of'):
        chapters.comparisons_of({file: f'```bash\n{trained}{other}\n```\n'}, tmp_path)
