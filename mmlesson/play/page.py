"""The page of one language."""

from __future__ import annotations

from typing import Any

import gradio as gr

from mmlesson.play.answering import QUIET, visitor_of
from mmlesson.play.page_images import images_part
from mmlesson.play.page_perceptron import perceptron_part
from mmlesson.play.page_plane import PlanePart
from mmlesson.play.page_scenes import scenes_part
from mmlesson.play.sessions import Sessions
from mmlesson.play.settings import Settings
from mmlesson.play.texts import texts

CSS = """
.live { display: flex; flex-wrap: wrap; gap: 16px; }
.live .left { flex: 1 1 260px; max-width: 460px; }
.live .right { flex: 1 1 240px; min-width: 0; }
svg.plane, svg.pad { width: 100%; aspect-ratio: 1; border: 1px solid #999; background: #fff; }
svg.pad { cursor: crosshair; max-width: 360px; }
.sketch canvas {
  width: 280px; max-width: 100%; border: 1px solid #999; display: block; touch-action: none;
}
.sketch button { border: 1px solid #999; border-radius: 6px; padding: 2px 12px; margin-top: 6px; }
svg.curve { width: 100%; max-width: 460px; font-size: 11px; fill: currentColor; }
.surface { flex: 1 1 100%; display: flex; flex-wrap: wrap; gap: 16px; align-items: start; }
.surface svg { flex: 0 1 260px; aspect-ratio: 1; border: 1px solid #999; }
.surface p { flex: 1 1 200px; margin: 0; }
.live .layer { margin-top: 6px; }
.tiles { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.tiles figure { margin: 0; font-size: 12px; text-align: center; }
.tiles img { width: 48px; height: 48px; border: 1px solid #bbb; }
.tiles.large img { width: 112px; height: 112px; }
.tiles img.pixels { image-rendering: pixelated; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 2px 8px; }
.bars i { background: #1f77b4; min-width: 1px; }
.scene figure { margin: 0; font-size: 13px; }
.scene img { width: 100%; max-width: 700px; border: 1px solid #bbb; background: #fff; }
@media (max-width: 640px) { .view { order: -1; } }
.status { line-height: 1.5; overflow-wrap: anywhere; }
"""


def build_page(
    language: str, sessions: Sessions, settings: Settings, images: Any = None, scenes: Any = None
) -> gr.Blocks:
    """Return the page.

    Args:
        language: 'en' or 'zh'.
        sessions: Trainings of all visitors.
        settings: Settings at the start.
        images: `ImageExplainer` of a run that the page was started with, or None.
        scenes: `SceneExplainer` of another one, or None.
    """
    words = texts(language)
    with gr.Blocks(
        analytics_enabled=False, title=words['title'], delete_cache=(600, 600), fill_width=True
    ) as page:
        gr.Markdown(f'# {words["title"]}\n{words["intro"]} {words["other"]}')
        with gr.Tab(words['plane_tab']):
            part = PlanePart(sessions, settings, words)
        with gr.Tab(words['perceptron_tab'], elem_id='perceptron_tab'):
            perceptron_part(sessions, words)
        with gr.Tab(words['images_tab'], elem_id='images_tab'):
            images_part(images, words)
        with gr.Tab(words['scenes_tab'], elem_id='scenes_tab'):
            scenes_part(scenes, words)
        first, form, view = part.first
        page.load(first, form, view, **QUIET)

        def leave(request: gr.Request) -> None:
            sessions.close(visitor_of(request))

        leave.__annotations__ = {'request': gr.Request}
        page.unload(leave)
    return page
