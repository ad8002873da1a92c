"""Tasks: what the rest of the library asks about what a model learns to predict.

Labels of a batch are a tensor of class indices, or for other tasks a dict of padded tensors, one
row per image. Results have the names of OpenMMLab: 'pred_instances' with 'bboxes', 'labels',
'scores', 'keypoints' and 'masks', 'pred_sem_seg' with 'data', and the same with 'gt' for 'pred'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # slow to import, and not needed to describe a task
    from torch import Tensor

Labels = Any
"""int64 (N,), or a dict of tensors (N, ...); mypy cannot narrow a union through mmengine."""


@dataclass(frozen=True, eq=False)  # compared by identity
class Task:
    """A kind of prediction: its labels, metrics and figures.

    A head names its task in the attribute ``task``; a model without one is a classifier. Loops,
    meters, figures and commands ask the task instead of the shape of the labels.

    Args:
        name: Name in messages.
        labels: Entries of a batch's labels that it learns from; empty if labels are class indices.
        results: What a model finds in an image, of `RESULTS`; empty if it scores the classes.
        metrics: Configs of the metrics that evaluate it; those of other tasks do not.
        monitor: Metric among them to select the best checkpoint by.
        figures: Names of the figures that show most of a model, the first ones first; empty for
            those that the kind of the inputs suggests.
    """

    name: str
    labels: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    metrics: tuple[Mapping[str, Any], ...] = ()
    monitor: str = 'loss'
    figures: tuple[str, ...] = ()

    @property
    def has_classes(self) -> bool:
        """Whether a sample as a whole has one class, so that a model returns scores (N, C)."""
        return not self.labels

    def ground_truth(self, labels: Labels) -> list[dict[str, Any]]:
        """Return the labels of each image in the form of OpenMMLab's results, on the CPU.

        Args:
            labels: Labels of a batch.

        Returns:
            Per image: gt_label (1,) for class indices; or gt_instances, a dict of the labels of
            its objects without padding, and gt_sem_seg, dict(data=(1, H, W)), as far as the task
            has them.
        """
        if self.has_classes:
            return [{'gt_label': label} for label in labels.view(-1, 1).cpu()]
        whole = {name: labels[name].cpu() for name in self.labels}
        count = len(whole[self.labels[0]])
        return [self._truth_of({n: rows[i] for n, rows in whole.items()}) for i in range(count)]

    @staticmethod
    def _truth_of(whole: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return the labels of one image, given without the axis of the batch."""
        truth: dict[str, Any] = {}
        if 'labels' in whole:
            present = whole['labels'] >= 0
            objects = {name: rows[present] for name, rows in whole.items() if name in _OBJECTS}
            if 'instances' in whole:  # the number of the object of each pixel, from 1
                numbers = present.nonzero()[:, :, None] + 1
                objects['masks'] = whole['instances'] == numbers
            truth['gt_instances'] = objects
        if 'sem_seg' in whole:
            truth['gt_sem_seg'] = {'data': whole['sem_seg'][None].long()}
        return truth


RESULTS = {
    'bboxes': 'x1, y1, x2, y2 of each object in pixels, (N, K, 4)',
    'scores': 'score of each object, 0 to 1, (N, K); 0 if there is none',
    'labels': 'class of each object, (N, K)',
    'masks': 'whether a pixel belongs to each object, (N, K, H, W)',
    'keypoints': 'x, y of each point in pixels, (N, K, P, 2)',
    'keypoint_scores': 'height of the peak at each point, (N, K, P)',
    'sem_seg': 'class + 1 of each pixel, 0 for background, (N, H, W)',
}
"""What a model may find in N images of up to K objects."""

SHOWN_SCORE = 0.3
"""Smallest score of an object that is shown; metrics use all."""

_OBJECTS = ('bboxes', 'labels', 'keypoints')
"""Labels with one row per object."""

