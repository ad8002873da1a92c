import gradio as gr

from mmlesson.play.page_perceptron import perceptron_part
from mmlesson.play.perceptron import perceptron_config
from mmlesson.play.sessions import Sessions
from mmlesson.play.texts import texts


def test_part_shows_its_config():
    with gr.Blocks(analytics_enabled=False) as page:
        perceptron_part(Sessions(), texts('en'))
    values = [part['props'].get('value') for part in page.config['components']]
    assert perceptron_config(0).strip() in values
