import json

import pytest
from PIL import Image

from mmlesson.apis.analysis.report import report_page, write_report
from mmlesson.runs.run import Run

MARKUP = '<b>&"bold"</b>'
SUMMARY = {
    'config': None,
    'status': 'early_stopped',
    'error': None,
    'epochs': 3,
    'iterations': 30,
    'train_seconds': 1.25,
    'device': 'cpu',
    'seed': 7,
    'best': {'metric': 'loss', 'value': 0.51234, 'epoch': 2},
    'stop': {'reason': 'patience', 'message': MARKUP, 'epoch': 3},
    'train': {f'train {MARKUP}': 0.5},
    'val': {'accuracy/top1': 97.5},
    'test': None,
    'splits': {MARKUP: {'size': 10, 'sha256': 'abc', 'source': None}},
    'diagnosis': {'verdict': MARKUP, 'evidence': 'e', 'try_next': ['more data', MARKUP]},
    'environment': {'python': '3.11', 'gpu': None, 'packages': {'torch': '2.4'}},
    'weights_sha256': 'f00d',
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'summary.json').write_text(json.dumps(SUMMARY))
    (tmp_path / '1').mkdir()
    (tmp_path / '1' / 'lesson.py').write_text(f'title = {MARKUP!r}\n')
    (tmp_path / 'figures').mkdir()
    for name in ('weights', 'learning_curves', 'own'):
        Image.new('L', (2, 2)).save(tmp_path / 'figures' / f'{name}.png')
    (tmp_path / 'figures' / 'neurons_film.html').write_text('<p>frames</p>')
    return tmp_path


def test_markup_in_names_and_values_is_escaped(folder):
    page = report_page(Run(folder))
    assert MARKUP not in page
    assert '<b>' not in page
    assert page.count('&lt;b&gt;&amp;') >= 5


def test_page_has_the_values_of_the_summary(folder):
    page = report_page(Run(folder))
    for text in ('It stopped early.', 'loss 0.5123 at epoch 2', '1.2 s', 'f00d', '97.5', 'torch'):
        assert text in page
    assert 'The base files are unknown.' in page


def test_figures_come_in_the_order_of_the_catalogue(folder):
    page = report_page(Run(folder))
    places = [page.index(f'alt="{name}"') for name in ('learning curves', 'weights', 'own')]
    assert places == sorted(places)
    assert page.count('data:image/png;base64,') == 3
    assert 'srcdoc="&lt;p&gt;frames&lt;/p&gt;"' in page


def test_page_of_a_run_without_figures_explains_how_to_draw_them(folder):
    for file in (folder / 'figures').iterdir():
        file.unlink()
    page = report_page(Run(folder))
    assert page.count('tools/visualization/visualize_run.py') == 2


def test_report_is_one_file(folder, tmp_path):
    write_report(Run(folder), tmp_path / 'new' / 'report.html')
    assert (tmp_path / 'new/report.html').read_text().startswith('<!DOCTYPE html>')
    assert [file.name for file in (tmp_path / 'new').iterdir()] == ['report.html']


def test_animation_that_is_no_utf_8_is_left_out(folder, caplog):
    (folder / 'figures' / 'hidden_space_film.html').write_bytes(b'\xff\xfe')
    page = report_page(Run(folder))
    assert 'srcdoc="&lt;p&gt;frames&lt;/p&gt;"' in page
    assert page.count('srcdoc=') == 1
    assert 'hidden_space_film.html is left out: it is not UTF-8' in caplog.text
