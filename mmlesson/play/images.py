"""`ImageExplainer`: how a trained network classifies a drawn or dropped picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmlesson.apis.inference.array_format import ArrayFormat
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.engine.runner import LessonRunner
from mmlesson.errors import UserError
from mmlesson.play.mistakes import PageError
from mmlesson.runs.run import Run
from mmlesson.utils.quiet import quiet_mmengine
from mmlesson.visualization.figures.context import Samples

Array = npt.NDArray[Any]

MOST_PIXELS = 4_000_000
MOST_SIDE = 4000  # pixels; a digit is put into a square of its longer side
MOST_TRAINING_IMAGES = 5000
NEAREST = 6
MARGIN = 4 / 28
"""Share of the side that is free around a digit of MNIST; the small digits have no margin."""


@dataclass(frozen=True)
class Explanation:
    """What a network makes of a picture.

    Args:
        sample: The picture as the network gets it, float32 (C, H, W).
        probabilities: Of each class; scores, if the model has no probabilities.
        saliency: Gradient of the predicted class's logit, (H, W), or None.
        maps: Feature maps of the first two convolutions, (K, h, w), by name.
        nearest: Training images with the nearest last hidden layer, and their classes.
    """

    sample: Array
    probabilities: Array
    saliency: Array | None
    maps: dict[str, Array]
    nearest: list[tuple[Array, str]]


class ImageExplainer:
    """Classifies pictures with the network of a run, and shows why.

    Args:
        run: Folder of the run. It is given on the command line only.

    Attributes:
        classes: Name of each class.

    Raises:
        UserError: If the folder is no run of images held in memory.
    """

    def __init__(self, run: str | Path) -> None:
        self._inferencer = Inferencer(run, device='cpu')
        found = self._inferencer.input_format
        if not isinstance(found, ArrayFormat) or not found.is_image:
            raise UserError(
                f'The playground needs a run of images, such as cnn/cnn_digits or cnn/cnn_mnist; '
                f'{run} is none.'
            )
        self._format = found
        self.classes = self._inferencer.classes
        samples = samples_of(run, 'train', MOST_TRAINING_IMAGES, self._inferencer)
        self._images, self._labels = samples.inputs, samples.labels
        self._features = self._features_of(self._images)

    def explain(self, picture: Array) -> Explanation:
        """Return what the network makes of a picture.

        Args:
            picture: uint8 (H, W), (H, W, 3) or (H, W, 4).

        Raises:
            PageError: If the picture is empty or too large.
        """
        from mmlesson.visualization.figures import probes
        from mmlesson.visualization.figures.layer_names import layer_names

        sample = self.prepare(picture)
        model = self._inferencer.model
        near = np.linalg.norm(self._features - self._features_of(sample[None]), axis=1)
        names = layer_names(model)
        maps = [
            (names.get(name, name), values)
            for name, values in probes.feature_maps(model, sample).items()
            if names.get(name, '').startswith('conv')
        ]
        return Explanation(
            sample,
            probes.probabilities(model, sample[None])[0],
            probes.saliency(model, sample).get('input gradient'),
            dict(maps[:2]),
            [(self._images[at], self._name(at)) for at in near.argsort()[:NEAREST]],
        )

    def prepare(self, picture: Array) -> Array:
        """Return a picture as the network gets it, (C, H, W).

        For a network of grey images, whose ink is bright, a picture on bright ground is inverted;
        what is drawn is cropped, centred, and scaled to the size that the training images have.

        Raises:
            PageError: If the picture is empty or too large.
        """
        channels, height, width = self._format.input_shape
        image = on_white(picture)
        if channels == 1:
            image = _cropped(image, MARGIN if min(height, width) >= 20 else 0.0)
        pixels = np.asarray(image.resize((width, height), Image.Resampling.BOX), np.float64)
        scaled = (pixels * self._format.full / 255).round().astype(np.uint8)
        stored = scaled[None] if channels == 1 else scaled.transpose(2, 0, 1)
        return self._format.split(stored)[0]

    def _name(self, at: int) -> str:
        label = int(self._labels[at])
        return self.classes[label] if label < len(self.classes) else str(label)

    def _features_of(self, images: Array) -> Array:
        from mmlesson.visualization.figures import probes

        features = probes.last_hidden_layer(self._inferencer.model, images)
        chosen = images if features is None else features
        return chosen.reshape(len(chosen), -1)


def samples_of(run: str | Path, split: str, most: int, inferencer: Inferencer) -> Samples:
    """Return evenly spaced samples of a split of a run.

    Args:
        run: Folder of the run.
        split: 'train', 'val' or 'test'.
        most: Maximum number of samples.
        inferencer: The run's model, whose samples they must be.

    Raises:
        UserError: If the config has mistakes, or no data of that split for this model.
    """
    config = Run(run).config.require_valid().config
    loader = config.get(f'{split}_dataloader')
    if not loader:
        raise UserError(f'The playground shows {split} images; {run} has no {split}_dataloader.')
    with quiet_mmengine():
        found = Samples.of(LessonRunner.build_dataloader(loader, seed=0), most)
    has_classes = not isinstance(found.labels, dict)
    expected: Any = getattr(inferencer.input_format, 'input_shape', None)
    if found.inputs.shape[1:] != expected or has_classes is not inferencer.task.has_classes:
        raise UserError(f'The {split} data in the config of {run} are not those of its model.')
    return found


def check_size(width: int, height: int) -> None:
    """Refuse a picture that would fill the memory.

    Raises:
        PageError: If it has too many pixels, or is too long.
    """
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise PageError(
            'picture_size', most=MOST_PIXELS, side=MOST_SIDE, width=width, height=height
        )


def on_white(picture: Any) -> Image.Image:
    """Return a picture without transparency, in RGB.

    Raises:
        PageError: If it is no picture of 8 bits, or too large.
    """
    array = np.asarray(picture)
    is_image = array.dtype == np.uint8 and array.ndim in (2, 3) and array.size > 0
    if not is_image:
        raise PageError('picture_bits')
    check_size(array.shape[1], array.shape[0])
    image = Image.fromarray(array).convert('RGBA')
    ground = Image.new('RGBA', image.size, 'white')
    return Image.alpha_composite(ground, image).convert('RGB')


def _cropped(image: Image.Image, margin: float) -> Image.Image:
    """Return the ink of a picture in the middle of a black square, in grey."""
    ink = np.asarray(image.convert('L'))
    edge = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if np.median(edge) > 127:
        ink = 255 - ink
    rows, columns = np.nonzero(ink > 64)
    if not len(rows):
        raise PageError('picture_empty')
    part = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    side = max(part.shape)
    full = round(side / (1 - 2 * margin))
    square = np.zeros((full, full), np.uint8)
    top, left = ((full - length) // 2 for length in part.shape)
    square[top : top + part.shape[0], left : left + part.shape[1]] = part
    return Image.fromarray(square)
