"""Pictures of the page: PNG of arrays and SVG of points and curves, as HTML."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmlesson.play.frames import MOST_SHOWN, Extent, Frame, Plane

Array = npt.NDArray[Any]

COLOURS = ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189),
           (140, 86, 75))  # fmt: skip
"""Colour of each class, those of matplotlib's figures."""

SIZE = 320  # width and height of the plane in the units of its SVG
CURVE = (320, 150)
SURFACE = 136  # pixels along each side of a loss surface


def png(pixels: Array) -> str:
    """Return an image, uint8 (H, W, 3) or (H, W), as a data address."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, 'PNG', compress_level=1)
    return f'data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}'


def colour(label: int) -> str:
    """Return the colour of a class for SVG."""
    return '#{:02x}{:02x}{:02x}'.format(*COLOURS[label % len(COLOURS)])


def paint_regions(probabilities: Array) -> Array:
    """Return probabilities, (H, W, C), as colours, uint8 (H, W, 3): pale where classes are equal.

    The first row is at the bottom of the plane, and the last of the image.
    """
    scores = probabilities.astype(np.float32)
    count = scores.shape[-1]
    best = scores.argmax(-1)
    certainty = (scores.max(-1) - 1 / count) / (1 - 1 / count)
    colours = np.asarray(COLOURS, np.float32)[best % len(COLOURS)]
    shade = 0.12 + 0.5 * np.clip(np.nan_to_num(certainty), 0, 1)[..., None]
    mixed: Array = (255 + shade * (colours - 255)).astype(np.uint8)[::-1]
    return mixed


def paint_neuron(activation: Array) -> Array:
    """Return an activation over the plane, (H, W), as colours: orange below zero, blue above."""
    values = np.nan_to_num(activation.astype(np.float32))
    values = values / max(float(np.abs(values).max()), 1e-6)
    low, high = np.array([230, 120, 20], np.float32), np.array([20, 90, 180], np.float32)
    target = np.where(values[..., None] < 0, low, high)
    mixed: Array = (255 + np.abs(values)[..., None] * (target - 255)).astype(np.uint8)[::-1]
    return mixed


def place(points: Array, extent: Extent) -> Array:
    """Return points of the plane in the coordinates of its SVG, (N, 2)."""
    left, right, bottom, top = extent
    x = (points[:, 0] - left) / (right - left) * SIZE
    y = (top - points[:, 1]) / (top - bottom) * SIZE
    return np.stack([x, y], 1)


def plane_svg(
    plane: Plane, background: Array | None, shown: Sequence[str], label: str, extra: str = ''
) -> str:
    """Return the plane with its points: training points filled, others as rings.

    Args:
        plane: The data.
        background: Colours, see `paint_regions`, or None.
        shown: Splits whose points are drawn.
        label: Description for screen readers.
        extra: SVG on top.
    """
    parts = [
        f'<svg viewBox="0 0 {SIZE} {SIZE}" class="plane" role="img" aria-label="{escape(label)}">'
    ]
    if background is not None:
        parts.append(
            f'<image href="{png(background)}" width="{SIZE}" height="{SIZE}" '
            'preserveAspectRatio="none"/>'
        )
    for name in shown:
        points, labels = plane.splits[name]
        parts += _dots(name, place(points, plane.extent), labels)
    return ''.join([*parts, extra, '</svg>'])


def _dots(split: str, places: Array, labels: Array) -> list[str]:
    found = []
    for number in np.unique(labels):
        tint = colour(int(number))
        style = {
            'train': f'fill="{tint}" stroke="#fff" stroke-width="0.7"',
            'val': f'fill="none" stroke="{tint}" stroke-width="1.8"',
            'test': f'fill="#fff" stroke="{tint}" stroke-width="1.5" stroke-dasharray="2 1"',
        }[split]
        dots = ''.join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places[labels == number][:600]
        )
        found.append(f'<g {style}>{dots}</g>')
    return found


def neurons_html(frame: Frame, words: dict[str, str]) -> str:
    """Return the neurons of each hidden layer as small planes."""
    rows = []
    for number, (maps, count) in enumerate(frame.neurons, 1):
        tiles = ''.join(
            f'<img decoding="sync" alt="{words["neuron"]} {at}" src="{png(paint_neuron(tile))}">'
            for at, tile in enumerate(maps, 1)
        )
        rest = f'<span>+{count - MOST_SHOWN}</span>' if count > MOST_SHOWN else ''
        name = f'{words["hidden_layer"]} {number}'
        rows.append(f'<div class="layer"><b>{name}</b><div class="tiles">{tiles}{rest}</div></div>')
    if rows:
        rows.append(f'<small>{words["neuron_key"]}</small>')
    return ''.join(rows)


def curves_svg(frame: Frame, words: dict[str, str]) -> str:
    """Return the loss of training and validation over the epochs."""
    width, height = CURVE
    series = {'train': [loss for loss, _ in frame.train], 'val': [loss for loss, _ in frame.val]}
    known = [value for values in series.values() for value in values if np.isfinite(value)]
    top = max(known, default=1.0) or 1.0
    count = max(len(frame.train) - 1, 1)
    lines = []
    for name, tint in (('train', '#1f77b4'), ('val', '#ff7f0e')):
        places = ' '.join(
            f'{34 + at / count * (width - 44):.1f},{height - 22 - value / top * (height - 46):.1f}'
            for at, value in enumerate(series[name])
        )
        lines.append(f'<polyline points="{places}" fill="none" stroke="{tint}" stroke-width="2"/>')
    label = f'{words["loss_curve"]}: {words["epoch"].format(frame.epoch)}'
    axis = f'M34 10V{height - 22}H{width - 8}'
    return (
        f'<svg viewBox="0 0 {width} {height}" class="curve" role="img" aria-label="{label}">'
        f'<path d="{axis}" fill="none" stroke="currentColor"/>'
        f'<text x="30" y="16" text-anchor="end">{top:.2g}</text>'
        f'<text x="30" y="{height - 20}" text-anchor="end">0</text>'
        f'<text x="{width - 8}" y="{height - 7}" text-anchor="end">'
        f'{words["epoch"].format(frame.epoch)}</text>'
        f'<text x="42" y="16">{words["loss"]}</text>'
        f'<text x="{width // 2}" y="16" fill="#1f77b4">{words["training"]}</text>'
        f'<text x="{width - 70}" y="16" fill="#d96a00">{words["validation"]}</text>'
        f'{"".join(lines)}</svg>'
    )


def paint_surface(losses: Array) -> Array:
    """Return a loss surface, (S, S), as bands between contour lines, uint8 (H, W, 3): low is dark.

    The first row is at the bottom of the plane, and the last of the image.
    """
    from matplotlib import colormaps

    from mmlesson.visualization.plots.loss_surface import loss_levels
    from mmlesson.visualization.plots.style import SEQUENTIAL

    finite = losses[np.isfinite(losses)]
    levels = loss_levels(finite) if finite.size else np.array([0.0, 1.0])
    filled = np.where(np.isfinite(losses), losses, levels[-1]).astype(np.float32)
    smooth = np.asarray(Image.fromarray(filled).resize((SURFACE, SURFACE)))
    bands = np.digitize(smooth, levels[1:-1])
    shades = colormaps[SEQUENTIAL](bands / max(len(levels) - 2, 1))[..., :3]
    mixed: Array = (255 * shades).astype(np.uint8)[::-1]
    return mixed


def surface_html(frame: Frame, words: dict[str, str]) -> str:
    """Return the loss surface with the path of the weights; '' before it is known."""
    found = frame.surface
    if found is None:
        return ''
    points = place(found.path, found.extent)
    (now,) = place(found.final[None], found.extent)
    line = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
    style = 'fill="none" stroke-linejoin="round"'
    return (
        '<div class="surface">'
        f'<svg viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{words["surface"]}">'
        f'<image href="{png(paint_surface(found.losses))}" width="{SIZE}" height="{SIZE}"/>'
        f'<polyline points="{line}" {style} stroke="#fff" stroke-width="5"/>'
        f'<polyline points="{line}" {style} stroke="#d62728" stroke-width="2.5"/>'
        f'<circle cx="{points[0, 0]:.1f}" cy="{points[0, 1]:.1f}" r="6" fill="#fff" '
        'stroke="#d62728" stroke-width="3"/>'
        f'<circle cx="{now[0]:.1f}" cy="{now[1]:.1f}" r="7" fill="#d62728" stroke="#fff" '
        'stroke-width="2"/></svg>'
        f'<p><b>{words["surface"]}</b><br>'
        f'<small>{words["surface_key"].format(f"{found.share or 100:.0f}")}</small></p></div>'
    )


def live_html(frame: Frame, plane: Plane, shown: Sequence[str], words: dict[str, str]) -> str:
    """Return the moving part of the 2-D page: plane, state, curves and neurons."""
    background = None if frame.regions is None else paint_regions(frame.regions)
    label = f'{words["regions"]}: {words["epoch"].format(frame.epoch)}'
    return (
        f'<div class="live" data-epoch="{frame.epoch}" data-state="{frame.state}" '
        f'data-weights="{frame.weights_sha256 or ""}">'
        f'<div class="left">{plane_svg(plane, background, shown, label)}</div>'
        f'<div class="right">{status_html(frame, words)}{curves_svg(frame, words)}'
        f'{neurons_html(frame, words)}</div>{surface_html(frame, words)}</div>'
    )


def status_html(frame: Frame, words: dict[str, str]) -> str:
    """Return the state of training, its numbers, and the reason of its end."""
    facts = [f'<b>{words["epoch"].format(frame.epoch)}</b>, {words[frame.state]}']
    for name, points in (('training', frame.train), ('validation', frame.val)):
        if points:
            loss, accuracy = points[-1]
            facts.append(
                f'{words[name]}: {words["loss"]} {loss:.4f}, {words["accuracy"]} {accuracy:.1f} %'
            )
    if 'accuracy/top1' in frame.test:
        accuracy = frame.test['accuracy/top1']
        facts.append(f'{words["test"]}: {words["accuracy"]} {accuracy:.1f} %')
    if frame.message or frame.reason:
        facts.append(words.get(f'stop_{frame.reason}') or escape(frame.message))
    if frame.weights_sha256:
        facts.append(f'{words["weights"]}: <code>{frame.weights_sha256[:16]}</code>')
    return f'<div class="status">{"<br>".join(facts)}</div>'
