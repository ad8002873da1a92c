from __future__ import annotations

import numpy as np
import pytest

from mmlesson.evaluation.judgement import judge, object_ious

TRUTH = {'bboxes': np.array([[0, 0, 10, 10], [20, 20, 30, 30]]), 'labels': np.array([1, 2])}


def boxes(*rows):
    found = [(box, label, score) for box, label, score in rows]
    return {
        'bboxes': np.array([row[0] for row in found], float).reshape(-1, 4),
        'labels': np.array([row[1] for row in found], int),
        'scores': np.array([row[2] for row in found], float),
    }


def test_second_box_of_an_object_is_wrong_even_if_it_comes_first():
    found = boxes(([0, 0, 10, 9], 1, 0.5), ([0, 0, 10, 10], 1, 0.9), ([20, 20, 30, 30], 2, 0.7))
    judged = judge(found, TRUTH)
    assert judged.right.tolist() == [False, True, True]
    assert (judged.error, judged.text) == (1, '1 wrong')


def test_box_of_another_class_is_wrong_and_its_object_missed():
    judged = judge(boxes(([0, 0, 10, 10], 2, 0.9), ([20, 20, 30, 30], 2, 0.7)), TRUTH)
    assert judged.right.tolist() == [False, True]
    assert (judged.error, judged.text) == (2, '1 missed, 1 wrong')


def test_box_with_half_of_the_overlap_is_right():
    judged = judge(boxes(([0, 0, 10, 5], 1, 0.9), ([20, 20, 30, 24.9], 2, 0.7)), TRUTH)
    assert judged.right.tolist() == [True, False]  # IoU 0.5 and 0.49


def test_image_without_boxes_has_missed_all():
    judged = judge(boxes(), TRUTH)
    assert (judged.error, judged.text) == (2, '2 missed')


def test_pixels_are_counted():
    truth = {'sem_seg': np.array([[0, 1], [0, 2]])}
    judged = judge({'sem_seg': np.array([[0, 1], [0, 3]])}, truth)
    assert (judged.error, judged.text) == (0.25, '75.0 % of pixels')


def test_keypoint_is_right_within_a_fifth_of_the_longer_side():
    truth = {'bboxes': np.array([[0, 0, 10, 20]]), 'keypoints': np.array([[[5, 5], [5, 5.0]]])}
    judged = judge({'keypoints': np.array([[[5, 8.9], [5, 9.1]]])}, truth)  # 4 pixels
    assert judged.right.tolist() == [True, False]
    assert judged.error == pytest.approx(4.1 / 20)
    assert judged.text == 'farthest 4.1 px'


def test_objects_with_masks_are_judged_by_these():
    masks = np.zeros((2, 4, 4), bool)
    masks[0, :2], masks[1, 2:] = True, True
    whole = np.array([[0, 0, 4, 4]] * 2)  # boxes that do not tell the objects apart
    truth = {'bboxes': whole, 'labels': np.array([1, 1]), 'masks': masks}
    found = {**truth, 'scores': np.array([0.9, 0.8])}
    found['masks'] = np.stack([masks[1], np.eye(4, dtype=bool)])  # the IoU of the other is 2 / 10
    assert judge(found, truth).right.tolist() == [True, False]
    assert judge(found, truth).text == '1 missed, 1 wrong'
    assert object_ious(found, truth) == pytest.approx([2 / 10, 1])


def test_iou_of_each_object_is_that_of_the_best_box_of_its_class():
    found = boxes(([0, 0, 10, 4], 1, 0.9), ([0, 0, 10, 6], 1, 0.5), ([20, 20, 30, 30], 1, 0.7))
    assert object_ious(found, TRUTH) == pytest.approx([0.6, 0])
    assert object_ious(boxes(), TRUTH) == pytest.approx([0, 0])


def test_iou_of_pixels_is_of_each_class_but_the_background():
    truth = {'sem_seg': np.array([[0, 1, 1, 2]])}
    found = {'sem_seg': np.array([[0, 1, 0, 3]])}
    assert object_ious(found, truth) == pytest.approx([0.5, 0, 0])
