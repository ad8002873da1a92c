"""Pages of the website in one language: texts of chapters and documentation, with their links."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mmlesson.errors import UserError
from mmlesson.website.github_markdown import replace_outside_code, to_python_markdown

LANGUAGES = {'en': 'English', 'zh': '中文'}
"""Names of the languages, by code."""

WORDS = {
    'en': {
        'home': 'Home',
        'course': 'Course',
        'handbook': 'Handbook',
        'configs': 'Configs',
        'config': 'config',
        'content': 'content',
        'bases': 'Inherits from',
        'run_this': 'Run this',
    },
    'zh': {
        'home': '首页',
        'course': '课程',
        'handbook': '使用手册',
        'configs': '配置文件',
        'config': '配置文件',
        'content': '内容',
        'bases': '继承自',
        'run_this': '运行',
    },
}
"""Words of generated pages, by language."""

FAMILIES = ('perceptron', 'mlp', 'cnn', 'vision')  # in the order of the course
LINK = re.compile(r'\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)')
SWITCH = re.compile(
    r'^\[(?:中文|English)\]\([^)]+\)(?: · \[README\]\([^)]+\))?(?: · )?', re.MULTILINE
)
WIDE = '---\nhide:\n  - toc\n---\n'  # Material's words for a page without a table of contents
IMAGES = ('.png', '.gif', '.svg', '.jpg')
LEXERS = {'.py': 'python', '.sh': 'bash', '.yml': 'yaml', '.toml': 'toml', '.json': 'json'}


class Pages:
    """Texts and files of the website in one language.

    A page that is linked to becomes part of the site: a config or another source file as a page
    that shows its text, a folder of configs as a list of them.

    Args:
        root: Folder that has ``configs``, ``docs`` and the READMEs: a checkout, or that of the
            installation.
        language: Key of `LANGUAGES`.

    Attributes:
        texts: Markdown of each page, by its path in the site.
        files: Files that are copied, by their path in the site.
        navigation: Titles and pages, as MkDocs has them in ``nav``.

    Raises:
        UserError: If there are no chapters, or a link leads to no file.
    """

    def __init__(self, root: Path, language: str) -> None:
        self.root = root
        self.language = language
        self.words = WORDS[language]
        self.texts: dict[str, str] = {}
        self.files: dict[str, Path] = {}
        self._targets = self._find_pages()
        for source, target in self._targets.items():
            self._add_page(source, target)
        for family in self._families():
            self._add_family(family)
        self.navigation = self._navigation()

    def _families(self) -> list[str]:
        """Return the folders of configs, in the order of the course."""
        found = {file.parent.name for file in self.root.glob('configs/*/*.py')} - {'_base_'}
        order = {name: number for number, name in enumerate(FAMILIES)}
        return sorted(found, key=lambda name: (order.get(name, len(order)), name))

    def _find_pages(self) -> dict[str, str]:
        """Return the path in the site of each page, by its path in `root`."""
        pages = {'README.md': 'index.md'}
        for family in self._families():
            pages[f'configs/{family}/README.md'] = f'{family}.md'
        for file in sorted((self.root / 'docs').glob('*.md')):
            pages[f'docs/{file.name}'] = f'docs/{file.name}'
        found = {self._localized(page): target for page, target in pages.items()}
        found = {page: target for page, target in found.items() if (self.root / page).is_file()}
        if 'index.md' not in found.values() or len(found) < 2:
            raise UserError(f'{self.root} must have README.md and chapters configs/*/README.md.')
        return found

    def _localized(self, page: str) -> str:
        """Return the page in this language; the page itself if there is none."""
        if self.language == 'en':
            return page
        path = PurePosixPath(page)
        if path.suffix != '.md':
            return page
        is_chapter = path.name == 'README.md'
        name = (
            path.with_name('README_zh-CN.md') if is_chapter else path.parent / 'zh-CN' / path.name
        )
        return str(name) if (self.root / name).is_file() else page

    def _add_page(self, source: str, target: str) -> None:
        text = SWITCH.sub('', (self.root / source).read_text(encoding='utf-8'))

        def link(found: re.Match[str]) -> str:
            linked = os.path.normpath(PurePosixPath(source).parent / found[1]).replace(os.sep, '/')
            place = self._localized(linked)
            anchor = found[2] if found[2] and place == linked else ''  # others are in English
            return f']({_relative(self._place(place, source), target)}{anchor})'

        self.texts[target] = to_python_markdown(replace_outside_code(LINK, link, text))

    def _place(self, linked: str, source: str) -> str:
        """Return the path in the site of a linked file or folder, which is added to it.

        Args:
            linked: Its path in `root`.
            source: Page that links to it, for messages.
        """
        file = self._file(linked)
        if linked in self._targets:
            return self._targets[linked]
        if file.is_dir() and linked.startswith('configs/'):
            chapter = self._localized(f'{linked}/README.md')
            return self._targets.get(chapter, f'{linked}.md')
        if not file.is_file():
            raise UserError(f'{self.root / source} links to {linked}, which is no file.')
        if file.suffix in IMAGES:
            self.files[linked] = file
            return linked
        return self._add_source(linked)

    def _file(self, path: str) -> Path:
        """Return a file of `root`; in an installation, the package is around that."""
        is_package = path.startswith('mmlesson/') and not (self.root / path).exists()
        return (Path(__file__).parents[2] if is_package else self.root) / path

    def _add_family(self, family: str) -> None:
        """Add the list of a folder's configs, and each of them."""
        rows = [
            f'# {self.words["configs"]}: {family}',
            '',
            f'| {self.words["config"]} | {self.words["content"]} |',
            '|---|---|',
        ]
        for file in sorted((self.root / 'configs' / family).glob('*.py')):
            first = _docstring(file).partition('\n')[0]
            place = self._add_source(f'configs/{family}/{file.name}')
            link = _relative(place, f'configs/{family}.md')
            rows.append(f'| [`{family}/{file.stem}`]({link}) | {first} |')
        self.texts[f'configs/{family}.md'] = WIDE + '\n'.join(rows) + '\n'

    def _add_source(self, path: str) -> str:
        """Add a page that shows a file, and return its path in the site.

        The files that a config inherits from become pages too.
        """
        target = f'{path.removesuffix(".py")}.md'
        if target in self.texts:
            return target
        file = self._file(path)
        text = file.read_text(encoding='utf-8')
        lines = [f'# `{path}`', '']
        if path.startswith('configs/') and '/_base_/' not in path:
            name = path.removeprefix('configs/').removesuffix('.py')
            lines += [f'**{self.words["run_this"]}**', '']
            lines += ['```bash', f'mmlesson train {name}', '```', '']
        bases = []
        for base in _bases(text):
            linked = os.path.normpath(PurePosixPath(path).parent / base).replace(os.sep, '/')
            bases.append(f'[`{linked}`]({_relative(self._add_source(linked), target)})')
        lines += [f'{self.words["bases"]}: {", ".join(bases)}', ''] if bases else []
        fence = '`' * 4
        lines += [f'{fence}{LEXERS.get(file.suffix, "text")}', text.rstrip(), fence]
        self.texts[target] = WIDE + '\n'.join(lines) + '\n'
        return target

    def _navigation(self) -> list[dict[str, Any]]:
        pages = list(self._targets.values())
        linked = re.findall(r'\]\((docs/\w+\.md)', self.texts['index.md'])  # in the README's order
        docs = sorted(
            (page for page in pages if page.startswith('docs/')),
            key=lambda page: linked.index(page) if page in linked else len(linked),
        )
        return [
            {self.words['home']: 'index.md'},
            {self.words['course']: [f'{f}.md' for f in self._families() if f'{f}.md' in pages]},
            *([{self.words['handbook']: docs}] if docs else []),
            {self.words['configs']: [{f: f'configs/{f}.md'} for f in self._families()]},
        ]


def _relative(target: str, page: str) -> str:
    """Return the link from a page to another, both as paths in the site."""
    return os.path.relpath(target, PurePosixPath(page).parent).replace(os.sep, '/')


def _docstring(file: Path) -> str:
    return ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or ''


def _bases(text: str) -> list[str]:
    """Return what a config names in ``_base_``; nothing for other files."""
    for node in ast.parse(text).body if '_base_' in text else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == '_base_':
            found = ast.literal_eval(node.value)
            return [found] if isinstance(found, str) else list(found)
    return []
