"""Inference with an exported ONNX model, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmlesson.apis.deployment.description import Description
from mmlesson.apis.deployment.onnx_session import open_session
from mmlesson.apis.inference.array_format import ArrayFormat, InputFormat
from mmlesson.apis.inference.input_reader import InputReader, Item, describe_predictions
from mmlesson.apis.inference.table_format import TableFormat, accuracy_of
from mmlesson.datasets.image_files import InputError
from mmlesson.datasets.table_encoding import TableEncoding
from mmlesson.errors import check_int

Array = npt.NDArray[Any]


class TensorFormat(ArrayFormat):
    """Samples as a pipeline of transforms returns them; the exported model does not have it."""

    def read(self, file: Path) -> Array:
        """Refuse a file of an image."""
        raise InputError(
            'the model was trained on the output of a pipeline of transforms, which an exported '
            'model does not have. Give an array (.npy, .npz), or apply the run itself.'
        )


class OnnxInferencer:
    """Classes and probabilities by a file of ``tools/deployment/export.py``, as `Inferencer`.

    Args:
        file: ONNX file.
        threads: Number of threads; 0 for ONNX Runtime's choice.
        show_progress: Whether to show a progress bar on stderr, if that is a terminal.

    Attributes:
        checkpoint: The file.
        classes: Name of each class.

    Raises:
        UserError: If the file cannot be read, or is another ONNX model.
    """

    def __init__(self, file: str | Path, threads: int = 0, show_progress: bool = False) -> None:
        self.checkpoint = Path(file)
        self._predict, metadata = open_session(self.checkpoint, threads)
        self.description = Description.from_metadata(metadata, str(file))
        self.classes = self.description.classes
        self._format = format_of(self.description)
        self._reader = InputReader(self._format, show_progress)

    def __call__(self, inputs: Any, batch_size: int = 256) -> dict[str, Any]:
        """Predict the classes of images, arrays or rows of tables.

        Args:
            inputs: As those of `Inferencer`.
            batch_size: Number of samples per batch; it affects only the speed.

        Returns:
            The same entries as those of `Inferencer`; no drawings.

        Raises:
            UserError: If there are no inputs, or a single array has the wrong form.
        """
        check_int('OnnxInferencer', 'batch_size', batch_size)
        samples = self._reader.samples(self._reader.expand(inputs))
        items: list[Item] = []
        scores: list[Array] = []
        for chunk in _chunks(samples, batch_size):
            items += [item for item, _ in chunk]
            scores.append(self._predict(np.stack([sample for _, sample in chunk])))
        known = self.description.output == 'probabilities'
        all_scores = np.concatenate(scores) if scores else np.zeros((0, 0))
        predictions = describe_predictions(items, all_scores, self.classes, known)
        return {
            'predictions': predictions,
            'visualization': [],
            'failed': list(self._reader.failed),
            'notes': list(self._format.notes),
            'accuracy': accuracy_of(
                (described['pred_label'], item.label)
                for described, item in zip(predictions, items, strict=True)
            ),
        }


def format_of(description: Description) -> InputFormat:
    """Return the input format of a described model."""
    inputs = description.inputs
    if inputs.table is not None:
        encoding = TableEncoding.from_plain(inputs.table)
        return TableFormat(str(inputs.dataset), encoding, description.classes)
    if inputs.dataset is None:
        return TensorFormat(description.config, inputs.shape)
    return ArrayFormat(inputs.dataset, inputs.shape, inputs.scale)


def _chunks(
    samples: Iterator[tuple[Item, Array]], size: int
) -> Iterator[Sequence[tuple[Item, Array]]]:
    while chunk := list(islice(samples, size)):
        yield chunk
