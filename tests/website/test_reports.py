"""Reports of runs in the website."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from mmlesson.errors import UserError
from mmlesson.runs.run import Run
from mmlesson.website.pages import Pages
from mmlesson.website.reports import add_reports, find_runs


@pytest.fixture
def run(train, tmp_path):
    train('mlp/mlp_moons.py', name='runs/moons', train_cfg__max_epochs=1)
    return tmp_path / 'runs' / 'moons'


def test_runs_are_those_with_a_summary(tmp_path):
    for name in ('b', 'a', 'other'):
        (tmp_path / name).mkdir()
    for name in ('a', 'b'):
        (tmp_path / name / 'summary.json').touch()
    assert find_runs(tmp_path) == [tmp_path / 'a', tmp_path / 'b']
    assert find_runs(tmp_path / 'a') == [tmp_path / 'a']


def test_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(UserError, match=r'has no runs\. Name a folder such as work_dirs'):
        find_runs(tmp_path)
    with pytest.raises(UserError, match=r'must be a folder, got .*nowhere, which is no folder'):
        find_runs(tmp_path / 'nowhere')


@pytest.mark.parametrize(('language', 'code'), [('en', 'en'), ('zh', 'zh-CN')])
def test_report_is_in_the_language_of_its_site(root, run, tmp_path, language, code):
    pages = Pages(root, language)
    add_reports(pages, [run], tmp_path / 'scratch')
    assert f'<html lang="{code}"' in pages.files['reports/moons.html'].read_text(encoding='utf-8')


def test_report_is_part_of_the_site_and_listed(root, run, tmp_path):
    pages = Pages(root, 'en')
    add_reports(pages, [run], tmp_path / 'scratch')
    accuracy = Run(run).summary['test']['accuracy/top1']
    assert '| [moons](moons.html) | completed | ' in pages.texts['reports/index.md']
    assert f'test accuracy/top1 {accuracy:.4g}' in pages.texts['reports/index.md']
    assert '<html' in pages.files['reports/moons.html'].read_text(encoding='utf-8')
    assert pages.navigation[-1] == {'Reports': 'reports/index.md'}


def test_without_runs_there_is_no_page_of_reports(root, tmp_path):
    pages = Pages(root, 'en')
    add_reports(pages, [], tmp_path)
    assert 'reports/index.md' not in pages.texts


HOSTILE = 'a|b](x) <script>alert(1)</script> `$x$` *b*'


def test_names_and_results_of_a_run_are_shown_as_they_are(root, run, tmp_path, monkeypatch):
    from mmlesson.website.build import build_site

    folder = run.rename(tmp_path / 'runs' / HOSTILE.replace('/', ':'))
    summary = json.loads((folder / 'summary.json').read_text())
    changed = {**summary, 'status': HOSTILE, 'test': {HOSTILE: 1.5}}
    (folder / 'summary.json').write_text(json.dumps(changed))
    build_site(root, tmp_path / 'site', ['en'], [folder])
    page = (tmp_path / 'site/en/reports/index.html').read_text(encoding='utf-8')
    assert '<script>alert' not in page
    cells = re.findall('<td>(.*?)</td>', page)
    texts = [unescape(re.sub('<[^<]*>', '', cell)) for cell in cells]
    assert texts == [folder.name, HOSTILE, f'test {HOSTILE} 1.5']
    link = re.search('<a href="([^"]*)"', cells[0])[1]
    assert (tmp_path / 'site/en/reports' / link).is_file()


def test_runs_whose_names_are_alike_or_that_of_the_list_have_reports_of_their_own(
    root, tmp_path, monkeypatch
):
    monkeypatch.setattr('mmlesson.website.reports.write_report', lambda *_: None)
    runs = [tmp_path / 'runs' / name for name in ('index', 'a b', 'a.b', 'A_B')]
    for run in runs:
        run.mkdir(parents=True)
        (run / 'summary.json').write_text('{}')
    pages = Pages(root, 'en')
    add_reports(pages, runs, tmp_path)
    found = [file for file in pages.files if file.startswith('reports/')]
    stems = ['index_', 'a_b', 'a_b_', 'A_B__']  # Windows takes A_b for a_b
    assert found == [f'reports/{stem}.html' for stem in stems]
