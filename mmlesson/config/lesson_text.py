"""Text of a lesson: the docstring of its config, and in Chinese the idea of its chapter."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from markupsafe import Markup, escape

CHAPTER = 'README_zh-CN.md'

_SYMBOLS = {
    **{'alpha': 'α', 'gamma': 'γ', 'delta': 'δ', 'eta': 'η', 'theta': 'θ', 'mu': 'μ'},
    **{'phi': 'φ', 'varphi': 'φ', 'sigma': 'σ', 'nabla': '∇', 'partial': '∂'},
    **{'cdot': '·', 'pm': '±', 'times': '×', 'le': '≤', 'ge': '≥', 'leftarrow': '←'},
    **dict.fromkeys(('hat', 'text', 'operatorname'), ''),
}
_SPACES = re.compile(r'\\[,;!: ]|\s+')


def lesson_text(config: Path) -> str:
    """Return the docstring of a config, '' if there is none or the file cannot be read."""
    try:
        tree = ast.parse(config.read_text(encoding='utf-8'))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return ''
    return ast.get_docstring(tree) or ''


def chinese_idea(config: Path) -> tuple[str, Markup] | None:
    """Return the title and the idea of the chapter that trains a lesson, in Chinese.

    The chapter is a section of the file ``README_zh-CN.md`` beside the config with a command
    ``mmlesson train <folder>/<name>``, preferably its main one; its first paragraph is the idea.

    Args:
        config: Config of a lesson, in the folder that it has in ``configs/``.

    Returns:
        Title and HTML, or None if no chapter trains this lesson.
    """
    is_of_course = (config.parent / CHAPTER).is_file()
    files = sorted(config.parent.parent.glob(f'*/{CHAPTER}')) if is_of_course else []
    sections = [section for file in files for section in _sections(file)]
    command = re.compile(
        rf'^\s*mmlesson train {re.escape(f"{config.parent.name}/{config.stem}")}\s*$', re.MULTILINE
    )
    for is_main in (True, False):
        for section in sections:
            main = section.partition('**改一改')[0]
            if command.search(main if is_main else section):
                title, _, body = section.partition('\n')
                return title.strip(), as_html(first_paragraph(body))
    return None


def _sections(file: Path) -> list[str]:
    """Return the sections of a chapter file, without the comments that mark its numbers."""
    try:
        text = file.read_text(encoding='utf-8')
    except (OSError, ValueError):
        return []
    return re.split(r'^## ', re.sub(r'<!--.*?-->', '', text, flags=re.DOTALL), flags=re.M)[1:]


def first_paragraph(body: str) -> str:
    """Return the first paragraph in whole sentences, since the formula after it is left out."""
    paragraph = body.strip().partition('\n\n')[0]
    text = re.sub(r'(?<=[^\x00-\x7f])\n|\n(?=[^\x00-\x7f])', '', paragraph).replace('\n', ' ')
    sentences = re.findall(r'[^。？！]*[。？！]|[^。？！]+$', text)
    if text.endswith('：') and '下式' not in sentences[-1]:
        return f'{text[:-1]}。'
    is_whole = text.endswith(('。', '？', '！'))
    return text if is_whole else ''.join(sentences[:-1]) or text


def as_html(text: str) -> Markup:
    """Return a paragraph of Markdown as HTML: emphasis, code, links as their text, formulas."""
    parts = re.split(r'(\$[^$]+\$|`[^`]+`)', text)
    return Markup('').join(_part(part) for part in parts)


def _part(part: str) -> Markup:
    if part.startswith('$'):
        return Markup('<i>{}</i>').format(_formula(part.strip('$')))
    if part.startswith('`'):
        return Markup('<code>{}</code>').format(part.strip('`'))
    shown = re.sub(r'\[([^\]]*)\]\([^)]*\)', r'\1', str(escape(part)))
    shown = re.sub(r'\*\*(.+?)\*\*', r'<strong>\1</strong>', shown)
    return Markup(re.sub(r'\*(.+?)\*', r'<em>\1</em>', shown))


def _formula(latex: str) -> Markup:
    """Return a formula of one line; a command that is unknown is kept by its name."""
    plain = re.sub(r'\\([A-Za-z]+)', lambda found: _SYMBOLS.get(found[1], found[1]), latex)
    text = str(escape(_SPACES.sub(' ', plain)))
    for sign, tag in (('_', 'sub'), ('^', 'sup')):
        text = re.sub(rf'{re.escape(sign)}(?:\{{([^{{}}]*)\}}|(\w))', rf'<{tag}>\1\2</{tag}>', text)
    return Markup(re.sub(r'[{}]', '', text))
