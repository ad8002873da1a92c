import io
import shutil

import numpy as np
import pytest
from PIL import Image

from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.apis.training import train
from mmlesson.errors import UserError
from mmlesson.play.scenes import SceneExplainer, is_of_scenes
from mmlesson.play.server import _explainers
from mmlesson.runs.run import Run

LESSONS = ('detect_digits', 'segment_digits', 'keypoints_digit', 'localize_digit')
TINY = {
    'train_cfg.max_epochs': 1,
    'default_hooks.visualization': None,
    **{f'{split}_dataloader.dataset.num_samples': 16 for split in ('train', 'val', 'test')},
}


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp('scenes')
    for name in LESSONS:
        train(f'vision/{name}', work_dir=folder / name, options=TINY)
    return folder


@pytest.mark.parametrize('lesson', LESSONS)
def test_objects_are_those_that_predict_finds(runs, lesson):
    explainer = SceneExplainer(runs / lesson)
    scene = explainer.pick(3)
    (expected,) = Inferencer(runs / lesson, device='cpu')(explainer._images[3])['predictions']
    assert scene.objects == expected['objects']
    assert scene.is_known
    assert Image.open(io.BytesIO(scene.figure)).width > 300
    assert (scene.heat_maps is None) == (lesson == 'localize_digit')


def test_picture_keeps_its_places_and_becomes_bright_on_black(runs):
    explainer = SceneExplainer(runs / 'detect_digits')
    picture = np.full((96, 192, 3), 255, np.uint8)
    picture[24:48, 48:96] = 0
    sample = explainer.prepare(picture)
    expected = np.zeros((1, 48, 48), np.float32)
    expected[0, 18:24, 12:24] = 1  # a quarter of the size, in the middle of a square
    np.testing.assert_allclose(sample, expected, atol=1e-6)
    np.testing.assert_array_equal(explainer.prepare(255 - picture), sample)
    assert not explainer.explain(picture).is_known


def test_what_cannot_be_shown_is_refused(runs):
    explainer = SceneExplainer(runs / 'detect_digits')
    with pytest.raises(UserError, match='empty'):
        explainer.explain(np.full((50, 50), 255, np.uint8))
    with pytest.raises(UserError, match=r'canvas must be a whole number in \[0, 15\]'):
        explainer.pick(16)


def test_run_of_a_classifier_is_refused(digits_run, runs):
    assert not is_of_scenes(digits_run)
    assert is_of_scenes(runs / 'segment_digits')
    with pytest.raises(UserError, match='run of a vision task'):
        SceneExplainer(digits_run)


def changed(run, folder, lines):
    """Return a copy of a run whose config ends in other lines."""
    shutil.copytree(run, folder)
    config = Run(folder).config_file
    config.write_text(f'{config.read_text()}\n{lines}\n')
    return folder


@pytest.mark.parametrize(
    ('lines', 'message'),
    [
        ('test_dataloader = test_cfg = test_evaluator = None', 'has no test_dataloader'),
        ('model = None', r'model'),
        ('model = dict()', r'model'),
        ("test_dataloader['dataset'] = dict(type='Nope')", "'Nope'"),
        (
            "test_dataloader['dataset'] = dict(type='Digits', split='test')",
            'not those of its model',
        ),
    ],
)
def test_config_without_the_data_or_the_model_is_refused(runs, tmp_path, lines, message):
    run = changed(runs / 'detect_digits', tmp_path / 'run', lines)
    with pytest.raises(UserError, match=message):
        _explainers([run])
