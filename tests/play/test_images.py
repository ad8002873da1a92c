import numpy as np
import pytest

from mmlesson.datasets.digits import Digits
from mmlesson.errors import UserError
from mmlesson.play.images import ImageExplainer


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
