"""Results of our models in the forms that the metrics of other toolboxes take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmlesson.errors import UserError
from mmlesson.tasks import run_lengths

Samples = Sequence[Any]


def toolbox_of(metric: BaseMetric) -> str | None:
    """Return the toolbox of a metric, or of its base class, whose form `samples_for` knows."""
    packages = (base.__module__.partition('.')[0] for base in type(metric).__mro__)
    return next((package for package in packages if package in _FORMS), None)


def samples_for(metric: BaseMetric, samples: Samples, batch: Any) -> Samples:
    """Return the results of a batch in the form that a metric takes.

    mmdet also gets the size of an image, its number in the dataset, from 1 as in the files of
    ``save_coco``, and its objects in the form of an annotation; mmpose NumPy arrays and which
    keypoints are visible (all); mmseg the name of the class 0, background.

    Args:
        metric: A metric of any package.
        samples: Dicts, as `TaskModel` returns them; those with an 'img_id' have mmdet's form.
        batch: The batch from the loader.

    Raises:
        UserError: If a metric of mmdet is called without the images of the batch.
    """
    toolbox = toolbox_of(metric)
    return samples if toolbox is None else _FORMS[toolbox](metric, samples, batch)


def _for_mmdet(metric: BaseMetric, samples: Samples, batch: Any) -> Samples:
    if all('img_id' in sample for sample in samples):
        return samples  # of a model that knows the form
    images = batch.get('inputs') if isinstance(batch, Mapping) else None
    if images is None:
        raise UserError(f"{type(metric).__name__} needs the batch with 'inputs', got none.")
    seen = len(metric.results)  # one result per image of this process
    completed = []
    for place, (sample, image) in enumerate(zip(samples, images, strict=True)):
        number = (seen + place) * get_world_size() + get_rank() + 1  # as samplers deal them
        added = {'img_id': number, 'ori_shape': tuple(image.shape[-2:])}
        if 'gt_instances' in sample:
            added['instances'] = list(_annotations(_arrays(sample['gt_instances'])))
        completed.append({**sample, **added})
    return completed


def _annotations(truth: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects of one image in the form of mmdet's datasets."""
    for number, (label, box) in enumerate(zip(truth['labels'], truth['bboxes'], strict=True)):
        mask = {'mask': run_lengths(truth['masks'][number])} if 'masks' in truth else {}
        yield {'bbox': box.tolist(), 'bbox_label': int(label), 'ignore_flag': 0, **mask}


def _for_mmpose(metric: BaseMetric, samples: Samples, batch: Any) -> Samples:
    completed = []
    for sample in samples:
        names = sample.keys() & {'pred_instances', 'gt_instances'}
        parts = {name: _arrays(sample[name]) for name in names}
        truth = parts.get('gt_instances', {})
        if 'keypoints' in truth:
            visible = np.ones(truth['keypoints'].shape[:-1], np.float32)
            parts['gt_instances'] = {'keypoints_visible': visible, **truth}
        completed.append({**sample, **parts})
    return completed


def _for_mmseg(metric: BaseMetric, samples: Samples, batch: Any) -> Samples:
    meta = metric.dataset_meta or {}
    names = tuple(meta.get('classes', ()))
    if names and names[0] != 'background' and any('gt_sem_seg' in one for one in samples):
        metric.dataset_meta = {**meta, 'classes': ('background', *names)}
    return samples


def _arrays(instances: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: values.detach().cpu().numpy() if isinstance(values, Tensor) else values
        for name, values in instances.items()
    }


_FORMS: dict[str, Callable[[BaseMetric, Samples, Any], Samples]] = {
    'mmdet': _for_mmdet,
    'mmpose': _for_mmpose,
    'mmseg': _for_mmseg,
}
