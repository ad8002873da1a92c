"""`FigureContext`: a model with its data and records, from which figures are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mmlesson.datasets.collate import read_samples
from mmlesson.errors import UserError
from mmlesson.models.probabilities import has_probabilities
from mmlesson.tasks import Task, flat_result, map_labels, task_of
from mmlesson.utils import rng_state
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures.probes import affine_map, logits, results, softmax
from mmlesson.visualization.figures.weight_trajectory import WeightTrajectory

Array = npt.NDArray[Any]
Figures = dict[str, Drawing]
"""Figures, not drawn yet, by the name of their file."""

MAX_SAMPLES = 2000  # per split; more would be slow to draw and overlap
MAX_EVAL_SAMPLES = 10_000  # of the split that the model is evaluated on
MAX_NUMBERS = 2**25  # input values per split: 128 MB in float32


class NotApplicableError(UserError):
    """Raised if a figure does not apply to a model or run; the message is the reason."""


@dataclass(frozen=True)
class Samples:
    """Samples of a split, as arrays.

    Args:
        inputs: Inputs as the dataset returns them, (N, ...).
        labels: Class labels, (N,), or a dict of arrays (N, ...) for a task other than
            classification.
        total: Number of samples in the split.
    """

    inputs: Array
    labels: Any
    total: int

    @classmethod
    def of(cls, loader: Any, most: int = MAX_SAMPLES) -> Samples:
        """Read evenly spaced samples of a loader's dataset, without changing random states.

        Args:
            loader: A DataLoader.
            most: Maximum number of samples; large inputs are limited to `MAX_NUMBERS` values.
        """
        with rng_state.preserved():
            total = len(loader.dataset)
            first = torch.as_tensor(read_samples(loader, [0])['inputs'])
            count = min(total, most, max(MAX_NUMBERS // max(first[0].numel(), 1), 1))
            batch = read_samples(loader, [place * total // count for place in range(count)])
        return cls(_array(batch['inputs']), map_labels(_array, batch['labels']), total)


def _array(values: Any) -> Array:
    array: Array = torch.as_tensor(values).cpu().numpy()
    return array


@dataclass
class FigureContext:
    """Model, data and records that figures are drawn from.

    Args:
        model: The model, with the weights to be shown.
        run: The run's work_dir.
        name: Of the lesson, for titles.
        splits: Samples of 'train', and of 'val' and 'test' where the run has used them.
        classes: Names; empty if there are none.
        keypoints: Names; empty if there are none.
        epoch: Whose weights the model has.
        update: Update of a perceptron whose weights the model has (its pocket), or None for those
            at the end of ``epoch``.
        pocket_val: Validation metrics of the pocket weights, or None.
        source: File of the weights, in words; empty while training.
        by_epoch: Whether the run counts epochs, or else iterations.
        best_epoch: Where the best checkpoint comes from.
        best_metric: Metric that it is the best by; '' if not known.
        stop: Reason, message and epoch if the run was stopped early.
        facts: Results of hooks, as in ``summary.json``.
        path: Recorded path of the optimizer.
    """

    model: nn.Module
    run: Path
    name: str
    splits: Mapping[str, Samples]
    classes: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()
    epoch: int = 0
    update: int | None = None
    pocket_val: Mapping[str, float] | None = None
    source: str = ''
    by_epoch: bool = True
    best_epoch: int | None = None
    best_metric: str = ''
    stop: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    path: WeightTrajectory | None = None
    _logits: dict[str, Array] = field(default_factory=dict, repr=False)
    _results: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)

    @property
    def task(self) -> Task:
        """What the model learns to predict."""
        return task_of(self.model)

    def require_classes(self) -> None:
        """Raise `NotApplicableError` unless the model gives each sample one class."""
        if not self.task.has_classes:
            raise NotApplicableError(f'it needs a classifier, and the task is {self.task.name}')

    def require_other_task(self) -> None:
        """Raise `NotApplicableError` if the model gives each sample one class."""
        if self.task.has_classes:
            raise NotApplicableError('it shows boxes, masks or keypoints, and the model has none')

    @property
    def step_label(self) -> str:
        """Unit of the run's progress: 'epoch' or 'iteration'."""
        return 'epoch' if self.by_epoch else 'iteration'

    @property
    def train(self) -> Samples:
        """The training samples."""
        if 'train' not in self.splits:
            raise NotApplicableError('the training samples could not be read')
        return self.splits['train']

    @property
    def eval_split(self) -> str:
        """Split to evaluate the model on: 'test' if the run has used it, otherwise 'val'."""
        name = next((name for name in ('test', 'val') if name in self.splits), None)
        if name is None:
            raise NotApplicableError('there is no validation or test split')
        return name

    @property
    def eval_split_text(self) -> str:
        """Text that names `eval_split`, and how many samples were read if not all."""
        samples = self.splits[self.eval_split]
        read = len(samples.inputs)
        part = '' if read == samples.total else f', {read:,} of {samples.total:,} samples'
        return f'{self.eval_split} split{part}'

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return tuple(self.train.inputs.shape[1:])

    @property
    def num_classes(self) -> int:
        """Number of classes of the model."""
        return int(self.logits('train').shape[1])

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names; class numbers if there is not one name for each class."""
        fits = len(self.classes) == self.num_classes
        return self.classes if fits else tuple(map(str, range(self.num_classes)))

    @property
    def full_class_names(self) -> tuple[str, ...]:
        """Class names, with 'class' before a number."""
        return tuple(f'class {name}' if name.isdigit() else name for name in self.class_names)

    @property
    def has_probabilities(self) -> bool:
        """Whether the model estimates probabilities, so that its confidence can be shown."""
        return has_probabilities(self.model)

    def logits(self, split: str) -> Array:
        """Return the model's scores for a split, (N, C)."""
        self.require_classes()
        if split not in self._logits:
            self._logits[split] = logits(self.model, self.splits[split].inputs)
        return self._logits[split]

    def results(self, split: str) -> list[dict[str, Any]]:
        """Return the predictions for a split, as arrays, see `flat_result`."""
        self.require_other_task()
        if split not in self._results:
            found = results(self.model, self.splits[split].inputs)
            self._results[split] = [flat_result(one) for one in found]
        return self._results[split]

    def truths(self, split: str) -> list[dict[str, Any]]:
        """Return the ground truth of a split in the form of `results`."""
        self.require_other_task()
        labels = map_labels(torch.as_tensor, self.splits[split].labels)
        return [flat_result(one, 'gt') for one in self.task.ground_truth(labels)]

    def confidences(self, split: str) -> Array | None:
        """Return the probability of the predicted class of each sample, (N,).

        Returns:
            None for a model without probabilities.
        """
        if not self.has_probabilities:
            return None
        largest: Array = softmax(self.logits(split)).max(1)
        return largest

    def predicted(self, split: str) -> Array:
        """Return the classes that the model gives to a split, (N,)."""
        labels: Array = self.logits(split).argmax(1)
        return labels

    def require_2d_inputs(self) -> None:
        """Raise `NotApplicableError` unless a sample has two inputs."""
        if self.input_shape != (2,):
            raise NotApplicableError(
                f'it needs two inputs, and a sample here is {self._shape_text}'
            )

    def require_images(self) -> None:
        """Raise `NotApplicableError` unless the inputs are images."""
        if len(self.input_shape) != 3 or self.input_shape[0] not in (1, 3):
            raise NotApplicableError(f'it needs images, a sample here is {self._shape_text}')

    def images(self, split: str) -> Array:
        """Return the inputs of a split as images in RGB order, (N, C, H, W).

        Loaders of OpenCV give BGR; preprocessors of OpenMMLab convert it within the model.
        """
        images = self.splits[split].inputs
        preprocessor = getattr(self.model, 'data_preprocessor', None)
        flags = ('to_rgb', '_channel_conversion')
        is_bgr = any(getattr(preprocessor, flag, False) is True for flag in flags)
        return images[:, ::-1] if is_bgr and images.shape[1] == 3 else images

    @property
    def _shape_text(self) -> str:
        return ' x '.join(map(str, self.input_shape))

    @cached_property
    def points(self) -> dict[str, Any]:
        """Training and validation points, as keyword arguments of plots of the plane."""
        val = self.splits.get('val')
        return {
            'inputs': self.train.inputs,
            'labels': self.train.labels,
            'val_inputs': None if val is None else val.inputs,
            'val_labels': None if val is None else val.labels,
        }

    @property
    def linear(self) -> tuple[Array, Array] | None:
        """Weight and bias if the model is linear in its inputs, otherwise None."""
        self.require_classes()
        return affine_map(self.model, int(np.prod(self.input_shape)))

    @property
    def weights_text(self) -> str:
        """Which weights the model has: those of an epoch, or of the pocket of a perceptron."""
        if self.update is not None:
            return f'pocket, update {self.update}'
        return f'{self.step_label} {self.epoch}'

    def title(self, text: str) -> str:
        """Return a title that says what is seen, and of what."""
        return f'{self.name}, {self.weights_text}: {text}'
