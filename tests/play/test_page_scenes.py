import gradio as gr
import pytest

from mmlesson.errors import UserError
from mmlesson.play.page_scenes import SceneHandlers, scene_html, scenes_part
from mmlesson.play.scenes import Scene
from mmlesson.play.texts import texts

OBJECTS = [{'pred_label': 1, 'pred_class': '<b>', 'pred_score': 0.914, 'bbox': [0, 0, 1, 1]}]


def test_objects_are_listed_and_escaped():
    html = scene_html(Scene(b'png', None, OBJECTS, True), texts('en'))
    assert '&lt;b&gt; (91 %)' in html
    assert texts('en')['heat_maps'] not in html
    assert 'Nothing.' in scene_html(Scene(b'png', b'png', [], False), texts('en'))


def test_points_and_pixels_are_listed():
    objects = [{'keypoints': [[1.2, 2.0], [3.0, 4.6]]}, {'pred_class': '7', 'pixels': 12}]
    html = scene_html(Scene(b'png', None, objects, True), texts('zh'))
    assert '(1, 2) (3, 5); 7 (12 px)' in html


def test_part_without_a_run_says_how_to_make_one():
    with gr.Blocks(analytics_enabled=False) as page:
        scenes_part(None, texts('zh'))
    values = [part['props'].get('value') for part in page.config['components']]
    assert values == [texts('zh')['no_scene_run']]


def test_empty_drop_box_is_a_mistake():
    handlers = SceneHandlers(None, texts('en'))
    with pytest.raises(UserError, match='Draw something first'):
        next(handlers.explain('a', None))
