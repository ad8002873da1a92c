import json
import os
import re
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure
from paths import CONFIGS
from PIL import Image

from mmlesson.apis.analysis.report import report_page, write_report
from mmlesson.apis.analysis.report_texts import TEXTS
from mmlesson.evaluation.diagnosis import diagnose
from mmlesson.runs.run import Run
from mmlesson.visualization.plots.animation import Animation

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
    (tmp_path / '20260101_000000').mkdir()
    (tmp_path / '20260101_000000' / 'lesson.py').write_text(f'title = {MARKUP!r}\n')
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
    places = [page.index(f'alt="{name}') for name in ('learning curves', 'weights', 'own')]
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


def test_figure_has_its_caption_as_text_and_as_alternative(folder):
    page = report_page(Run(folder))
    start = 'Weights as images: a red pixel adds'
    assert f'alt="weights: {start}' in page
    assert f'<figcaption>{start}' in page
    assert page.count('<figcaption>') == 3  # with that of the animation; one figure is the user's


class Page(HTMLParser):
    """Collects the language, the images, the loaded addresses and the texts of a page.

    Texts that are marked as English, code and scripts are left out.
    """

    VOID = ('meta', 'img', 'br', 'input', 'link')

    def __init__(self, text):
        super().__init__()
        self.images, self.frames, self.addresses, self.texts = [], [], [], []
        self._open, self.language = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.language = found.get('lang') if tag == 'html' else self.language
        self.images += [found] if tag == 'img' else []
        self.frames += [found] if tag == 'iframe' else []
        self.addresses += [found[key] for key in ('src', 'href', 'data', 'action') if key in found]
        self.texts += [found[key] for key in ('alt', 'title', 'aria-label') if key in found]
        is_left_out = tag in ('script', 'style', 'pre', 'code') or found.get('lang') == 'en'
        if tag not in self.VOID:
            self._open.append((tag, is_left_out))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self._open.pop()[0] == tag  # well-formed

    def handle_data(self, data):
        if data.strip() and not any(left_out for _, left_out in self._open):
            self.texts.append(data.strip())


@pytest.fixture
def lesson(folder):
    """A run of mlp_xor with a claim that held, results by class, a verdict and an animation."""
    source = CONFIGS / 'mlp/mlp_xor.py'
    (folder / '20260101_000000' / 'lesson.py').unlink()
    (folder / '20260101_000000' / 'mlp_xor.py').write_text(f"_base_ = ['{source}']\n")
    (folder / 'figures' / 'own.png').unlink()
    film = Animation(title='mlp_xor: neurons')
    for epoch in (1, 2):
        film.add(Figure(figsize=(1, 1)), f'epoch {epoch}')
    film.save_html(folder / 'figures' / 'neurons_film.html')
    summary = {
        **SUMMARY,
        'config': str(source),
        'stop': {'reason': 'patience', 'message': 'loss: no better for 5 epochs', 'epoch': 3},
        'train': {'loss': 0.5},
        'test': {'accuracy/top1': 100.0},
        'test_by_class': {'precision': [90.0, 'nan'], 'recall': [80.0, 70.0]},
        'splits': {'train': {'size': 10, 'sha256': '123', 'source': None}},
        'diagnosis': diagnose([0.6, 0.3, 0.1, 0.05], [0.6, 0.5, 0.7, 0.9], num_classes=2),
    }
    (folder / 'summary.json').write_text(json.dumps(summary))
    return folder


def change(folder, **values):
    file = folder / 'summary.json'
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize(('language', 'code'), [('en', 'en'), ('zh', 'zh-CN')])
def test_page_declares_its_language_and_loads_nothing(lesson, language, code):
    page = Page(report_page(Run(lesson), language))
    assert page.language == code
    assert len(page.images) == 2
    assert all(image['alt'] for image in page.images)
    assert all(frame['title'] for frame in page.frames)
    for address in [*page.addresses, *Page(page.frames[0]['srcdoc']).addresses]:
        assert address.startswith('data:image/png;base64,')


def test_text_and_claim_are_on_top(lesson):
    page = report_page(Run(lesson))
    before = page[: page.index('<h2>Results</h2>')]
    assert 'MLP on XOR: one hidden layer separates what no line can.' in before
    assert 'test accuracy == 100.0 — <span class="held">held</span> (observed: 100)' in before


def test_claim_that_did_not_hold(lesson):
    change(lesson, test={'accuracy/top1': 75.0})
    assert '<span class="not_held">did not hold</span> (observed: 75)' in report_page(Run(lesson))
    assert '<span class="not_held">不成立</span>（实测：75）' in report_page(Run(lesson), 'zh')


