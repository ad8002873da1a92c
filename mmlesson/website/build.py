"""Build of the website of the course: static, offline, in several languages."""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mmlesson.errors import UserError, check_choice
from mmlesson.utils.atomic_file import new_folder, write_text
from mmlesson.utils.html import render
from mmlesson.website.pages import LANGUAGES, Pages
from mmlesson.website.reports import add_reports

ASSETS = Path(__file__).parent / 'assets'
NEEDED = ('mkdocs', 'material', 'latex2mathml', 'jieba')
UNUSED = ('404.html', 'sitemap.xml', 'sitemap.xml.gz')  # need the address of the site


def build_site(
    root: Path,
    out: Path,
    languages: Sequence[str] = tuple(LANGUAGES),
    runs: Sequence[Path] = (),
) -> Path:
    """Build the website, atomically; it can be opened as a file and put on any web server.

    Args:
        root: Folder that has ``configs``, ``docs`` and the READMEs, see `Pages`.
        out: Output folder, which does not exist or is empty.
        languages: Keys of `LANGUAGES`.
        runs: Folders of runs, whose reports become part of the site.

    Returns:
        The file to open.

    Raises:
        UserError: If a needed package is not installed, the folder is not empty, or a page or run
            cannot be read.
    """
    if any(find_spec(name) is None for name in NEEDED):
        raise UserError('The site needs MkDocs Material: pip install "mmlesson[course]".')
    for language in languages:
        check_choice('build_site', 'language', language, LANGUAGES)
    with new_folder(out) as made:
        for language in languages:
            pages = Pages(root, language)
            with TemporaryDirectory(dir=made, prefix='.source_') as scratch:
                add_reports(pages, runs, Path(scratch))
                _build_language(pages, languages, Path(scratch), made / language)
        names = {language: LANGUAGES[language] for language in languages}
        write_text(
            made / 'index.html', render('mmlesson.website', 'index.html.j2', languages=names)
        )
    return out / 'index.html'


def _build_language(pages: Pages, languages: Sequence[str], scratch: Path, target: Path) -> None:
    """Write the sources of the pages into a folder, and build them by MkDocs."""
    docs = scratch / 'docs'
    for name, text in pages.texts.items():
        write_text(docs / name, text)
    files = pages.files | {f'assets/{file.name}': file for file in ASSETS.iterdir()}
    for name, file in files.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, docs / name)
    config_file = scratch / 'mkdocs.yml'
    config_file.touch()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # jieba was written for older Pythons
        _run_mkdocs(config_file, _settings(pages, docs, target), languages)
    for file in [target / name for name in UNUSED] + list(target.rglob('*.map')):
        file.unlink(missing_ok=True)


def _run_mkdocs(file: Path, settings: dict[str, Any], languages: Sequence[str]) -> None:
    import jieba
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.plugins import BasePlugin

    class Finish(BasePlugin):
        """Links each page to the same page in the other languages, and mends the HTML."""

        def on_page_context(self, context: Any, *, page: Any, config: Any, nav: Any) -> Any:
            config.extra['alternate'] = [
                {'name': LANGUAGES[code], 'lang': code, 'link': f'../{code}/{page.url}'}
                for code in (languages if len(languages) > 1 else ())
            ]
            return context

        def on_page_content(self, html: str, *, page: Any, config: Any, files: Any) -> str:
            """Mark the options of commands, so that no line is broken after their hyphens."""
            return re.sub(r'(?<=</span>)--[a-z-]+', r'<span class="option">\g<0></span>', html)

        def on_post_page(self, output: str, *, page: Any, config: Any) -> str:
            """Remove what makes the theme load a sitemap, which there is none of."""
            return re.sub(r'<link rel="alternate"[^>]*>', '', output)

    jieba.setLogLevel('WARNING')
    config = load_config(str(file), **settings)
    config.plugins['finish'] = Finish()
    build(config)


def _settings(pages: Pages, docs: Path, target: Path) -> dict[str, Any]:
    from pymdownx.slugs import slugify

    slug: Callable[..., str] = slugify(case='lower')
    return {
        'site_name': 'mmlesson',
        'docs_dir': str(docs),
        'site_dir': str(target),
        'nav': pages.navigation,
        'strict': True,  # a broken link is an error
        'validation': {'nav': {'omitted_files': 'ignore'}, 'links': {'anchors': 'warn'}},
        'theme': _theme(pages.language),
        'plugins': ['search', 'offline'],
        'extra': {'polyfills': ['assets/iframe-worker.js']},
        'extra_css': ['assets/website.css'],
        'markdown_extensions': [
            *('admonition', 'sane_lists', 'pymdownx.details', 'pymdownx.superfences'),
            {'pymdownx.highlight': {'pygments_lang_class': True}},
            {'toc': {'slugify': slug, 'permalink': True, 'toc_depth': 3}},
            'mmlesson.website.markdown_extension:WebsiteExtension',
        ],
    }


def _theme(language: str) -> dict[str, Any]:
    to_dark, to_light = {'en': ('Dark', 'Light'), 'zh': ('深色', '浅色')}[language]
    light = {
        'media': '(prefers-color-scheme: light)',
        'scheme': 'default',
        'toggle': {'icon': 'material/weather-night', 'name': to_dark},
    }
    dark = {
        'media': '(prefers-color-scheme: dark)',
        'scheme': 'slate',
        'toggle': {'icon': 'material/weather-sunny', 'name': to_light},
    }
    return {
        'name': 'material',
        'language': language,
        'font': False,
        'palette': [light, dark],
        'features': [
            *('navigation.sections', 'navigation.footer', 'navigation.top', 'toc.follow'),
            *('content.code.copy', 'search.highlight', 'search.suggest'),
        ],
    }
