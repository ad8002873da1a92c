from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mmlesson.errors import ArgumentError
from mmlesson.visualization.plots.scenes import draw_scenes
from mmlesson.visualization.plots.style import INK, TRAIN, VAL

IMAGE = np.random.RandomState(0).rand(1, 1, 8, 10)
BOXES = {
    'bboxes': np.array([[1, 2, 4, 6], [5, 1, 9, 3]]),
    'labels': np.array([1, 0]),
    'scores': np.array([0.9, 0.4]),
    'right': np.array([True, False]),
}


def panel(found, truth=None, classes=('a', 'b')):
    return draw_scenes(IMAGE, [found], None if truth is None else [truth], classes).axes[0]


def test_boxes_have_their_place_and_the_colour_of_right_and_wrong():
    right, wrong = panel(BOXES).patches
    assert right.get_bbox().extents.tolist() == [1, 2, 4, 6]
    assert wrong.get_bbox().extents.tolist() == [5, 1, 9, 3]
    assert [to_hex(box.get_edgecolor()) for box in (right, wrong)] == [TRAIN, VAL]


def test_boxes_have_the_class_and_the_score():
    assert [text.get_text() for text in panel(BOXES).texts] == ['b: 90 %', 'a: 40 %']


def test_class_without_a_name_has_its_number():
    shown = [text.get_text() for text in panel({**BOXES, 'labels': np.array([7, 0])}).texts]
    assert shown[0] == '7: 90 %'


def test_true_boxes_are_dashed():
    (box,) = panel({}, {'bboxes': np.array([[0, 0, 3, 3]])}).patches
    assert to_hex(box.get_edgecolor()) == INK
    assert box.get_linestyle() not in ('-', 'solid')


def test_pixels_are_shaded_in_the_colour_of_their_class():
    classes = np.zeros((8, 10), int)
    classes[2, 3], classes[4, 5] = 1, 2
    layer = panel({'sem_seg': classes}).images[1].get_array()
    assert (layer[..., 3] > 0).tolist() == (classes > 0).tolist()
    assert to_hex(layer[2, 3, :3]) == '#3f90da'
    assert to_hex(layer[4, 5, :3]) == '#ffa90e'


def test_instance_masks_have_one_colour_each():
    masks = np.zeros((2, 8, 10), bool)
    masks[0, :2], masks[1, 5:] = True, True
    layer = panel({'masks': masks}).images[1].get_array()
    assert (layer[..., 3] > 0).tolist() == masks.any(0).tolist()
    assert to_hex(layer[0, 0, :3]) != to_hex(layer[7, 0, :3])


def test_keypoints_are_dots_and_true_ones_crosses():
    points = np.array([[[1.5, 2.5], [3.0, 4.0]]])
    found, true = panel({'keypoints': points}, {'keypoints': points + 1}).collections
    assert found.get_offsets().tolist() == [[1.5, 2.5], [3.0, 4.0]]
    assert true.get_offsets().tolist() == [[2.5, 3.5], [4.0, 5.0]]


def test_edge_of_a_wrong_keypoint_is_red():
    marks = {'keypoints': np.zeros((1, 2, 2)), 'right': np.array([True, False])}
    edges = panel(marks).collections[0].get_edgecolors()
    assert [to_hex(edge) for edge in edges] == ['#ffffff', VAL]


def test_number_of_entries_must_be_that_of_the_images():
    with pytest.raises(ArgumentError, match='found must have one entry for each of 1 images, got'):
        draw_scenes(IMAGE, [], None, ['a'])


def test_captions_are_above_the_images():
    figure = draw_scenes(IMAGE, [{}], None, ['a'], captions=['2 missed'], title='T')
    assert figure.axes[0].get_title() == '2 missed'
    assert figure.get_suptitle() == 'T'


@pytest.mark.parametrize('shape', [(48, 48), (24, 48), (48, 24)])
@pytest.mark.parametrize('right', [True, False])
def test_labels_of_boxes_at_any_edge_are_within_the_image(shape, right):
    height, width = shape
    corners = [(0, 0), (width - 10, 0), (0, height - 12), (width - 10, height - 12), (8, 6)]
    boxes = np.array([[x, y, x + 10, y + 12] for x, y in corners], float)
    count = len(boxes)
    marks = {'bboxes': boxes, 'labels': np.zeros(count, int), 'scores': np.ones(count)}
    image = np.zeros((5, 1, *shape))
    marks['right'] = np.full(count, right)
    figure = draw_scenes(image, [marks] * 5, [{}] * 5, ['8'], captions=['x'] * 5)
    figure.canvas.draw()
    for cell in figure.axes:
        limits = cell.get_window_extent()
        for text in cell.texts:
            extent = text.get_window_extent()
            assert limits.x0 - 1 <= extent.x0
            assert extent.x1 <= limits.x1 + 1
            assert limits.y0 - 1 <= extent.y0
            assert extent.y1 <= limits.y1 + 1


def test_label_is_above_a_right_box_and_below_a_wrong_one_where_there_is_room():
    right, wrong = panel({**BOXES, 'bboxes': np.array([[1, 4, 4, 6], [1, 1, 4, 3]])}).texts
    assert (right.get_position(), right.get_va()) == ((1, 4), 'bottom')
    assert (wrong.get_position(), wrong.get_va()) == ((1, 3), 'top')
