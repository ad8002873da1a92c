"""The part of the page with boxes, pixels and keypoints."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from mmlesson.play.answering import QUIET, answering
from mmlesson.play.mistakes import PageError
from mmlesson.play.page_images import decode_drawing, drop_box, read_canvas, sketch
from mmlesson.play.scenes import Scene, SceneExplainer

PEN = 14  # width of a stroke of a digit that is small on its canvas


def scenes_part(explainer: SceneExplainer | None, words: dict[str, str]) -> None:
    """Build the part; without a run, only the advice to make one."""
    if explainer is None:
        gr.Markdown(words['no_scene_run'])
        return
    act = SceneHandlers(explainer, words)
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            number = gr.Slider(
                0, explainer.count - 1, value=0, step=1, label=words['canvas'], elem_id='canvas'
            )
            sketch('scene_sketch', words['draw_scene'], words['erase'], PEN)
            drawn = gr.Textbox(visible='hidden')
            find = gr.Button(words['find'], variant='primary', elem_id='find')
            dropped = drop_box(words['drop'], 'scene_dropped')
        with gr.Column(scale=2, min_width=260):
            shown = gr.HTML(scene_html(explainer.pick(0), words), elem_id='scene')
    number.input(answering(act.pick, words), [number], [shown], trigger_mode='always_last', **QUIET)
    find.click(
        answering(act.explain, words), [drawn], [shown], js=read_canvas('scene_sketch'), **QUIET
    )
    dropped.upload(answering(act.explain, words), [dropped], [shown], **QUIET)


class SceneHandlers:
    """What the controls of the part do.

    Args:
        explainer: The network.
        words: Words of the page, see `texts`.
    """

    def __init__(self, explainer: SceneExplainer, words: dict[str, str]) -> None:
        self._explainer = explainer
        self._words = words

    def pick(self, visitor: str, number: Any) -> Iterator[str]:
        """Yield what is found in a test canvas."""
        yield scene_html(self._explainer.pick(number), self._words)

    def explain(self, visitor: str, picture: Any) -> Iterator[str]:
        """Yield what is found in a drawing, given as a data address, or in a dropped picture."""
        if isinstance(picture, str):
            picture = decode_drawing(picture)
        if picture is None:
            raise PageError('no_drawing')
        yield scene_html(self._explainer.explain(picture), self._words)


def scene_html(scene: Scene, words: dict[str, str]) -> str:
    """Return a scene as HTML."""
    key = words['scene_known'] if scene.is_known else words['scene_unknown']
    parts = [
        f'<div class="scene" data-known="{scene.is_known}" data-objects="{len(scene.objects)}">',
        _figure(scene.figure, key),
        f'<h4>{words["found"]}</h4><p>{_listed(scene.objects) or words["nothing"]}</p>',
    ]
    if scene.heat_maps is not None:
        parts += [f'<h4>{words["heat_maps"]}</h4>', _figure(scene.heat_maps, words['heat_key'])]
    return ''.join([*parts, '</div>'])


def _figure(png: bytes, caption: str) -> str:
    address = f'data:image/png;base64,{base64.b64encode(png).decode()}'
    return (
        f'<figure><img alt="{escape(caption)}" src="{address}">'
        f'<figcaption>{escape(caption)}</figcaption></figure>'
    )


def _listed(objects: list[dict[str, Any]]) -> str:
    """Return the objects in short: class and score, pixels, or points."""
    return '; '.join(escape(_short(one)) for one in objects)


def _short(one: dict[str, Any]) -> str:
    parts = [str(one['pred_class'])] if 'pred_class' in one else []
    if 'pred_score' in one:
        parts.append(f'({100 * one["pred_score"]:.0f} %)')
    if 'pixels' in one:
        parts.append(f'({one["pixels"]} px)')
    if 'keypoints' in one:
        parts.append(' '.join(f'({x:.0f}, {y:.0f})' for x, y in one['keypoints']))
    return ' '.join(parts)
