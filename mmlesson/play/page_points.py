"""The part of the page in which a visitor gives points: by clicks, as text, or as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from mmlesson.play.answering import QUIET, answering
from mmlesson.play.mistakes import PageError
from mmlesson.play.painting import SIZE, colour
from mmlesson.play.points import MOST_BYTES, read_points

PAD = 2.0
"""The pad shows x and y from -2 to 2."""

SEND_CLICK = """
element.addEventListener('click', event => {
  const pad = element.querySelector('svg').getBoundingClientRect();
  trigger('click', {
    x: (event.clientX - pad.left) / pad.width,
    y: (event.clientY - pad.top) / pad.height,
  });
});
"""


def pad_html(text: str) -> str:
    """Return the pad with the points of a text; none while the text has mistakes."""
    try:
        points = read_points(text)
    except PageError:
        points = read_points('')
    tints = {name: colour(at) for at, name in enumerate(points.classes)}
    scale = SIZE / (2 * PAD)
    dots = ''.join(
        f'<circle cx="{(x + PAD) * scale:.1f}" cy="{(PAD - y) * scale:.1f}" r="4" '
        f'fill="{tints[label]}"/>'
        for x, y, label in points.rows
    )
    half = SIZE / 2
    return (
        f'<svg viewBox="0 0 {SIZE} {SIZE}" class="pad" role="img" aria-label="x, y: -2 … 2">'
        f'<path d="M0 {half}H{SIZE}M{half} 0V{SIZE}" stroke="#bbb"/>{dots}</svg>'
    )


def add_point(visitor: str, text: str, label: str, place: Any) -> Iterator[str]:
    """Return the text with a line for a click.

    Args:
        visitor: Name of the visitor.
        text: Points so far.
        label: Class of the new point.
        place: Position in the pad, {'x', 'y'}, each in [0, 1].
    """
    x, y = (float(np.clip(float(place[name]), 0, 1)) for name in ('x', 'y'))
    line = f'{(2 * x - 1) * PAD:.3f},{(1 - 2 * y) * PAD:.3f},{label}'
    read_points(line)
    yield f'{text.rstrip()}\n{line}'.lstrip()


def read_upload(visitor: str, content: bytes | None) -> Iterator[str]:
    """Return an uploaded table as text.

    Raises:
        PageError: If it is too large, no UTF-8, or not as `read_points` expects.
    """
    if not content:
        raise PageError('file_empty')
    if len(content) > MOST_BYTES:
        raise PageError('file_size', most=MOST_BYTES // 1000)
    try:
        text = bytes(content).decode('utf-8-sig')
    except UnicodeDecodeError:
        raise PageError('file_text') from None
    yield ''.join(f'{x:g},{y:g},{label}\n' for x, y, label in read_points(text).rows)


def points_part(words: dict[str, str]) -> Any:
    """Build the part; return its text box."""
    gr.Markdown(words['own_info'])
    with gr.Row():
        with gr.Column(min_width=240):
            label = gr.Radio(['0', '1', '2'], value='0', label=words['class'])
            pad = gr.HTML(pad_html(''), js_on_load=SEND_CLICK, elem_id='pad')
        with gr.Column(min_width=240):
            text = gr.Textbox(
                label=words['points'], lines=10, max_lines=10, max_length=MOST_BYTES,
                elem_id='points',
            )  # fmt: skip
            upload = gr.UploadButton(
                words['upload'], type='binary', file_count='single', file_types=['.csv', '.txt']
            )
            clear = gr.Button(words['clear'])

    def clicked(request: gr.Request, text: str, label: str, event: gr.EventData) -> Any:
        place = event._data or {}
        return next(answering(add_point, words)(request, text, label, place))

    clicked.__annotations__ = {'request': gr.Request, 'event': gr.EventData}
    pad.click(clicked, [text, label], [text], **QUIET)
    upload.upload(answering(read_upload, words), [upload], [text], **QUIET)
    clear.click(lambda: '', None, [text], **QUIET)
    text.change(pad_html, [text], [pad], **QUIET)
    return text
