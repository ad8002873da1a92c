"""The 2-D part of the page."""

from __future__ import annotations

from typing import Any

import gradio as gr

from mmlesson.play.answering import QUIET, answering
from mmlesson.play.form import FIELDS, form_of_settings
from mmlesson.play.page_points import points_part
from mmlesson.play.plane_handlers import PlaneHandlers
from mmlesson.play.sessions import Sessions
from mmlesson.play.settings import ACTIVATIONS, DATASETS, LOSSES, OPTIMIZERS, OWN, Settings
from mmlesson.play.written_config import config_text

SPEEDS = {'slow': 0.5, 'normal': 0.1, 'fast': 0.0}
"""Least seconds of an epoch."""

SPLITS = {'training': 'train', 'validation': 'val', 'test': 'test'}

DOWNLOAD = """(text, points) => {
  for (const [name, content] of [['play.py', text], ['points.csv', points]]) {
    if (!content) continue;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content], {type: 'text/plain'}));
    link.download = name;
    document.body.appendChild(link); link.click(); link.remove();
  }
}"""
"""Saves the config in the browser; no file is written here."""


class PlanePart:
    """Controls of the 2-D page; build it within `gradio.Blocks`.

    Args:
        sessions: Trainings of all visitors.
        settings: Settings at the start.
        words: Words of the page, see `texts`.
    """

    def __init__(self, sessions: Sessions, settings: Settings, words: dict[str, str]) -> None:
        self._words = words
        self._first = dict(zip(FIELDS, form_of_settings(settings), strict=True))
        self._fields: dict[str, Any] = {}
        with gr.Row():
            with gr.Column(scale=1, min_width=280):
                self._build_data()
                self._build_training()
            with gr.Column(scale=3, min_width=280, elem_classes='view'):
                self._build_view()
                self._build_config(settings)
        self._connect(PlaneHandlers(sessions, words))

    def _build_data(self) -> None:
        words = self._words
        with gr.Accordion(words['data'], open=True):
            choices = [(name, name) for name in DATASETS[:-1]] + [(words['own_choice'], OWN)]
            self._add(gr.Dropdown, 'dataset', choices=choices)
            self._add(gr.Slider, 'noise', minimum=0, maximum=1, step=0.01)
            self._add(gr.Slider, 'num_samples', minimum=40, maximum=2000, step=20)
            self._add(gr.Slider, 'train_percent', minimum=10, maximum=90, step=1)
            self._add(gr.Slider, 'val_percent', minimum=5, maximum=85, step=1)

    def _build_training(self) -> None:
        words = self._words
        with gr.Accordion(words['network'], open=True):
            self._add(gr.Textbox, 'hidden_sizes', info=words['hidden_info'], max_length=200)
            self._add(gr.Dropdown, 'activation', choices=list(ACTIVATIONS))
            self._add(gr.Dropdown, 'loss_function', choices=list(LOSSES))
            self._add(gr.Slider, 'dropout', minimum=0, maximum=0.9, step=0.05)
        with gr.Accordion(words['training_group'], open=True):
            self._add(gr.Dropdown, 'optimizer', choices=list(OPTIMIZERS))
            with gr.Row():
                for name in FIELDS[FIELDS.index('lr') :]:
                    self._add(gr.Number, name, min_width=110)

    def _add(self, kind: Any, name: str, **options: Any) -> None:
        self._fields[name] = kind(
            value=self._first[name], label=self._words[name], elem_id=name, **options
        )

    def _build_view(self) -> None:
        words = self._words
        with gr.Row():
            self._train = gr.Button(
                words['train'], variant='primary', min_width=70, elem_id='train'
            )
            self._pause = gr.Button(words['pause'], min_width=70, elem_id='pause')
            self._step = gr.Button(words['step'], min_width=70, elem_id='step')
            self._reset = gr.Button(words['reset'], min_width=70, elem_id='reset')
        with gr.Row():
            speeds = [(words[name], seconds) for name, seconds in SPEEDS.items()]
            self._speed = gr.Dropdown(
                speeds, value=SPEEDS['normal'], label=words['speed'], min_width=140, elem_id='speed'
            )
            splits = [(words[name], key) for name, key in SPLITS.items()]
            self._shown = gr.CheckboxGroup(
                splits, value=['train'], label=words['shown'], elem_id='shown'
            )
        self._live = gr.HTML('<div class="live"></div>', elem_id='live')

    def _build_config(self, settings: Settings) -> None:
        words = self._words
        with gr.Accordion(words['own'], open=False):
            self._points = points_part(words)
        with gr.Accordion(words['config'], open=False):
            gr.Markdown(words['config_info'])
            self._config = gr.Code(
                config_text(settings), language='python', interactive=False, max_lines=24
            )
            self._csv = gr.Textbox(visible='hidden')
            self._download = gr.Button(words['download'], elem_id='download')
        with gr.Accordion(words['link'], open=False):
            self._link = gr.Textbox(label=words['link'], max_length=4000, elem_id='link')
            self._use_link = gr.Button(words['use_link'], elem_id='use_link')
            self._ignored = gr.Markdown()

    def _connect(self, handlers: PlaneHandlers) -> None:
        words, fields = self._words, list(self._fields.values())
        form = [self._shown, self._points, *fields]
        view = [self._live, self._config, self._csv]
        reset, update = answering(handlers.reset, words), answering(handlers.update, words)
        self._train.click(answering(handlers.train, words), [self._speed, *form], view, **QUIET)
        self._pause.click(answering(handlers.pause, words), None, None, **QUIET)
        self._step.click(answering(handlers.step, words), form, view, **QUIET)
        self._reset.click(reset, form, view, **QUIET)
        self._shown.input(answering(handlers.show, words), [self._shown], [self._live], **QUIET)
        for field in fields:
            events = [field.input]
            if isinstance(field, gr.Slider):
                events = [field.release]
            elif isinstance(field, gr.Textbox | gr.Number):
                events = [field.submit, field.blur]
            for event in events:
                event(update, form, view, trigger_mode='always_last', **QUIET)
        self._download.click(
            None, [self._config, self._csv], None, js=DOWNLOAD, api_visibility='private'
        )
        self._use_link.click(
            answering(handlers.use_link, words), [self._link], [*fields, self._ignored], **QUIET
        ).success(update, form, view, **QUIET)
        self.first = reset, form, view
