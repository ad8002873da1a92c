from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from mmlesson.apis.inference.object_table import (
    describe_objects,
    format_objects,
    write_objects,
)

FOUND = {
    'bboxes': np.array([[1, 2, 3.5, 4], [0, 0, 1, 1]], np.float32),
    'labels': np.array([1, 2]),
    'scores': np.array([0.9, 0.25], np.float32),
}
BOXES = describe_objects('a.png', (48, 32), FOUND, ['cat', 'dog'])


def test_boxes_are_described_as_plain_data():
    first = {'pred_label': 1, 'pred_class': 'dog', 'bbox': [1, 2, 3.5, 4]}
    assert BOXES['objects'][0] == {**first, 'pred_score': pytest.approx(0.9)}
    assert BOXES['objects'][1]['pred_class'] == '2'  # without a name
    assert (BOXES['source'], BOXES['height'], BOXES['width']) == ('a.png', 48, 32)


def test_pixels_are_counted_for_each_class_but_the_background():
    found = {'sem_seg': np.array([[0, 2, 2], [1, 0, 0]])}
    objects = describe_objects('a', (2, 3), found, ['cat', 'dog'])['objects']
    assert [(one['pred_class'], one['pixels']) for one in objects] == [('cat', 1), ('dog', 2)]


def test_mask_of_an_object_is_described_by_run_lengths_but_not_in_a_table(tmp_path):
    mask = np.array([[0, 1], [0, 1]], bool)
    found = {'labels': np.array([0]), 'masks': mask[None]}
    image = describe_objects('a', (2, 2), found, ['cat'])
    (one,) = image['objects']
    assert (one['pixels'], one['segmentation']) == (2, {'counts': [2, 2], 'size': [2, 2]})
    write_objects(tmp_path / 'masks.csv', [image])
    assert (tmp_path / 'masks.csv').read_text().splitlines()[1] == 'a,0,cat,2'


def test_csv_has_a_row_for_each_object(tmp_path):
    nothing = {**BOXES, 'source': 'b.png', 'objects': []}
    write_objects(tmp_path / 'boxes.csv', [BOXES, nothing])
    with (tmp_path / 'boxes.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [row['source'] for row in rows] == ['a.png', 'a.png']
    assert [float(rows[0][name]) for name in ('x1', 'y1', 'x2', 'y2')] == [1, 2, 3.5, 4]
    assert np.float32(rows[0]['pred_score']) == np.float32(0.9)


def test_csv_of_keypoints_has_two_columns_for_each(tmp_path):
    found = {'keypoints': np.array([[[1.5, 2], [3, 4]]]), 'keypoint_scores': np.ones((1, 2))}
    write_objects(tmp_path / 'points.csv', [describe_objects('a', (8, 8), found, [])])
    head, row = (tmp_path / 'points.csv').read_text().splitlines()
    assert head == 'source,point_1_x,point_1_y,point_2_x,point_2_y'
    assert row == 'a,1.5,2,3,4'


def test_json_holds_the_predictions(tmp_path):
    write_objects(tmp_path / 'boxes.json', [BOXES])
    assert json.loads((tmp_path / 'boxes.json').read_text()) == [BOXES]


def test_table_has_a_row_for_each_object_and_each_image_without_one():
    text = format_objects([BOXES, {**BOXES, 'source': 'b.png', 'objects': []}])
    assert 'dog 90.0 %, box 1.0 2.0 3.5 4.0' in text
    assert any('b.png' in line and 'nothing found' in line for line in text.splitlines())
