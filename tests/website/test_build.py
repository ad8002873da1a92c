"""Build of the website, of a small checkout."""

from __future__ import annotations

import pytest

from mmlesson.errors import ArgumentError, UserError
from mmlesson.website import build as module
from mmlesson.website.build import build_site


def test_site_of_one_language_has_no_switch(root, tmp_path):
    assert build_site(root, tmp_path / 'site', ['zh']) == tmp_path / 'site' / 'index.html'
    assert sorted(path.name for path in (tmp_path / 'site').iterdir()) == ['index.html', 'zh']
    assert '中文' in (tmp_path / 'site/index.html').read_text(encoding='utf-8')
    page = (tmp_path / 'site/zh/mlp.html').read_text(encoding='utf-8')
    assert '一章' in page
    assert 'hreflang' not in page


def test_pages_that_need_the_address_of_the_site_are_left_out(root, tmp_path):
    build_site(root, tmp_path / 'site', ['en'])
    names = {path.name for path in (tmp_path / 'site').rglob('*')}
    assert {'404.html', 'sitemap.xml', 'mkdocs.yml'} & names == set()


def test_folder_with_files_is_left_as_it_is(root, tmp_path):
    (tmp_path / 'site').mkdir()
    (tmp_path / 'site/mine.txt').write_text('mine')
    with pytest.raises(UserError, match=r'site exists already and is not empty'):
        build_site(root, tmp_path / 'site')
    assert [path.name for path in (tmp_path / 'site').iterdir()] == ['mine.txt']


def test_failed_build_leaves_nothing(root, tmp_path):
    (root / 'docs/tools.md').write_text('$\\nonsense$')
    with pytest.raises(ValueError, match=r'has no MathML'):
        build_site(root, tmp_path / 'site', ['en'])
    assert sorted(path.name for path in tmp_path.iterdir()) == ['root']


def test_broken_anchor_ends_the_build(root, tmp_path):
    from mkdocs.exceptions import Abort

    (root / 'docs/tools.md').write_text('[part](../configs/mlp/README.md#2-part)')
    with pytest.raises(Abort):
        build_site(root, tmp_path / 'site', ['en'])


def test_missing_package_is_one_line(root, tmp_path, monkeypatch):
    monkeypatch.setattr(module, 'NEEDED', ('mkdocs', 'no_such_package'))
    with pytest.raises(UserError, match=r'needs MkDocs Material: pip install "mmlesson\[course\]"'):
        build_site(root, tmp_path / 'site')


def test_unknown_language_is_refused(root, tmp_path):
    with pytest.raises(ArgumentError, match=r"language must be one of .*, got 'de'"):
        build_site(root, tmp_path / 'site', ['de'])
