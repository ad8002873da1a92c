import numpy as np
import pytest
import torch
from torchvision import ops

ROIS = torch.tensor([[0, 1.2, 2.5, 9.7, 11.1], [1, 0.0, 0.0, 15.0, 15.0], [1, 3.3, 4.4, 5.0, 6.5]])


def overlap(a, b, offset):
    wide = min(a[2], b[2]) - max(a[0], b[0]) + offset
    high = min(a[3], b[3]) - max(a[1], b[1]) + offset
    common = max(wide, 0) * max(high, 0)
    areas = [(box[2] - box[0] + offset) * (box[3] - box[1] + offset) for box in (a, b)]
    return common / (sum(areas) - common)


def greedy_nms(boxes, scores, threshold, offset):
    kept = []
    for candidate in np.argsort(-scores):
        if all(overlap(boxes[candidate], boxes[k], offset) <= threshold for k in kept):
            kept.append(int(candidate))
    return kept


@pytest.mark.parametrize('offset', [0, 1])
def test_nms_keeps_the_boxes_of_a_greedy_search(mmcv_ops, offset):
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 20, (60, 2))
    boxes = np.hstack([corners, corners + rng.uniform(1, 12, (60, 2))]).astype('float32')
    scores = rng.permutation(60).astype('float32')
    expected = greedy_nms(boxes, scores, 0.4, offset)
    dets, kept = mmcv_ops.nms(
        torch.from_numpy(boxes), torch.from_numpy(scores), iou_threshold=0.4, offset=offset
    )
    assert kept.tolist() == expected
    assert dets[:, 4].tolist() == scores[expected].tolist()


@pytest.mark.parametrize('aligned', [True, False])
def test_roi_align_is_that_of_torchvision(mmcv_ops, aligned):
    features = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    ours, theirs = (features.clone().requires_grad_() for _ in range(2))
    found = mmcv_ops.roi_align(ours, ROIS, (3, 2), 0.5, 2, 'avg', aligned)
    expected = ops.roi_align(theirs, ROIS, (3, 2), 0.5, 2, aligned)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    found.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_roi_align_of_a_linear_map_is_its_value_at_the_centre_of_each_bin(mmcv_ops):
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing='ij')
    features = (2 * x - 3 * y + 1)[None, None]
    roi = torch.tensor([[0, 2.0, 3.0, 10.0, 9.0]])
    found = mmcv_ops.roi_align(features, roi, (2, 4), 1.0, 2, 'avg', True)[0, 0]
    centre_y = 3 + 3 * (torch.arange(2.0) + 0.5) - 0.5  # aligned: pixel centres are at integers
    centre_x = 2 + 2 * (torch.arange(4.0) + 0.5) - 0.5
    torch.testing.assert_close(found, 2 * centre_x[None] - 3 * centre_y[:, None] + 1)


def test_roi_align_by_maximum_is_refused(mmcv_ops):
    with pytest.raises(NotImplementedError, match="pool_mode='max' is not available"):
        mmcv_ops.roi_align(torch.ones(1, 1, 4, 4), ROIS[:1], 2, 1.0, 2, 'max', True)


def test_roi_pool_takes_the_maximum_of_each_bin_and_sends_its_gradient_there(mmcv_ops):
    features = torch.zeros(1, 2, 4, 4)
    features[0, 0, 1, 0], features[0, 0, 3, 3], features[0, 1, 0, 2] = 5, 7, 9
    features.requires_grad_()
    roi = torch.tensor([[0, 0.0, 0.0, 3.0, 3.0]])
    pooled = mmcv_ops.roi_pool(features, roi, 2, 1.0)
    assert pooled.tolist() == [[[[5, 0], [0, 7]], [[0, 9], [0, 0]]]]
    (pooled * torch.tensor([[[[2.0, 0], [0, 3]], [[0, 4], [0, 0]]]])).sum().backward()
    assert features.grad[0, 0, 1, 0] == 2
    assert features.grad[0, 0, 3, 3] == 3
    assert features.grad[0, 1, 0, 2] == 4
    assert features.grad.abs().sum() == 9


def closed_form(logits, target, gamma, alpha, weight=None):
    p = 1 / (1 + np.exp(-logits))
    positive = np.arange(logits.shape[1])[None] == target[:, None]
    loss = np.where(
        positive,
        -alpha * (1 - p) ** gamma * np.log(p),
        -(1 - alpha) * p**gamma * np.log(1 - p),
    )
    return loss if weight is None else loss * weight[target][:, None]


@pytest.fixture
def scores():
    rng = np.random.default_rng(1)
    return rng.normal(0, 2, (6, 4)), np.array([0, 3, 1, 2, 2, 0])


@pytest.mark.parametrize('weight', [None, np.array([1.0, 2.0, 0.5, 3.0])])
def test_focal_loss_and_its_gradient_are_those_of_the_formula(mmcv_ops, scores, weight):
    values, target = scores
    logits = torch.tensor(values, requires_grad=True)
    given = None if weight is None else torch.tensor(weight)
    found = mmcv_ops.sigmoid_focal_loss(logits, torch.tensor(target), 2.0, 0.25, given, 'none')
    expected = closed_form(values, target, 2.0, 0.25, weight)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-10)
    found.sum().backward()
    step = 1e-6
    quotient = closed_form(values + step, target, 2.0, 0.25, weight)
    quotient = (quotient - closed_form(values - step, target, 2.0, 0.25, weight)) / (2 * step)
    np.testing.assert_allclose(logits.grad.numpy(), quotient, rtol=1e-6, atol=1e-9)


def test_background_has_no_positive_class(mmcv_ops):
    logits = torch.tensor([[0.3, -1.2]])
    found = mmcv_ops.sigmoid_focal_loss(logits, torch.tensor([2]), 2.0, 0.25, None, 'none')
    expected = ops.sigmoid_focal_loss(logits, torch.zeros(1, 2), 0.25, 2.0)
    torch.testing.assert_close(found, expected)
