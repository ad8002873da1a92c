"""The website of the course: links, languages, formulas, and pages in Chromium, headless."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from forked import run_forked
from paths import CONFIGS, ROOT

from mmlesson.apis.training import train

LANGUAGES = ('en', 'zh')
SHOWN = ('index', 'mlp', 'cnn', 'docs/tools', 'configs/mlp', 'configs/mlp/mlp_xor', 'reports/index')
"""Pages that are opened in Chromium: each kind, and those with the widest content."""


BLOCKS = re.compile(r'```bash\n(.*?)```', re.DOTALL)
OPTION = re.compile(r'(?<=\s)--[a-z-]+')


class Page(HTMLParser):
    """Anchors, links and resources of an HTML page.

    Args:
        text: The page.

    Attributes:
        anchors: Names that a link may have after '#'.
        links: Targets of ``<a href>``.
        resources: What a browser loads with the page.
        tags: All tags.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = {''}
        self.links: list[str] = []
        self.resources: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the tag names."""
        found = {name: value or '' for name, value in attrs}
        self.tags.append(tag)
        self.anchors |= {found[name] for name in ('id', 'name') if name in found}
        loaded = [found[name] for name in ('src', 'data', 'poster') if name in found]
        loaded += [entry.split()[0] for entry in found.get('srcset', '').split(',') if entry]
        if 'href' in found:
            (self.links if tag == 'a' else loaded).append(found['href'])
        self.resources += loaded


@cache
def read(file: Path) -> Page:
    return Page(file.read_text(encoding='utf-8'))


def broken(file: Path, target: str) -> bool:
    """Return whether a relative link leads to no file, or to no anchor of a page."""
    path, _, anchor = unquote(target).partition('#')
    linked = Path(os.path.normpath(file.parent / path)) if path else file
    if not linked.is_file():
        return True
    return linked.suffix == '.html' and anchor not in read(linked).anchors


def is_local(target: str) -> bool:
    return not re.match(r'[a-z]+:|//', target)


@pytest.fixture(scope='module')
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('website')
    options = {'train_cfg.max_epochs': 2, 'default_hooks.visualization.films': []}
    train('mlp/mlp_xor', work_dir=folder / 'runs' / 'xor', options=options)
    words = ('course', folder / 'site', '--runs', folder / 'runs')
    done = run_forked('mmlesson/__main__.py', *words)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == f'{folder / "site" / "index.html"}\n'
    return folder / 'site'


@pytest.fixture(scope='module')
def pages(site) -> dict[Path, Page]:
    return {file: read(file) for file in sorted(site.rglob('*.html'))}


def test_checker_finds_broken_links_and_resources(tmp_path):
    file = tmp_path / 'a.html'
    file.write_text('<h1 id="x"></h1><a href="#x"></a><img src="https://b/c.png"><link href="d">')
    page = read(file)
    assert page.resources == ['https://b/c.png', 'd']
    assert [broken(file, target) for target in ('#x', '', '#y', 'b.html')] == [False] * 2 + [
        True
    ] * 2
    assert [is_local(target) for target in ('d', '#x', '//e/f', 'data:x')] == [True] * 2 + [
        False
    ] * 2


def test_no_link_is_broken(pages):
    links = [(file, link) for file, page in pages.items() for link in page.links + page.resources]
    assert len(links) > 1000
    assert [(f, link) for f, link in links if is_local(link) and broken(f, link)] == []


def test_nothing_is_loaded_from_elsewhere(site, pages):
    loaded = {link for page in pages.values() for link in page.resources if not is_local(link)}
    assert [link for link in loaded if not link.startswith('data:')] == []
    for file in site.rglob('*.css'):
        named = re.findall(r'url\(["\']?([^)]*)|@import["\' ]*([^;]*)', file.read_text('utf-8'))
        assert [link for pair in named for link in pair if re.match('https?:|//', link)] == []


def test_both_languages_have_the_same_pages(site):
    names = [
        {file.relative_to(site / code).as_posix() for file in (site / code).rglob('*.html')}
        for code in LANGUAGES
    ]
    assert names[0] == names[1]
    chapters = {f'{file.parent.name}.html' for file in CONFIGS.glob('*/README.md')}
    docs = {f'docs/{file.stem}.html' for file in (ROOT / 'docs').glob('*.md')}
    configs = {f'{f.relative_to(ROOT).with_suffix("")}.html' for f in CONFIGS.glob('[!_]*/*.py')}
    assert {'index.html', 'reports/xor.html', *chapters, *docs, *configs} <= names[0]


@pytest.mark.parametrize(('code', 'title'), [('en', '9 Backpropagation'), ('zh', '9 反向传播')])
def test_page_is_in_its_language(site, code, title):
    text = (site / code / 'mlp.html').read_text(encoding='utf-8')
    assert f'<html lang="{code}"' in text
    assert re.search(rf'<h2[^>]*>{title}', text)


@pytest.mark.parametrize('code', LANGUAGES)
@pytest.mark.parametrize('chapter', ['perceptron', 'mlp', 'cnn'])
def test_formulas_are_mathml_and_figures_have_captions(site, code, chapter):
    page = read(site / code / f'{chapter}.html')
    source = (CONFIGS / chapter / ('README.md' if code == 'en' else 'README_zh-CN.md')).read_text(
        encoding='utf-8'
    )
    blocks = len(re.findall(r'\$\$', source)) // 2
    inline = len(re.findall(r'\$[^$]+\$', re.sub(r'\$\$.*?\$\$|`[^`]*`', '', source, flags=re.S)))
    assert page.tags.count('math') == blocks + inline
    assert page.tags.count('figcaption') == len(re.findall(r'^ *!\[', source, re.MULTILINE))
    assert page.tags.count('details') == source.count('<details>')
    text = (site / code / f'{chapter}.html').read_text(encoding='utf-8')
    assert (
        re.findall(r'\\\w+|\$\$|<!--=', re.sub(r'<(script|pre).*?</\1>', '', text, flags=re.S))
        == []
    )


@pytest.mark.parametrize('code', LANGUAGES)
def test_options_of_commands_are_marked(site, code):
    text = (site / code / 'mlp.html').read_text(encoding='utf-8')
    source = (CONFIGS / 'mlp' / 'README.md').read_text(encoding='utf-8')
    options = re.findall(r'<span class="option">(--[a-z-]+)</span>', text)
    assert options == [
        option for block in BLOCKS.findall(source) for option in OPTION.findall(block)
    ]


# In Chromium, as files: what works without a server works with one ------------------------------


@pytest.fixture(scope='module')
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which('chromium')
        opened = playwright.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, site) -> Iterator:
    """Return a function that opens a page; at the end nothing may have failed or been fetched."""
    contexts, requested, failed = [], [], []

    def opened(name: str, width: int = 1280, scheme: str = 'light', locale: str = 'en-US'):
        size = {'width': width, 'height': 900}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme, locale=locale))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on('request', lambda request: requested.append(request.url))
        page.on('pageerror', lambda error: failed.append(str(error)))
        page.on('console', lambda line: failed.append(line.text) if line.type == 'error' else None)
        page.goto((site / name).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in requested if not re.match('file:|data:|blob:', url)] == []
    assert failed == []


@pytest.mark.external('chromium')
@pytest.mark.parametrize(('width', 'scheme'), [(400, 'dark'), (1280, 'light')])
def test_pages_fit_the_width_in_both_colours(open_page, site, width, scheme):
    page = open_page('en/index.html', width, scheme)
    for code in LANGUAGES:
        for name in SHOWN:
            page.goto((site / code / f'{name}.html').as_uri())
            page.evaluate('document.querySelectorAll("details").forEach(fold => fold.open = true)')
            assert page.evaluate('document.documentElement.scrollWidth') <= width, (code, name)
            assert page.evaluate('document.body.scrollWidth') <= width, (code, name)
    colours = {'light': 'default', 'dark': 'slate'}
    assert page.get_attribute('body', 'data-md-color-scheme') == colours[scheme]


@pytest.mark.external('chromium')
@pytest.mark.parametrize(('locale', 'code'), [('en-US', 'en'), ('de-DE', 'en'), ('zh-CN', 'zh')])
def test_entry_leads_to_the_language_of_the_browser(open_page, site, locale, code):
    page = open_page('index.html', locale=locale)
    page.wait_for_url((site / code / 'index.html').as_uri())


@pytest.mark.external('chromium')
def test_switches_of_language_and_colour(open_page, site):
    page = open_page('zh/docs/tools.html')
    page.hover('.md-select button')
    page.click('.md-select a[hreflang=en]')
    page.wait_for_url((site / 'en/docs/tools.html').as_uri())
    page.click('label[title=Dark]')
    page.wait_for_selector('body[data-md-color-scheme=slate]')


@pytest.mark.external('chromium')
@pytest.mark.parametrize(
    ('code', 'word', 'found'),
    [('en', 'backpropagation', 'mlp.html'), ('zh', '口袋', 'perceptron.html')],
)
def test_search_finds_a_word_in_each_language(open_page, code, word, found):
    page = open_page(f'{code}/index.html')
    page.click('.md-search__input')
    page.keyboard.type(word)
    page.keyboard.press('End')  # it searches when a key is released, which Chinese text has none of
    page.wait_for_selector(f'.md-search-result__link[href*="{found}"]')
