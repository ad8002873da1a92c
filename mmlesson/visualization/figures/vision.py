"""Figures of boxes, masks and keypoints: predictions, heat maps, precision, overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlesson.evaluation.average_precision import (
    RECALLS,
    THRESHOLDS,
    BoxAP,
    average_precision,
    precision_curves,
)
from mmlesson.evaluation.judgement import Judgement, judge, marked, object_ious
from mmlesson.tasks import DETECTION, INSTANCES, Task, confident
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)

WORST = 10
OTHERS = 5
SHOWN_THRESHOLDS = (0, 5, 8)  # of `THRESHOLDS`: 0.5, 0.75 and 0.9


def predictions(context: FigureContext) -> Figures:
    """What the model finds in images: the worst ones, and some of the others."""
    context.require_images()
    split = context.eval_split
    found = [confident(one) for one in context.results(split)]
    truth = context.truths(split)
    judged = [judge(one, true) for one, true in zip(found, truth, strict=True)]
    places = _worst_and_others(judged)
    worst = min(WORST, len(places))
    figure = Drawing(
        'draw_scenes',
        context.images(split)[places],
        [marked(found[place], judged[place]) for place in places],
        [truth[place] for place in places],
        context.classes,
        captions=[judged[place].text for place in places],
        title=context.title(
            f'predictions, {context.eval_split_text}: the {worst} worst images, then others'
        ),
    )
    return {'predictions': figure}


def _worst_and_others(judged: list[Judgement]) -> list[int]:
    """Return the places of the images with the largest errors, and of evenly spaced others."""
    order = np.argsort([-one.error for one in judged], kind='stable')
    rest = order[WORST:]
    step = np.linspace(0, len(rest) - 1, min(OTHERS, len(rest))).round().astype(int)
    return [*map(int, order[:WORST]), *map(int, rest[step])]


def heat_maps(context: FigureContext) -> Figures:
    """Heat maps of one image: how likely each place is."""
    split = context.eval_split
    maps = maps_of(context, split)
    figure = Drawing(
        'draw_heat_maps',
        context.images(split)[0],
        maps,
        map_names(context, len(maps)),
        title=context.title(f'heat maps of the first {split} image'),
    )
    return {'heat_maps': figure}


def followed_split(context: FigureContext) -> str:
    """Return the split whose first image an animation shows in all frames."""
    return 'val' if 'val' in context.splits else 'train'


def maps_of(context: FigureContext, split: str) -> Array:
    """Return the heat maps of the first image of a split, (K, h, w)."""
    context.require_other_task()
    context.require_images()
    maps = observe.heat_maps(context.model, context.splits[split].inputs[0])
    if maps is None:
        raise NotApplicableError('the head of the model has no heat maps')
    return maps


def map_names(context: FigureContext, count: int) -> list[str]:
    """Return the names of the heat maps of a run's model; see `names_of_maps`."""
    return names_of_maps(context.task, context.classes, context.keypoints, count)


def names_of_maps(
    task: Task, classes: Sequence[str], keypoints: Sequence[str], count: int
) -> list[str]:
    """Return the names of heat maps: keypoints, classes, or classes after the background.

    Args:
        task: Task of the model.
        classes: Names of the dataset's classes; empty if there are none.
        keypoints: Names of the dataset's keypoints; empty if there are none.
        count: Number of the maps; they are numbered if the names are not as many.
    """
    of_points = 'keypoints' in task.results
    full = [f'class {name}' if name.isdigit() else name for name in classes]
    names = list(keypoints) if of_points else full
    if not of_points and count == len(names) + 1:
        return ['background', *names]
    if count == len(names):
        return names
    return [f'{"point" if of_points else "map"} {number}' for number in range(1, count + 1)]


def precision_recall(context: FigureContext) -> Figures:
    """Precision at each recall, for several smallest overlaps of a right detection."""
    context.require_other_task()
    if context.task not in (DETECTION, INSTANCES):
        raise NotApplicableError(f'it needs detections, and the task is {context.task.name}')
    split = context.eval_split
    metric = BoxAP('segm' if context.task is INSTANCES else 'bbox')
    pairs = zip(context.results(split), context.truths(split), strict=True)
    compared = [metric.measure({'pred_instances': f, 'gt_instances': t}) for f, t in pairs]
    curves = precision_curves(compared)
    figure = Drawing(
        'draw_precision_recall',
        RECALLS,
        {f'IoU {THRESHOLDS[row]:g}': curves[row] for row in SHOWN_THRESHOLDS},
        title=context.title(
            f'precision and recall, {context.eval_split_text}: AP '
            f'{average_precision(compared).mean():.1f} %'
        ),
    )
    return {'precision_recall': figure}


def iou_histogram(context: FigureContext) -> Figures:
    """How well the predictions cover the objects."""
    context.require_other_task()
    if 'keypoints' in context.task.labels:
        raise NotApplicableError('keypoints have no overlap')
    split = context.eval_split
    found, truth = map(confident, context.results(split)), context.truths(split)
    is_pixels = 'sem_seg' in truth[0]
    ious = [object_ious(one, true) for one, true in zip(found, truth, strict=True)]
    figure = Drawing(
        'draw_iou_histogram',
        np.concatenate(ious),
        limit=None if is_pixels else 0.5,
        noun='classes in an image' if is_pixels else 'objects',
        title=context.title(f'overlap, {context.eval_split_text}'),
    )
    return {'iou_histogram': figure}
