from __future__ import annotations

import math

import pytest
import torch

from mmlesson.errors import ArgumentError
from mmlesson.models import CenterHead
from mmlesson.models.vision.center_head import PRIOR_LOGIT
from mmlesson.models.vision.heatmaps import focal_loss, gaussian_maps

SIZE = (16, 24)  # height, width; cells of 4 x 4 pixels on maps of 4 x 6


def head(**arguments):
    return CenterHead(3, in_channels=(4, 6), channels=5, **arguments)


def labels():
    """One image with an object of class 2, whose centre (11, 6) is in cell (2, 1), and padding."""
    boxes = torch.tensor([[[8.0, 2, 14, 10], [0, 0, 0, 0]]])
    return {'bboxes': boxes, 'labels': torch.tensor([[2, -1]])}


def perfect():
    """Outputs of which `labels` are the prediction."""
    heatmap = torch.full((1, 3, 4, 6), -20.0)
    heatmap[0, 2, 1, 2] = 20
    sizes, offsets = torch.zeros(1, 2, 4, 6), torch.zeros(1, 2, 4, 6)
    sizes[0, :, 1, 2] = torch.tensor([1.5, 2.0])
    offsets[0, :, 1, 2] = torch.tensor([0.75, 0.5])
    return heatmap, sizes, offsets


def test_outputs_are_three_maps_and_nearly_all_is_background_at_first():
    feats = (torch.zeros(2, 4, 8, 12), torch.zeros(2, 6, 4, 6))
    heatmap, sizes, offsets = head()(feats)
    assert (heatmap.shape, sizes.shape, offsets.shape) == ((2, 3, 4, 6), (2, 2, 4, 6), (2, 2, 4, 6))
    assert 1 / (1 + math.exp(-PRIOR_LOGIT)) == pytest.approx(0.1, abs=0.001)


def test_object_of_perfect_outputs_is_predicted():
    (found,) = head().predictions(perfect(), SIZE)
    objects = found['pred_instances']
    assert objects['bboxes'].tolist() == [[8, 2, 14, 10]]
    assert objects['labels'].tolist() == [2]
    assert objects['scores'].tolist() == pytest.approx([1.0])


def test_loss_of_perfect_outputs_is_zero():
    losses = head().sample_losses(perfect(), labels(), SIZE)
    assert {name: float(loss) for name, loss in losses.items()} == {
        'loss_heatmap': pytest.approx(0, abs=1e-6),
        'loss_size': 0,
        'loss_offset': 0,
    }


def test_losses_of_size_and_offset_are_l1_per_object():
    heatmap, sizes, offsets = perfect()
    losses = head(size_weight=0.5).sample_losses(
        (heatmap, sizes + 1, offsets - 0.5), labels(), SIZE
    )
    assert losses['loss_size'].tolist() == [0.5 * 2]
    assert losses['loss_offset'].tolist() == [1.0]


def test_loss_of_the_heat_map_has_the_gaussian_as_its_target():
    heatmap = torch.zeros(1, 3, 4, 6)
    targets = torch.zeros(1, 3, 4, 6)
    targets[0, 2] = gaussian_maps(torch.tensor([2.0, 1.0]), (4, 6), 0.7)
    losses = head().sample_losses((heatmap, *perfect()[1:]), labels(), SIZE)
    expected = float(focal_loss(heatmap, targets).sum())
    assert losses['loss_heatmap'].tolist() == pytest.approx([expected])


def test_image_without_objects_has_a_loss_of_its_heat_map_only():
    nothing = {'bboxes': torch.zeros(1, 2, 4), 'labels': torch.tensor([[-1, -1]])}
    losses = head().sample_losses(perfect(), nothing, SIZE)
    assert float(losses['loss_heatmap']) > 10  # a peak that is wrong
    assert float(losses['loss_size']) == float(losses['loss_offset']) == 0


def test_loss_of_an_image_does_not_depend_on_the_others():
    torch.manual_seed(0)
    outputs = tuple(torch.randn(2, width, 4, 6) for width in (3, 2, 2))
    two = {name: torch.cat([rows, rows]) for name, rows in labels().items()}
    two['labels'][0] = -1
    both = head().sample_losses(outputs, two, SIZE)
    for row in range(2):
        part = slice(row, row + 1)
        alone = head().sample_losses(
            tuple(o[part] for o in outputs), {n: rows[part] for n, rows in two.items()}, SIZE
        )
        for name, loss in alone.items():
            torch.testing.assert_close(loss[0], both[name][row])


def test_without_peaks_an_object_is_found_several_times():
    heatmap = torch.full((1, 3, 4, 6), -20.0)
    heatmap[0, 0, 1, 2], heatmap[0, 0, 1, 3] = 3.0, 2.0
    outputs = (heatmap, *perfect()[1:])
    counts = [
        len(head(peaks=peaks).predictions(outputs, SIZE)[0]['pred_instances']['scores'])
        for peaks in (True, False)
    ]
    assert counts == [1, 2]


def test_best_scores_come_first_and_are_limited():
    heatmap = torch.full((1, 3, 4, 6), -20.0)
    heatmap[0, 0, 0, 0], heatmap[0, 1, 3, 3], heatmap[0, 2, 0, 5] = 1.0, 3.0, 2.0
    (found,) = head(max_per_image=2).predictions((heatmap, *perfect()[1:]), SIZE)
    assert found['pred_instances']['labels'].tolist() == [1, 2]


def test_wrong_arguments_and_labels_are_refused():
    with pytest.raises(ArgumentError, match=r'CenterHead.peaks must be True or False'):
        head(peaks=None)
    wrong = {**labels(), 'labels': torch.tensor([[3, -1]])}
    with pytest.raises(ArgumentError, match='num_classes must be more than the largest label, 3'):
        head().sample_losses(perfect(), wrong, SIZE)
