import pytest
from paths import CONFIGS

from mmlesson.config.lesson_text import as_html, chinese_idea, first_paragraph, lesson_text


def test_text_is_the_docstring():
    text = lesson_text(CONFIGS / 'mlp/mlp_xor.py')
    assert text.startswith('MLP on XOR: one hidden layer separates what no line can.\n\nRun:')


@pytest.mark.parametrize('content', [b'x = 1\n', b'x = (\n', b'\xff\xfe', b'\x00'])
def test_file_without_text_has_none(tmp_path, content):
    (tmp_path / 'x.py').write_bytes(content)
    assert lesson_text(tmp_path / 'x.py') == ''


def test_missing_file_has_no_text(tmp_path):
    assert lesson_text(tmp_path / 'x.py') == ''
    assert lesson_text(tmp_path) == ''


CHAPTERS = """# 课程

## 1 甲

甲的想法。

**运行**

```bash
mmlesson train mlp/a
```

**改一改，先猜结果**

```bash
   mmlesson train mlp/b
   mmlesson train mlp/c --work-dir work_dirs/other
```

## 2 乙

乙的想法，<!--=a x s-->1<!--/--> 个。

**运行**

```bash
mmlesson train mlp/b
```
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / 'mlp').mkdir()
    (tmp_path / 'mlp' / 'README_zh-CN.md').write_text(CHAPTERS, encoding='utf-8')
    return tmp_path / 'mlp'


def test_idea_is_that_of_the_chapter_whose_main_command_trains_the_lesson(course):
    assert chinese_idea(course / 'a.py') == ('1 甲', '甲的想法。')
    assert chinese_idea(course / 'b.py') == ('2 乙', '乙的想法，1 个。')


def test_run_with_other_settings_is_not_the_lesson(course):
    assert chinese_idea(course / 'c.py') is None


def test_config_of_another_folder_has_no_chapter(course):
    assert chinese_idea(course.parent / 'own' / 'a.py') is None


@pytest.mark.parametrize(
    'lesson', ['perceptron/perceptron_blobs', 'mlp/mlp_xor', 'mlp/fit_stopped', 'cnn/cnn_digits']
)
def test_shipped_lessons_have_an_idea_in_whole_sentences(lesson):
    title, idea = chinese_idea(CONFIGS / f'{lesson}.py')
    assert title[0].isdigit()
    assert idea.endswith(('。', '？', '！'))
    assert not set('$\\*#[') & set(idea)


@pytest.mark.parametrize(
    ('body', 'expected'),
    [
        ('\n第一句。\n第二句。\n\n第二段。', '第一句。第二句。'),
        ('看正负号：\n\n$$x$$', '看正负号。'),
        ('第一句。满足下式时停止：\n\n$$x$$', '第一句。'),
        ('第一句。四种损失是\n\n$$x$$', '第一句。'),
        ('two\nlines。', 'two lines。'),
        ('没有句号', '没有句号'),
        ('', ''),
    ],
)
def test_first_paragraph_ends_with_a_sentence(body, expected):
    assert first_paragraph(body) == expected


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('**甲** 和 *乙*', '<strong>甲</strong> 和 <em>乙</em>'),
        ('见 [表](../x.md)', '见 表'),
        ('`a < b`', '<code>a &lt; b</code>'),
        ('<b>', '&lt;b&gt;'),
        (r'$y = \pm 1$', '<i>y = ± 1</i>'),
        (r'$a^{l-1} + z_k$', '<i>a<sup>l-1</sup> + z<sub>k</sub></i>'),
        (r'$a < \foo$', '<i>a &lt; foo</i>'),
    ],
)
def test_markdown_becomes_html(text, expected):
    assert as_html(text) == expected
