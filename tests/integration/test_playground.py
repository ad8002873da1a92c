"""The playground in a real browser: Chromium, headless."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time

import pytest
import uvicorn

from mmlesson.apis.training import train
from mmlesson.play.server import build_app
from mmlesson.play.settings import Settings, TrainingSettings

pytestmark = pytest.mark.external('chromium')

PLAIN = {'default_hooks.visualization': None}


@pytest.fixture(scope='module')
def address(tmp_path_factory):
    run = tmp_path_factory.mktemp('digits') / 'run'
    train('cnn/cnn_digits', work_dir=run, options={**PLAIN, 'train_cfg.max_epochs': 4})
    scenes = tmp_path_factory.mktemp('scenes') / 'run'
    sizes = {f'{split}_dataloader.dataset.num_samples': 16 for split in ('train', 'val', 'test')}
    options = {**PLAIN, **sizes, 'train_cfg.max_epochs': 1}
    train('vision/segment_digits', work_dir=scenes, options=options)
    app = build_app(Settings(training=TrainingSettings(max_epochs=5)), [run, scenes])
    listening = socket.create_server(('127.0.0.1', 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level='error'))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f'http://127.0.0.1:{listening.getsockname()[1]}'
    server.should_exit = server.force_exit = True
    thread.join()
    listening.close()


@pytest.fixture(scope='module')
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which('chromium')
        opened = playwright.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield opened.new_context(locale='en-US')  # its pages share a cache of files
        opened.close()


@pytest.fixture
def page(browser, address):
    opened = browser.new_page()
    opened.set_default_timeout(120_000)
    opened.requested = []
    opened.on('request', lambda request: opened.requested.append(request.url))
    opened.goto(address)
    opened.wait_for_selector('#live .live[data-epoch="0"]')
    yield opened
    opened.close()


def test_click_trains_and_the_downloaded_config_gives_the_same_weights(
    page, address, tmp_path, monkeypatch
):
    page.click('#train')
    page.wait_for_selector('#live .live[data-state=finished]')
    weights = page.get_attribute('#live .live', 'data-weights')
    page.get_by_role('button', name='The config of this page').click()
    with page.expect_download() as download:
        page.click('#download')
    download.value.save_as(tmp_path / 'play.py')
    monkeypatch.chdir(tmp_path)
    assert train('play.py', options=PLAIN).summary['weights_sha256'] == weights
    foreign = [url for url in page.requested if not re.match(f'{address}|data:|blob:', url)]
    assert foreign == []


def test_drawn_stroke_is_classified(page):
    page.get_by_role('tab', name='Images').click()
    box = page.locator('#sketch canvas').bounding_box()
    middle = box['x'] + box['width'] / 2
    page.mouse.move(middle, box['y'] + 40)
    page.mouse.down()
    page.mouse.move(middle, box['y'] + box['height'] - 40, steps=5)
    page.mouse.up()
    page.click('#classify')
    page.wait_for_selector('#explanation .explanation[data-class="1"]')


def test_keyboard_trains_and_a_narrow_page_fits(page):
    page.set_viewport_size({'width': 400, 'height': 800})
    assert page.evaluate('document.documentElement.scrollWidth') <= 400
    page.focus('#step')
    page.keyboard.press('Enter')
    page.wait_for_selector('#live .live[data-epoch="1"]')


def test_next_mistake_turns_the_line(page):
    page.get_by_role('tab', name='Perceptron').click()
    page.click('#perceptron_start')
    page.wait_for_selector('#perceptron .live[data-mistake="0"]')
    page.click('#perceptron_next')
    page.wait_for_selector('#perceptron .live[data-mistake="1"] line', state='attached')


def test_click_that_leaves_a_changed_field_trains(page):
    page.fill('#max_epochs input', '4')  # the field still has the focus
    page.click('#train')
    page.wait_for_selector('#live .live[data-state=finished][data-epoch="4"]')


def test_field_that_loses_the_focus_unchanged_keeps_what_was_trained(page):
    page.click('#train')
    page.wait_for_selector('#live .live[data-state=finished]')
    page.focus('#seed input')
    with page.expect_response(re.compile('queue/data')):  # of the event that the field sends
        page.focus('#train')
    page.wait_for_timeout(500)
    assert page.locator('#live .live[data-state=finished]').count() == 1


def test_network_of_a_link_is_shown_and_trained(page):
    page.click('#train')
    page.get_by_role('button', name='Link of the TensorFlow Playground').click()
    page.fill('#link textarea', 'https://playground.tensorflow.org/#networkShape=3,2')
    page.click('#use_link')
    page.wait_for_selector('#live .live[data-epoch="0"] .layer >> nth=1', state='attached')
    page.click('#train')
    page.wait_for_selector('#live .live[data-epoch="100"] .layer >> nth=1', state='attached')


def test_path_of_the_weights_is_on_the_loss_surface(page):
    page.click('#train')
    page.wait_for_selector('#live .live[data-state=finished]')
    page.wait_for_selector('#live .surface polyline', state='attached')


def test_masks_of_a_chosen_canvas_and_of_a_drawing_are_shown(page):
    page.get_by_role('tab', name='Boxes and masks').click()
    page.wait_for_selector('#scene .scene[data-known=True]')
    box = page.locator('#scene_sketch canvas').bounding_box()
    page.mouse.move(box['x'] + 90, box['y'] + 60)
    page.mouse.down()
    page.mouse.move(box['x'] + 90, box['y'] + 150, steps=5)
    page.mouse.up()
    page.click('#find')
    page.wait_for_selector('#scene .scene[data-known=False]')


def test_mistake_is_in_the_language_of_the_page(page, address):
    page.goto(f'{address}/zh/')
    page.wait_for_selector('#live .live[data-epoch="0"]')
    page.fill('#lr input', '99')
    page.press('#lr input', 'Enter')
    page.get_by_text('学习率必须是 [1e-05, 10] 内的数，实际为 99。').wait_for()


def test_tab_key_reaches_the_buttons(page):
    page.focus('#train')
    reached = []
    for _ in range(3):
        page.keyboard.press('Tab')
        reached.append(page.evaluate('document.activeElement.id'))
    assert reached == ['pause', 'step', 'reset']
