"""Update of the course: runs are trained once, and their numbers and figures written."""

from __future__ import annotations

import hashlib
import json

import pytest
from PIL import Image

from mmlesson.apis.experiments.course_update import FILM_WIDTH, MAX_BYTES, update_course
from mmlesson.errors import UserError

COMMAND = 'mmlesson train mlp/mlp_xor --work-dir work_dirs/two --cfg-options {}'
PAGE = """```bash
{command}
```
<!--=two epochs d--><!--/--> epochs
![](figures/two/decision_regions.png)
![](figures/two/decision_regions_film.gif)
"""


@pytest.fixture
def page(tmp_path):
    file = tmp_path / 'configs' / 'mlp' / 'README.md'
    file.parent.mkdir(parents=True)
    file.write_text(PAGE.format(command=COMMAND.format('train_cfg.max_epochs=2')))
    return file


def test_numbers_and_figures_are_those_of_the_run_and_written_once(page, tmp_path):
    first = list(update_course(tmp_path))
    assert first == [COMMAND.format('train_cfg.max_epochs=2'), str(page)]
    assert '<!--=two epochs d-->2<!--/--> epochs' in page.read_text()
    results = json.loads((tmp_path / 'configs' / 'course.json').read_text())
    assert results['runs']['two']['values'] == {'epochs': 2}
    for name in ('decision_regions.png', 'decision_regions_film.gif'):
        file = page.parent / 'figures' / 'two' / name
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert results['figures'][f'configs/mlp/figures/two/{name}'] == digest
        assert file.stat().st_size <= MAX_BYTES[file.suffix]
    with Image.open(file) as film:
        assert (film.width, film.n_frames) == (FILM_WIDTH, 3)
    assert list(update_course(tmp_path)) == []


def test_changed_command_is_trained_again(page, tmp_path):
    page.write_text(PAGE.format(command=COMMAND.format('train_cfg.max_epochs=1')).split('![')[0])
    list(update_course(tmp_path))
    page.write_text(page.read_text().replace('max_epochs=1', 'max_epochs=3'))
    assert list(update_course(tmp_path)) == [COMMAND.format('train_cfg.max_epochs=3'), str(page)]
    assert '-->3<!--/--> epochs' in page.read_text()


def test_number_of_a_run_without_a_command_is_refused(page, tmp_path):
    page.write_text('<!--=nowhere epochs d--><!--/-->')
    with pytest.raises(UserError, match='epochs of the run nowhere was not measured'):
        list(update_course(tmp_path))


def test_comparison_is_drawn_from_its_runs_and_once(page, tmp_path):
    train = 'mmlesson train perceptron/descent_{0} --work-dir work_dirs/{0} --cfg-options {1}\n'
    runs = ''.join(train.format(name, 'train_cfg.max_epochs=2') for name in ('full', 'adam'))
    compare = 'mmlesson compare work_dirs/full work_dirs/adam --surface --out both.png'
    figures = '![](figures/both/loss_paths.png)\n![](figures/both/loss_paths_film.gif)\n'
    page.write_text(f'```bash\n{runs}{compare}\n```\n{figures}')
    assert compare in list(update_course(tmp_path))
    folder = page.parent / 'figures' / 'both'
    assert sorted(file.name for file in folder.iterdir()) == [
        'loss_paths.png',
        'loss_paths_film.gif',
    ]
    assert list(update_course(tmp_path)) == []


def test_film_that_needs_no_record_is_drawn_after_training(page, tmp_path):
    command = 'mmlesson train perceptron/perceptron_blobs'
    film = 'figures/perceptron_blobs/perceptron_updates_film.gif'
    page.write_text(f'```bash\n{command}\n```\n![]({film})\n')
    assert command in list(update_course(tmp_path))
    with Image.open(page.parent / film) as shown:
        assert shown.format == 'GIF'