CLASSIFICATION = Task(
    'classification',
    metrics=({'type': 'mmpretrain.Accuracy'}, {'type': 'LossMetric'}),
    monitor='accuracy/top1',
)
LOCALIZATION = Task(
    'localization',
    labels=('bboxes', 'labels'),
    results=('bboxes', 'scores', 'labels'),
    metrics=({'type': 'LocalizationMetric'}, {'type': 'LossMetric'}),
    monitor='localization/accuracy',
    figures=('predictions', 'iou_histogram', 'feature_maps'),
)
SEGMENTATION = Task(
    'semantic segmentation',
    labels=('sem_seg',),
    results=('sem_seg',),
    metrics=({'type': 'MeanIoU'}, {'type': 'LossMetric'}),
    monitor='segmentation/mIoU',
    figures=('predictions', 'heat_maps', 'feature_maps'),
)
KEYPOINTS = Task(
    'keypoint estimation',
    labels=('bboxes', 'labels', 'keypoints'),
    results=('keypoints', 'keypoint_scores'),
    metrics=({'type': 'PCK'}, {'type': 'LossMetric'}),
    monitor='keypoints/PCK',
    figures=('predictions', 'heat_maps', 'feature_maps'),
)
DETECTION = Task(
    'detection',
    labels=('bboxes', 'labels'),
    results=('bboxes', 'scores', 'labels'),
    metrics=({'type': 'BoxAP'}, {'type': 'LossMetric'}),
    monitor='detection/AP',
    figures=('predictions', 'heat_maps', 'precision_recall'),
)
INSTANCES = Task(
    'instance segmentation',
    labels=('bboxes', 'labels', 'instances'),
    results=('bboxes', 'scores', 'labels', 'masks'),
    metrics=({'type': 'BoxAP', 'iou_type': 'segm'}, {'type': 'LossMetric'}),
    monitor='detection/segm_AP',
    figures=('predictions', 'heat_maps', 'precision_recall'),
)
TASKS = (CLASSIFICATION, LOCALIZATION, SEGMENTATION, KEYPOINTS, DETECTION, INSTANCES)


def task_of(model: Any) -> Task:
    """Return the task of a model, or of the model in a wrapper: that of its head.

    Args:
        model: A model, or a wrapper with the attribute ``module``.
    """
    model = getattr(model, 'module', model)
    task = getattr(getattr(model, 'head', None), 'task', None)
    return task if isinstance(task, Task) else CLASSIFICATION


def result_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was found in one image in the form of OpenMMLab.

    Args:
        found: `RESULTS` of one image, without the axis of the batch; objects with the score 0,
            which fill the rows up to K, are left out.
    """
    if 'sem_seg' in found:
        return {'pred_sem_seg': {'data': found['sem_seg'][None]}}
    return {'pred_instances': _present(found)}


def _present(found: Mapping[str, Any]) -> dict[str, Any]:
    if 'scores' not in found:
        return dict(found)
    kept = found['scores'] > 0
    return {name: rows[kept] for name, rows in found.items()}


def exported_results(names: Sequence[str], outputs: Any) -> list[dict[str, Any]]:
    """Return what an exported model found in each image, in the form of `flat_result`.

    Args:
        names: The ``results`` of its task.
        outputs: An array for each of them, or the array itself if there is one name.
    """
    arrays = (outputs,) if len(names) == 1 else tuple(outputs)
    rows = zip(*arrays, strict=True)
    return [_present(dict(zip(names, row, strict=True))) for row in rows]


def flat_result(result: Mapping[str, Any], prefix: str = 'pred') -> dict[str, Any]:
    """Return the entries of one image's result as arrays, in one dict.

    Args:
        result: A prediction, or a ground truth, in the form of OpenMMLab.
        prefix: 'pred' or 'gt'.

    Returns:
        The entries of ``pred_instances``, and 'sem_seg' (H, W), as far as there are any.
    """
    entries = dict(result.get(f'{prefix}_instances', {}))
    if f'{prefix}_sem_seg' in result:
        entries['sem_seg'] = result[f'{prefix}_sem_seg']['data'][0]
    return {name: values.detach().cpu().numpy() for name, values in entries.items()}


def confident(found: Mapping[str, Any], score: float = SHOWN_SCORE) -> dict[str, Any]:
    """Return the entries of the objects with at least a score; all of them without scores.

    Args:
        found: A result as `flat_result` returns it.
        score: Smallest score, 0 to 1.
    """
    if 'scores' not in found:
        return dict(found)
    kept = found['scores'] >= score
    return {name: rows[kept] for name, rows in found.items()}


def run_lengths(mask: Any) -> dict[str, Any]:
    """Return a mask as COCO's run lengths, down the columns, beginning with the background.

    Args:
        mask: bool array (H, W).
    """
    runs = [(value, len(list(run))) for value, run in groupby(mask.T.ravel().tolist())]
    counts = [length for _, length in runs]
    return {'counts': [0, *counts] if runs[0][0] else counts, 'size': list(mask.shape)}


def map_labels(function: Callable[[Any], Any], labels: Labels) -> Labels:
    """Apply a function to a batch's labels, or to each tensor of a dict of them."""
    if isinstance(labels, Mapping):
        return {name: function(values) for name, values in labels.items()}
    return function(labels)


def class_indices(labels: Labels) -> Tensor:
    """Return the classes in a batch as one vector: of the samples, or of the objects in them."""
    if not isinstance(labels, Mapping):
        vector: Tensor = labels
        return vector
    of_objects: Tensor = labels['labels']
    return of_objects[of_objects >= 0]
