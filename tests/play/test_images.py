import shutil

import numpy as np
import pytest
from PIL import Image
from tiny_data import write_cifar, write_mnist
from torchvision.datasets import CIFAR10

from mmlesson.apis.training import train
from mmlesson.datasets.digits import Digits
from mmlesson.errors import UserError
from mmlesson.play.images import ImageExplainer
from mmlesson.runs.run import Run

SPLITS = ('train', 'val', 'test')
QUICK = {'train_cfg.max_epochs': 4, 'default_hooks.visualization': None}


@pytest.fixture(scope='module')
def explainer(digits_run):
    return ImageExplainer(digits_run)


def stroke(height=200, width=200):
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[30:170, 90:110, :3] = 0
    return picture


def test_drawn_stroke_is_a_one(explainer):
    found = explainer.explain(stroke())
    assert found.probabilities.argmax() == 1
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert found.saliency.shape == (8, 8)
    assert len(found.nearest) == 6
    assert found.maps


def test_ink_is_cropped_centred_and_bright(explainer):
    sample = explainer.prepare(stroke())
    assert sample.shape == (1, 8, 8)
    np.testing.assert_allclose(sample[0, :, 3:5], 0.58, atol=0.03)  # 20 of 2 x 17.5 pixels
    assert sample[0, :, [0, 1, 6, 7]].max() == 0
    moved = np.roll(stroke(), 40, axis=1)
    np.testing.assert_array_equal(explainer.prepare(moved), sample)
    inverted = 255 - stroke()[..., :3]
    np.testing.assert_array_equal(explainer.prepare(inverted), sample)


def test_nearest_image_of_a_training_image_is_itself(explainer):
    image = Digits('train')[5]['inputs'].numpy()
    scores = np.linalg.norm(explainer._features - explainer._features_of(image[None]), axis=1)
    assert scores.argmin() == 5


@pytest.mark.parametrize(
    ('picture', 'match'),
    [
        (np.full((50, 50, 3), 255, np.uint8), 'empty'),
        (np.zeros((3000, 3000), np.uint8), 'pixels'),
        (np.zeros((50, 50)), 'pixels'),
    ],
)
def test_picture_that_cannot_be_used_is_refused(explainer, picture, match):
    with pytest.raises(UserError, match=match):
        explainer.explain(picture)


def colour(red, green, blue):
    rng = np.random.RandomState(red + green)
    shade = rng.randint(-30, 30, (20, 24, 3))
    return np.clip(np.array([red, green, blue]) + shade, 0, 255).astype(np.uint8)


def test_run_of_a_folder_of_colour_images_classifies(tmp_path):
    for name, tone in (('blue', (30, 30, 220)), ('red', (220, 30, 30))):
        (tmp_path / 'photos' / name).mkdir(parents=True)
        for at in range(20):
            picture = colour(*(value + at % 5 for value in tone))
            Image.fromarray(picture).save(tmp_path / 'photos' / name / f'{at}.png')
    folders = {f'{split}_dataloader.dataset.root': str(tmp_path / 'photos') for split in SPLITS}
    train('cnn/cnn_folder', work_dir=tmp_path / 'run', options={**QUICK, **folders})
    explainer = ImageExplainer(tmp_path / 'run')
    for label, tone in enumerate([(40, 40, 210), (210, 40, 40)]):
        found = explainer.explain(colour(*tone))
        assert found.sample.shape == (3, 32, 32)
        assert found.probabilities.argmax() == label
        assert {name for _, name in found.nearest} == {explainer.classes[label]}


def test_run_of_mnist_takes_a_drawing(tmp_path):
    write_mnist(tmp_path)
    roots = {f'{split}_dataloader.dataset.root': str(tmp_path) for split in SPLITS}
    train('cnn/cnn_mnist', work_dir=tmp_path / 'run', options={**QUICK, **roots})
    found = ImageExplainer(tmp_path / 'run').explain(stroke())
    assert found.sample.shape == (1, 28, 28)
    assert found.sample[0, :4].max() == 0  # the margin of MNIST
    assert found.saliency.shape == (28, 28)


def test_run_of_cifar_takes_a_picture(tmp_path, monkeypatch):
    write_cifar(tmp_path, CIFAR10, monkeypatch)
    roots = {f'{split}_dataloader.dataset.root': str(tmp_path) for split in SPLITS}
    train('cnn/cnn_cifar10', work_dir=tmp_path / 'run', options={**QUICK, **roots})
    explainer = ImageExplainer(tmp_path / 'run')
    found = explainer.explain(colour(200, 100, 50))
    assert found.sample.shape == (3, 32, 32)
    assert 'airplane' in explainer.classes


@pytest.mark.parametrize(
    ('lines', 'message'),
    [
        (
            'train_dataloader = train_cfg = optim_wrapper = param_scheduler = None',
            'has no train_dataloader',
        ),
        (
            "train_dataloader['dataset'] = dict(type='XOR', split='train')",
            'a sample of XOR has the shape',
        ),
    ],
)
def test_training_data_of_another_model_are_refused(digits_run, tmp_path, lines, message):
    shutil.copytree(digits_run, tmp_path / 'run')
    config = Run(tmp_path / 'run').config_file
    config.write_text(f'{config.read_text()}\n{lines}\n')
    with pytest.raises(UserError, match=message):
        ImageExplainer(tmp_path / 'run')


def test_wrapped_training_data_are_read(digits_run, tmp_path):
    shutil.copytree(digits_run, tmp_path / 'run')
    config = Run(tmp_path / 'run').config_file
    wrapper = "dict(type='RepeatDataset', times=2, dataset=train_dataloader['dataset'])"
    config.write_text(f"{config.read_text()}\ntrain_dataloader['dataset'] = {wrapper}\n")
    assert ImageExplainer(tmp_path / 'run').explain(stroke()).probabilities.argmax() == 1