def test_claim_of_a_run_that_has_failed_is_not_checked(lesson):
    change(lesson, status='failed', error='ValueError: x', test=None)
    page = report_page(Run(lesson))
    assert '<span class="not_checked">not checked</span> (the run has not ended)' in page
    assert '<span lang="en">ValueError: x</span>' in report_page(Run(lesson), 'zh')


def test_claim_about_another_lesson_needs_its_run(lesson):
    claim = {'metric': 'test/accuracy/top1', 'op': '>', 'lesson': 'mlp/linear_xor.py'}
    (lesson / '20260101_000000' / 'mlp_xor.py').write_text(f'expect = [{claim}]\n')
    page = report_page(Run(lesson))
    assert 'not checked</span> (observed: 100, train mlp/linear_xor.py to compare)' in page


def test_run_without_claims_and_text(folder):
    page = report_page(Run(folder))
    assert TEXTS['no_claims'][0] in page
    assert TEXTS['text_unknown'][0] in page
    assert TEXTS['no_layers'][0].format(TEXTS['no_shape'][0]) in page
    assert TEXTS['text_unknown'][1] in report_page(Run(folder), 'zh')


def test_chinese_page_has_the_idea_of_the_chapter(lesson):
    page = report_page(Run(lesson), 'zh')
    assert '<strong>隐藏层</strong>' in page
    assert '4 异或' in page
    assert TEXTS['english_only'][1] not in page


def test_chinese_page_says_that_a_text_exists_in_english_only(lesson):
    change(lesson, config=str(CONFIGS / 'mlp/mlp_moons.py'))
    page = report_page(Run(lesson), 'zh')
    assert TEXTS['english_only'][1] in page
    assert re.search(r'<p class="text" lang="en">[^<]+</p>', page)


def test_chinese_page_has_no_english_words(lesson):
    page = Page(report_page(Run(lesson), 'zh'))
    names = '|'.join(
        [
            *('mlp_xor', 'XOR', r'epoch_\d', 'cpu', 'SHA-256', 'hidden_sizes', 'channels', 'nan'),
            *(
                'torch',
                'Python',
                'VisualizationHook',
                'films',
                'dropout',
                'f00d',
                'custom_hooks = .*',
            ),
            *(r'optim_wrapper\.optimizer\.weight_decay', r'default_hooks\.\S+', 'decision_regions'),
            'hidden_space',
        ]
    )
    rest = [text for text in page.texts if re.search('[A-Za-z]{2,}', re.sub(names, '', text))]
    assert rest == []
    assert '第 3 轮：监控的指标不再改善（早停）' in ''.join(page.texts)


def test_chinese_page_turns_its_animation_to_chinese(lesson):
    text = report_page(Run(lesson), 'zh')
    frame = Page(text).frames[0]
    assert Page(frame['srcdoc']).language == 'zh-CN'
    assert frame['title'].startswith('动画：每一格是一个隐藏神经元')
    assert '<figcaption>每一格是一个隐藏神经元' in text


def test_results_by_class_are_a_table(lesson):
    page = report_page(Run(lesson))
    assert '<tr><th>class</th><th>precision</th><th>recall</th></tr>' in page
    assert '<tr><td>1</td><td>nan</td><td>70.0</td></tr>' in page


def test_colours_can_be_chosen_without_the_network(lesson):
    page = report_page(Run(lesson))
    assert 'color-scheme: light dark' in page
    assert '<button id="colors" type="button" hidden>' in page


def test_text_of_the_summary_that_is_no_unicode_is_escaped(folder, tmp_path):
    odd = {'stop': {'reason': 'x', 'message': '\ud800', 'epoch': 1}, 'val': {'\udfff': 1.0}}
    (folder / 'summary.json').write_text(json.dumps({**SUMMARY, **odd}))
    write_report(Run(folder), tmp_path / 'report.html')
    assert r'\ud800' in (tmp_path / 'report.html').read_text(encoding='utf-8')


@pytest.mark.parametrize('language', ['en', 'zh'])
@pytest.mark.parametrize('name', ['x' * 5000, 'pipe.py'])
def test_config_that_is_no_regular_file_is_not_read(folder, name, language, monkeypatch):
    os.mkfifo(folder / 'pipe.py')  # reading it would wait forever
    monkeypatch.setattr('mmlesson.apis.analysis.report.lesson_text', pytest.fail)
    (folder / 'summary.json').write_text(json.dumps({**SUMMARY, 'config': str(folder / name)}))
    assert TEXTS['text_unknown'][language == 'zh'] in report_page(Run(folder), language)
