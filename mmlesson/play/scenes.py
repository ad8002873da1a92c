"""`SceneExplainer`: what a network finds in a canvas: boxes, pixels or keypoints, and heat maps."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps

from mmlesson.apis.inference.array_format import ArrayFormat
from mmlesson.apis.inference.inferencer import Inferencer
from mmlesson.apis.inference.object_table import describe_objects
from mmlesson.errors import UserError
from mmlesson.evaluation.judgement import judge, marked
from mmlesson.play.images import on_white, samples_of
from mmlesson.play.mistakes import PageError, require_whole
from mmlesson.runs.run import Run
from mmlesson.tasks import confident, flat_result, map_labels

Array = npt.NDArray[Any]

MOST_CANVASES = 200
DOTS_PER_INCH = 110

_DRAWING = threading.Lock()
"""matplotlib's settings are those of the process, and visitors come at the same time."""


@dataclass(frozen=True)
class Scene:
    """What a network finds in an image.

    Args:
        figure: PNG of the image, of the truth if it is known, and of what is found, side by side.
        heat_maps: PNG of the heat maps, or None for a head without them.
        objects: What is found, see `describe_objects`.
        is_known: Whether the figure has the truth.
    """

    figure: bytes
    heat_maps: bytes | None
    objects: list[dict[str, Any]]
    is_known: bool


def is_of_scenes(run: str | Path) -> bool:
    """Return whether the model of a run has another task than classification.

    Raises:
        UserError: If the folder is no run, or its config has mistakes.
    """
    model = Run(run).config.require_valid().config.model
    return str(model.type).rpartition('.')[2] == 'TaskModel'


class SceneExplainer:
    """Shows what the network of a run of another task than classification finds in images.

    Args:
        run: Folder of the run. It is given on the command line only.

    Attributes:
        task: Task of the model.
        count: Number of test images to choose from.

    Raises:
        UserError: If the folder is no run of such a task with images held in memory.
    """

    def __init__(self, run: str | Path) -> None:
        self._inferencer = Inferencer(run, device='cpu')
        found, self.task = self._inferencer.input_format, self._inferencer.task
        if not isinstance(found, ArrayFormat) or not found.is_image or self.task.has_classes:
            raise UserError(
                f'The playground needs a run of a vision task, such as vision/detect_digits; {run} '
                'is none.'
            )
        self._format = found
        samples = samples_of(run, 'test', MOST_CANVASES, self._inferencer)
        self._images, self.count = samples.inputs, len(samples.inputs)
        labels = map_labels(torch.as_tensor, samples.labels)
        self._truths = [flat_result(one, 'gt') for one in self.task.ground_truth(labels)]

    def pick(self, number: Any) -> Scene:
        """Return what the network finds in a test image.

        Raises:
            PageError: If there is no such image.
        """
        at = require_whole('canvas', number, 0, self.count - 1)
        return self._explain(self._images[at], self._truths[at])

    def explain(self, picture: Array) -> Scene:
        """Return what the network finds in a picture.

        Args:
            picture: uint8 (H, W), (H, W, 3) or (H, W, 4).

        Raises:
            PageError: If the picture is empty or too large.
        """
        return self._explain(self.prepare(picture), None)

    def prepare(self, picture: Array) -> Array:
        """Return a picture as the network gets it, (C, H, W), in the middle of a square.

        For a network of grey images, whose ink is bright, a picture on bright ground is inverted.

        Raises:
            PageError: If the picture is empty or too large.
        """
        channels, height, width = self._format.input_shape
        image = on_white(picture)
        ground: Any = (255, 255, 255)
        if channels == 1:
            image = image.convert('L')
            pixels = np.asarray(image)
            edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
            image, ground = (ImageOps.invert(image) if np.median(edge) > 127 else image), 0
            if np.asarray(image).max() < 64:
                raise PageError('picture_empty')
        fitted = ImageOps.pad(image, (width, height), Image.Resampling.BOX, color=ground)
        stored = np.asarray(fitted)
        stored = stored[None] if channels == 1 else stored.transpose(2, 0, 1)
        scaled = (stored.astype(np.float64) * self._format.full / 255).round().astype(np.uint8)
        return self._format.split(scaled)[0]

    def _explain(self, image: Array, truth: dict[str, Array] | None) -> Scene:
        from mmlesson.visualization.figures import probes

        model, classes = self._inferencer.model, self._inferencer.classes
        found = confident(flat_result(probes.results(model, image[None])[0]))
        maps = probes.heat_maps(model, image)
        with _DRAWING:
            figure = _scenes(image, found, truth, classes)
            heat = None if maps is None else self._heat_maps(image, maps)
        described = describe_objects('', image.shape[-2:], found, classes)
        return Scene(figure, heat, described['objects'], truth is not None)

    def _heat_maps(self, image: Array, maps: Array) -> bytes:
        from mmlesson.visualization import draw_heat_maps
        from mmlesson.visualization.figures.vision import names_of_maps

        classes, points = self._inferencer.classes, self._inferencer.keypoints
        names = names_of_maps(self.task, classes, points, len(maps))
        return _png(draw_heat_maps(image, maps, names, title=''))


def _scenes(
    image: Array, found: dict[str, Array], truth: dict[str, Array] | None, classes: tuple[str, ...]
) -> bytes:
    from mmlesson.visualization import draw_scenes

    if truth is None:
        return _png(draw_scenes([image] * 2, [{}, found], None, classes, title=''))
    judged = marked(found, judge(found, truth))
    shown = {name: values for name, values in truth.items() if name in found}
    return _png(draw_scenes([image] * 3, [{}, shown, judged], None, classes, title=''))


def _png(figure: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format='png', dpi=DOTS_PER_INCH, bbox_inches='tight', pad_inches=0.05)
    return stream.getvalue()
