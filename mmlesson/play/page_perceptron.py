"""The part of the page with the perceptron."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from mmlesson.play.answering import QUIET, answering
from mmlesson.play.page_plane import DOWNLOAD
from mmlesson.play.perceptron import (
    Story,
    perceptron_config,
    perceptron_points,
    story_html,
    train_perceptron,
)
from mmlesson.play.sessions import Sessions


def perceptron_part(sessions: Sessions, words: dict[str, str]) -> None:
    """Build the part."""
    gr.Markdown(words['perceptron_intro'])
    with gr.Row():
        noise = gr.Slider(0, 3, value=0.6, step=0.05, label=words['noise'], min_width=220)
        margin = gr.Slider(0.01, 1, value=0.2, step=0.01, label=words['margin'], min_width=220)
        distance = gr.Slider(0, 5, value=2, step=0.1, label=words['distance'], min_width=220)
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
    act = PerceptronHandlers(sessions, words)
    start.click(
        answering(act.train, words),
        [noise, margin, distance, seed],
        [story, at, drawn, config, points],
        **QUIET,
    )
    back.click(answering(act.back, words), [story, at], [at, drawn], **QUIET)
    forward.click(answering(act.forward, words), [story, at], [at, drawn], **QUIET)
    at.input(answering(act.show, words), [story, at], [drawn], trigger_mode='always_last', **QUIET)
    download.click(None, [config, points], None, js=DOWNLOAD, api_visibility='private')


class PerceptronHandlers:
    """What the buttons of the part do.

    Args:
        sessions: Trainings of all visitors.
        words: Words of the page, see `texts`.
    """

    def __init__(self, sessions: Sessions, words: dict[str, str]) -> None:
        self._sessions = sessions
        self._words = words

    def train(self, visitor: str, *values: Any) -> Iterator[Any]:
        """Train, and yield the story, the slider, the picture, the config and the points."""
        text, csv = perceptron_config(values[-1]), perceptron_points(*values).csv
        story = train_perceptron(self._sessions, visitor, text, csv)
        slider = gr.update(maximum=max(len(story.updates), 1), value=0)
        yield story, slider, story_html(story, 0, self._words), text, csv

    def show(self, visitor: str, story: Story | None, number: float) -> Iterator[str]:
        """Yield the picture after a mistake."""
        yield '' if story is None else story_html(story, int(number), self._words)

    def back(self, visitor: str, story: Story | None, number: float) -> Iterator[Any]:
        """Yield the number of the mistake before, and its picture."""
        yield self._at(story, int(number) - 1)

    def forward(self, visitor: str, story: Story | None, number: float) -> Iterator[Any]:
        """Yield the number of the next mistake, and its picture."""
        yield self._at(story, int(number) + 1)

    def _at(self, story: Story | None, number: int) -> tuple[int, str]:
        if story is None:
            return 0, ''
        there = min(max(number, 0), len(story.updates))
        return there, story_html(story, there, self._words)
