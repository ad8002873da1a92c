import gradio as gr

from mmlesson.play.form import FIELDS, form_of_settings
from mmlesson.play.page_plane import PlanePart
from mmlesson.play.read_config import settings_of
from mmlesson.play.sessions import Sessions
from mmlesson.play.texts import texts


def test_fields_show_the_settings():
    settings = settings_of('mlp/fit_stopped')
    with gr.Blocks(analytics_enabled=False) as page:
        PlanePart(Sessions(), settings, texts('en'))
    values = {
        part['props'].get('elem_id'): part['props'].get('value')
        for part in page.config['components']
    }
    expected = dict(zip(FIELDS, form_of_settings(settings), strict=True))
    assert {name: values[name] for name in FIELDS} == expected
