"""Inference with an exported ONNX model, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.apis.deployment.description import Description
from mmlesson.apis.deployment.onnx_session import open_session
from mmlesson.apis.inference.array_format import ArrayFormat, InputFormat
from mmlesson.apis.inference.class_predictions import ClassPredictions
from mmlesson.apis.inference.input_reader import InputReader
from mmlesson.apis.inference.object_table import describe_objects
from mmlesson.apis.inference.samples import Samples, batches, stack
from mmlesson.apis.inference.table_format import TableFormat
from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.table_encoding import TableEncoding
from mmlesson.errors import UserError, check_int, check_number, shorten
from mmlesson.tasks import SHOWN_SCORE, TASKS, Task, confident, exported_results

Array = npt.NDArray[Any]


AXES = {
    'class scores': 'NC',
    **{'bboxes': 'NK4', 'scores': 'NK', 'labels': 'NK', 'masks': 'NKHW'},
    **{'keypoints': 'NKP2', 'keypoint_scores': 'NKP', 'sem_seg': 'NHW'},
}
"""Axes of each of `mmlesson.tasks.RESULTS`: samples, objects, height, width, points."""

MOST_CLASSES = 2**16  # more would be counts of pixels that fill the memory


class TensorFormat(ArrayFormat):
    """Samples as a pipeline of transforms returns them; the exported model does not have it."""

    def read(self, file: Path) -> Array:
        """Refuse a file of an image."""
        raise InputError(
            'the model was trained on the output of a pipeline of transforms, which an exported '
            'model does not have. Give an array (.npy, .npz), or apply the run itself.'
        )


class OnnxInferencer:
    """Classes, or what is found, by a file of ``tools/deployment/export.py``, as `Inferencer`.

    Args:
        file: ONNX file.
        threads: Number of threads; 0 for ONNX Runtime's choice.
        show_progress: Whether to show a progress bar on stderr, if that is a terminal.

    Attributes:
        checkpoint: The file.
        classes: Name of each class.
        task: Task of the model.

    Raises:
        UserError: If the file cannot be read, or is another ONNX model.
    """

    def __init__(self, file: str | Path, threads: int = 0, show_progress: bool = False) -> None:
        self.checkpoint = Path(file)
        self._predict, metadata = open_session(self.checkpoint, threads)
        self.description = Description.from_metadata(metadata, str(file))
        self.classes = self.description.classes
        self.task = _task(self.description, self.checkpoint)
        self._format = format_of(self.description)
        self._reader = InputReader(self._format, show_progress)

    @property
    def _size(self) -> tuple[int, int]:
        """Height and width of a sample; twice the length of a vector."""
        height, width = (self.description.inputs.shape * 2)[-2:]
        return height, width

    def __call__(
        self, inputs: Any, batch_size: int = 256, min_score: float = SHOWN_SCORE
    ) -> dict[str, Any]:
        """Predict the classes of images, arrays or rows of tables, or find what is in images.

        Args:
            inputs: As those of `Inferencer`.
            batch_size: Number of samples per batch; it affects only the speed.
            min_score: As that of `Inferencer`.

        Returns:
            The same entries as those of `Inferencer`; no drawings.

        Raises:
            UserError: If there are no inputs, or a single array has the wrong form.
        """
        check_int('OnnxInferencer', 'batch_size', batch_size)
        check_number('OnnxInferencer', 'min_score', min_score, 0, 1)
        samples = self._reader.samples(self._reader.expand(inputs))
        parts: list[Samples] = []
        outputs: list[Any] = []
        for batch in batches(samples, batch_size):
            inputs_of_batch = stack(batch)
            parts += [part.without_values() for part in batch]
            output = self._predict(inputs_of_batch)
            self._check_output(output, len(inputs_of_batch))
            outputs.append(output)
        predictions: Sequence[dict[str, Any]]
        accuracy = None
        if self.task.has_classes:
            predictions = self._describe_classes(parts, outputs)
            accuracy = predictions.accuracy
        else:
            predictions = self._describe_objects(parts, outputs, min_score)
        return {
            'predictions': predictions,
            'visualization': [],
            'failed': list(self._reader.failed),
            'notes': list(self._format.notes),
            'accuracy': accuracy,
        }

    def _check_output(self, output: Any, count: int) -> None:
        """Raise `UserError` unless the model returns what its description says.

        Args:
            output: What it returned, an array or a tuple of them.
            count: Number of samples that it was given.
        """
        arrays = output if isinstance(output, tuple) else (output,)
        names = self.task.results or ('class scores',)
        sizes = {'N': count, **dict(zip('HW', self._size, strict=True))}
        fits = len(arrays) == len(names) and all(
            _has_axes(array, AXES[name], sizes)
            and (name not in ('labels', 'sem_seg') or _are_classes(array))
            for name, array in zip(names, arrays, strict=True)
        )
        if not fits:
            shapes = ', '.join(str(np.shape(array)) for array in arrays[:5])
            raise UserError(
                f'{self.checkpoint} is no model of {self.task.name}: for {count} samples it '
                f'returns arrays of the shapes {shapes}, or of other values. Use a file that '
                'tools/deployment/export.py wrote.'
            )

    def _describe_classes(self, parts: list[Samples], outputs: list[Any]) -> ClassPredictions:
        known = self.description.output == 'probabilities'
        scores = np.concatenate(outputs) if outputs else np.zeros((0, 0))
        return ClassPredictions(parts, scores, self.classes, known)

    def _describe_objects(
        self, parts: list[Samples], outputs: list[Any], min_score: float
    ) -> list[dict[str, Any]]:
        results = [one for batch in outputs for one in exported_results(self.task.results, batch)]
        shown = [confident(found, min_score) for found in results]
        names = (name for part in parts for name in part.names)
        return [
            describe_objects(name, self._size, found, self.classes)
            for name, found in zip(names, shown, strict=True)
        ]


def _has_axes(array: Any, axes: str, sizes: dict[str, int]) -> bool:
    """Return whether an output has numbers in these axes; unknown sizes are added to ``sizes``."""
    shape = np.shape(array)
    return (
        len(shape) == len(axes)
        and getattr(array, 'dtype', np.dtype(object)).kind in 'biuf'
        and array.size > 0
        and all(
            size == (int(axis) if axis.isdecimal() else sizes.setdefault(axis, size))
            for axis, size in zip(axes, shape, strict=True)
        )
    )


def _are_classes(array: Array) -> bool:
    """Return whether an output has whole numbers from 0."""
    return array.dtype.kind in 'iu' and array.min() >= 0 and array.max() < MOST_CLASSES


def _task(description: Description, file: Path) -> Task:
    """Return the task of a described model."""
    for task in TASKS:
        if task.name == description.task:
            return task
    raise UserError(
        f'{file} is a model of {shorten(description.task)}, which this version does not know.'
    )


def format_of(description: Description) -> InputFormat:
    """Return the input format of a described model."""
    inputs = description.inputs
    if inputs.table is not None:
        encoding = TableEncoding.from_plain(inputs.table)
        return TableFormat(str(inputs.dataset), encoding, description.classes)
    if inputs.dataset is None:
        return TensorFormat(description.config, inputs.shape)
    return ArrayFormat(inputs.dataset, inputs.shape, inputs.scale)
