"""The part of the page with images."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from mmlesson.play.answering import QUIET, answering
from mmlesson.play.images import Array, Explanation, ImageExplainer, check_size
from mmlesson.play.mistakes import PageError
from mmlesson.play.painting import png

MOST_MAPS = 16
PEN = 26  # width of a stroke
MOST_CHARACTERS = 700_000  # of a drawing in base 64

PAINT = """
const canvas = element.querySelector('canvas'), pen = canvas.getContext('2d');
const erase = () => { pen.fillStyle = '#fff'; pen.fillRect(0, 0, canvas.width, canvas.height); };
const place = event => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width,
          (event.clientY - box.top) * canvas.height / box.height];
};
erase();
pen.lineWidth = Number(canvas.dataset.pen);
pen.lineCap = pen.lineJoin = 'round'; pen.strokeStyle = '#000';
canvas.addEventListener('pointerdown', event => {
  canvas.setPointerCapture(event.pointerId);
  pen.beginPath(); pen.moveTo(...place(event)); pen.lineTo(...place(event)); pen.stroke();
});
canvas.addEventListener('pointermove', event => {
  if (event.buttons) { pen.lineTo(...place(event)); pen.stroke(); }
});
element.querySelector('button').addEventListener('click', erase);
"""


def images_part(explainer: ImageExplainer | None, words: dict[str, str]) -> None:
    """Build the part; without a run, only the advice to make one."""
    if explainer is None:
        gr.Markdown(words['no_run'])
        return
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            sketch('sketch', words['draw'], words['erase'], PEN)
            drawn = gr.Textbox(visible='hidden')
            classify = gr.Button(words['classify'], variant='primary', elem_id='classify')
            dropped = drop_box(words['drop'], 'dropped')
        with gr.Column(scale=2, min_width=260):
            shown = gr.HTML('', elem_id='explanation')

    def explain(visitor: str, picture: Any) -> Iterator[str]:
        if isinstance(picture, str):
            picture = decode_drawing(picture)
        if picture is None:
            raise PageError('no_drawing')
        yield explanation_html(explainer.explain(picture), explainer.classes, words)

    classify.click(answering(explain, words), [drawn], [shown], js=read_canvas('sketch'), **QUIET)
    dropped.upload(answering(explain, words), [dropped], [shown], **QUIET)


def sketch(name: str, label: str, erase: str, pen: int) -> None:
    """Build a canvas to draw on; ``pen`` is the width of a stroke, of 280 pixels."""
    gr.HTML(
        f'<p>{label}</p><canvas width="280" height="280" class="pad" data-pen="{pen}" '
        f'aria-label="{label}"></canvas><button type="button">{erase}</button>',
        js_on_load=PAINT,
        elem_id=name,
        elem_classes='sketch',
    )


def read_canvas(name: str) -> str:
    """Return the script that reads the canvas of a `sketch` as a PNG."""
    return f"() => document.querySelector('#{name} canvas').toDataURL('image/png')"


def drop_box(label: str, name: str) -> Any:
    """Build a box for a picture that is dropped, chosen or pasted."""
    return gr.Image(
        type='numpy',
        sources=['upload', 'clipboard'],
        buttons=[],
        label=label,
        elem_id=name,
        height=180,
    )


def decode_drawing(address: str) -> Array:
    """Return the picture of a canvas, uint8 (H, W, 4).

    Args:
        address: Data address of a PNG, as the browser sends it.

    Raises:
        PageError: If it is none, or too large.
    """
    start = 'data:image/png;base64,'
    if not address.startswith(start) or len(address) > MOST_CHARACTERS:
        raise PageError('drawing_size')
    try:
        content = base64.b64decode(address[len(start) :], validate=True)
        with Image.open(io.BytesIO(content), formats=['PNG']) as image:
            check_size(image.width, image.height)
            return np.asarray(image.convert('RGBA'))
    except (ValueError, OSError, SyntaxError, Image.DecompressionBombError) as err:
        raise PageError('drawing', got=type(err).__name__) from None


def explanation_html(
    explanation: Explanation, classes: tuple[str, ...], words: dict[str, str]
) -> str:
    """Return an explanation as HTML."""
    best = int(explanation.probabilities.argmax())
    tiles = [_tile(_stretched(explanation.sample), words['seen'])]
    if explanation.saliency is not None:
        tiles.append(_tile(_stretched(explanation.saliency[None]), words['saliency']))
    near = [_tile(_stretched(image), name) for image, name in explanation.nearest]
    parts = [
        f'<div class="explanation" data-class="{escape(_name(classes, best))}">',
        f'<div class="tiles large">{"".join(tiles)}</div>',
        f'<h4>{words["probabilities"]}</h4>{_bars(explanation.probabilities, classes)}',
        f'<h4>{words["nearest"]}</h4><div class="tiles">{"".join(near)}</div>',
    ]
    for name, maps in explanation.maps.items():
        pictures = ''.join(_tile(_stretched(each[None])) for each in maps[:MOST_MAPS])
        parts.append(f'<h4>{words["maps"]}: {escape(name)}</h4><div class="tiles">{pictures}</div>')
    return ''.join([*parts, '</div>'])


def _bars(probabilities: Array, classes: tuple[str, ...]) -> str:
    rows = ''.join(
        f'<span>{escape(_name(classes, label))}</span>'
        f'<i style="width:{100 * value:.1f}%"></i><span>{100 * value:.1f} %</span>'
        for label, value in enumerate(probabilities.tolist())
    )
    return f'<div class="bars">{rows}</div>'


def _name(classes: tuple[str, ...], label: int) -> str:
    return classes[label] if label < len(classes) else str(label)


def _tile(pixels: Array, caption: str = '') -> str:
    named = f'<figcaption>{escape(caption)}</figcaption>' if caption else ''
    alt = escape(caption)
    return f'<figure><img class="pixels" alt="{alt}" src="{png(pixels)}">{named}</figure>'


def _stretched(image: Array) -> Array:
    """Return an image (C, H, W) with its values stretched to 0-255, (H, W) or (H, W, 3)."""
    values = image.astype(np.float32)
    low, high = float(values.min()), float(values.max())
    pixels = ((values - low) / max(high - low, 1e-9) * 255).astype(np.uint8)
    return pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
