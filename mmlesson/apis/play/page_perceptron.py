"""The part of the page with the perceptron."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from mmlesson.apis.play.answering import QUIET, answering
from mmlesson.apis.play.page_plane import DOWNLOAD
from mmlesson.apis.play.perceptron import (
    Story,
    perceptron_config,
    perceptron_points,
    story_html,
    train_perceptron,
)
from mmlesson.apis.play.sessions import Sessions


def perceptron_part(sessions: Sessions, words: dict[str, str]) -> None:
    """Build the part."""
    gr.Markdown(words['perceptron_intro'])
    with gr.Row():
        noise = gr.Slider(0, 3, value=0.6, step=0.05, label=words['noise'])
        margin = gr.Slider(0.01, 1, value=0.2, step=0.01, label=words['margin'])
        distance = gr.Slider(0, 5, value=2, step=0.1, label=words['distance'])
        seed = gr.Number(value=0, label=words['seed'])
    with gr.Row():
        start = gr.Button(words['start'], variant='primary', elem_id='perceptron_start')
        back = gr.Button(words['back'], elem_id='perceptron_back')
        forward = gr.Button(words['next'], elem_id='perceptron_next')
    at = gr.Slider(0, 1, value=0, step=1, label=words['mistake'], elem_id='mistake')
    drawn = gr.HTML('<div class="live"></div>', elem_id='perceptron')
    with gr.Accordion(words['config'], open=False):
        config = gr.Code(perceptron_config(0), language='python', interactive=False)
        points = gr.Textbox(visible='hidden')
        download = gr.Button(words['download'])
    story = gr.State(None)

    def train(visitor: str, *values: Any) -> Iterator[Any]:
        text, csv = perceptron_config(values[-1]), perceptron_points(*values).csv
        told = train_perceptron(sessions, visitor, text, csv)
        most = max(len(told.updates), 1)
        yield told, gr.update(maximum=most, value=0), story_html(told, 0, words), text, csv

    def show(visitor: str, told: Story | None, number: float) -> Iterator[str]:
        yield '' if told is None else story_html(told, int(number), words)

    def moved(by: int) -> Any:
        def move(visitor: str, told: Story | None, number: float) -> Iterator[Any]:
            most = 0 if told is None else len(told.updates)
            there = min(max(int(number) + by, 0), most)
            yield there, '' if told is None else story_html(told, there, words)

        return answering(move)

    shown = [story, at, drawn, config, points]
    start.click(answering(train), [noise, margin, distance, seed], shown, **QUIET)
    back.click(moved(-1), [story, at], [at, drawn], **QUIET)
    forward.click(moved(1), [story, at], [at, drawn], **QUIET)
    at.input(answering(show), [story, at], [drawn], trigger_mode='always_last', **QUIET)
    download.click(None, [config, points], None, js=DOWNLOAD, api_visibility='private')
