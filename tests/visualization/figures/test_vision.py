"""Figures of vision tasks, of an untrained model on a few canvases."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import draw_only
from torch.utils.data import DataLoader

from mmlesson.datasets import DigitCanvas
from mmlesson.evaluation.average_precision import BoxAP
from mmlesson.registry import MODELS
from mmlesson.tasks import KEYPOINTS
from mmlesson.visualization.figures import vision
from mmlesson.visualization.figures.animations import ANIMATIONS, draw_animation
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError, Samples

HEADS = {
    'BoxHead': {'num_classes': 10},
    'CenterHead': {'num_classes': 10},
    'InstanceHead': {'num_classes': 10},
    'PixelHead': {'num_classes': 10},
    'HeatmapHead': {'num_keypoints': 5},
}
DRAWN = {
    'BoxHead': {'predictions', 'iou_histogram'},
    'CenterHead': {'predictions', 'heat_maps', 'precision_recall', 'iou_histogram'},
    'InstanceHead': {'predictions', 'heat_maps', 'precision_recall', 'iou_histogram'},
    'PixelHead': {'predictions', 'heat_maps', 'iou_histogram'},
    'HeatmapHead': {'predictions', 'heat_maps'},
}
NAMES = ('predictions', 'heat_maps', 'precision_recall', 'iou_histogram')


def context_of(head, count=12):
    torch.manual_seed(0)
    backbone = {'type': 'mmlesson.FeatureMaps', 'channels': (4, 8)}
    config = {'type': f'mmlesson.{head}', **HEADS[head]}
    model = MODELS.build({'type': 'mmlesson.TaskModel', 'backbone': backbone, 'head': config})
    most = 1 if head in ('BoxHead', 'HeatmapHead') else 3
    data = partial(DigitCanvas, num_samples=count, digits=(1, most))
    splits = {
        name: Samples.of(DataLoader(data(name), collate_fn=lambda batch: batch))
        for name in ('train', 'val')
    }
    return FigureContext(model.eval(), Path(), 'x', splits, DigitCanvas.classes)


@pytest.mark.parametrize('head', HEADS)
def test_figures_that_apply_to_a_task_are_drawn(head):
    context = context_of(head)
    drawn = set()
    for name in NAMES:
        try:
            figure = draw_only(getattr(vision, name)(context))
        except NotApplicableError:
            continue
        assert figure.get_suptitle().replace('\n', ' ').startswith('x, epoch 0: ')
        drawn.add(name)
    assert drawn == DRAWN[head]


def test_predictions_are_sorted_by_their_error():
    context = context_of('PixelHead')
    found, truth = context.results('val'), context.truths('val')
    wrong = [(f['sem_seg'] != t['sem_seg']).mean() for f, t in zip(found, truth, strict=True)]
    (drawing,) = vision.predictions(context).values()
    shown = [float(text.split()[0]) for text in drawing.kwargs['captions']]
    worst_first = sorted(100 * (1 - np.array(wrong)))
    assert shown == pytest.approx(worst_first, abs=0.05)


def test_precision_and_recall_have_the_average_precision_of_the_metric():
    context = context_of('CenterHead')
    _perfect(context)
    truth, found = context.truths('val'), context.results('val')
    metric = BoxAP()
    pairs = [
        {'pred_instances': one, 'gt_instances': true}
        for one, true in zip(found, truth, strict=True)
    ]
    metric.process(None, pairs)
    expected = metric.compute_metrics(metric.results)
    (drawing,) = vision.precision_recall(context).values()
    curves = drawing.args[1]
    assert 0 < expected['AP50'] < 100
    assert 100 * curves['IoU 0.5'].mean() == pytest.approx(expected['AP50'])
    assert 100 * curves['IoU 0.75'].mean() == pytest.approx(expected['AP75'])


def _perfect(context):
    """Let the model find the first object of each image exactly, and nothing else."""
    context._results['val'] = [
        {'bboxes': true['bboxes'][:1], 'labels': true['labels'][:1], 'scores': np.ones(1)}
        for true in context.truths('val')
    ]


def test_iou_histogram_counts_objects_that_were_not_found_as_zero():
    context = context_of('CenterHead')
    _perfect(context)
    (drawing,) = vision.iou_histogram(context).values()
    counts = [len(true['labels']) for true in context.truths('val')]
    assert len(drawing.args[0]) == sum(counts)
    assert drawing.args[0].sum() == pytest.approx(len(counts))


def test_maps_are_named_by_what_they_are():
    context = context_of('PixelHead')
    assert vision.map_names(context, 11)[:2] == ['background', 'class 0']
    assert vision.map_names(context, 10)[0] == 'class 0'
    assert vision.map_names(context, 3) == ['map 1', 'map 2', 'map 3']


def test_maps_of_keypoints_have_the_names_of_the_dataset():
    context = context_of('HeatmapHead')
    names = ['top', 'bottom', 'left', 'right', 'centre']
    assert vision.map_names(context, 5) == [f'point {number}' for number in range(1, 6)]
    context.keypoints = tuple(names)
    (drawing,) = vision.heat_maps(context).values()
    assert drawing.args[2] == names
    titles = [axes.get_title() for axes in draw_only(vision.heat_maps(context)).axes]
    assert titles[1:6] == names


@pytest.mark.parametrize('count', [2, 3])
def test_maps_of_keypoints_never_have_the_names_of_classes(count):
    shown = vision.names_of_maps(KEYPOINTS, ['cat', 'dog'], (), count)
    assert shown == ['point 1', 'point 2', 'point 3'][:count]


def test_probabilities_of_a_pixel_sum_to_one():
    assert np.allclose(vision.maps_of(context_of('PixelHead'), 'val').sum(0), 1, atol=1e-5)


def test_animation_follows_one_image():
    context = context_of('HeatmapHead')
    frame = ANIMATIONS['heat_maps'].take(context)
    context.splits['test'] = context.splits['train']  # read at the end of a run
    again = ANIMATIONS['heat_maps'].take(context)
    assert np.array_equal(frame['maps'], again['maps'])
    animation = draw_animation('heat_maps', context, [(1, frame), (2, again)]).draw()
    assert animation.captions == ['epoch 1', 'epoch 2']
