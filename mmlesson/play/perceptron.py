"""The perceptron, mistake by mistake."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlesson.datasets.splits import SPLIT_NAMES
from mmlesson.datasets.toy import Blobs
from mmlesson.play.frames import Extent, Plane
from mmlesson.play.mistakes import PageError, require_number, require_whole
from mmlesson.play.painting import place, plane_svg
from mmlesson.play.points import Points
from mmlesson.play.sessions import Sessions
from mmlesson.play.settings import WHOLE_NUMBERS
from mmlesson.play.written_config import LOADERS, POINTS_FILE, RUNTIME


@dataclass(frozen=True)
class Story:
    """All mistakes of a training.

    Args:
        plane: The data.
        updates: Of each mistake: epoch, label, x1, x2, w1, w2, b; the weights are those after it.
        facts: Bound and separability, see `PerceptronHook`.
    """

    plane: Plane
    updates: list[list[float]]
    facts: dict[str, Any]


def perceptron_points(noise: Any, margin: Any, distance: Any, seed: Any) -> Points:
    """Return two blobs that a line separates, away from the origin.

    At the origin the first update almost finds the line. The further away, the larger the bias that
    is needed, and the more mistakes.

    Raises:
        PageError: If the noise is not in [0, 3], the margin not in [0.01, 2], the distance not
            in [0, 5], or the seed no whole number.
    """
    require_number('noise', noise, 0, 3)
    require_number('margin', margin, 0.01, 2)
    require_number('distance', distance, 0, 5)
    seed = require_whole('seed', seed, *WHOLE_NUMBERS['seed'])
    blobs = [Blobs(split, noise=noise, margin=margin, data_seed=seed) for split in SPLIT_NAMES]
    rows = []
    for part in blobs:
        batch = part.__getitems__(range(len(part)))
        shifted = batch['inputs'].numpy().astype(float) + distance * np.array([1.0, 0.5])
        labels = map(str, batch['labels'].tolist())
        rows += [
            (round(float(x), 4), round(float(y), 4), label)
            for (x, y), label in zip(shifted, labels, strict=True)
        ]
    return Points(tuple(rows))


def perceptron_config(seed: Any) -> str:
    """Return the config of a perceptron on the points of `POINTS_FILE`.

    Raises:
        PageError: If the seed is no whole number.
    """
    seed = require_whole('seed', seed, *WHOLE_NUMBERS['seed'])
    return f'''"""A perceptron from the playground.

Run:     mmlesson train play.py
"""

points = dict(type='TableDataset', path='{POINTS_FILE}', label='label')
{LOADERS.format(batch_size=16)}model = dict(type='Perceptron', in_features=2, num_classes=2)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=1.0))
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
val_cfg = dict()
test_cfg = dict()
custom_hooks = [dict(type='ConvergenceHook'), dict(type='PerceptronHook')]
{RUNTIME.format(seed=seed)}'''


def train_perceptron(sessions: Sessions, visitor: str, text: str, points: str) -> Story:
    """Train the perceptron of a config to the end, and return its mistakes.

    Raises:
        PageError: If training fails, or there is no place for another visitor.
    """
    visitor = f'{visitor}/perceptron'
    try:
        session = sessions.start(visitor, text, points)
        session.run()
        frames = list(session.follow())
        if not frames:  # closed, or too slow
            raise PageError('no_answer')
        frame = frames[-1]
        if frame.state != 'finished' or session.plane is None:
            raise PageError('training', got=frame.message)
        return Story(session.plane, frame.updates, frame.facts)
    finally:
        sessions.close(visitor)


def story_html(story: Story, at: int, words: dict[str, str]) -> str:
    """Return the plane after a mistake: the old line dashed, the new one solid, the point ringed.

    Args:
        story: The training.
        at: Number of the mistake, from 1; 0 for the beginning.
        words: Words of the page.
    """
    at = min(max(at, 0), len(story.updates))
    extra = []
    if at > 1:
        extra.append(_line(story.updates[at - 2], story.plane.extent, 'stroke-dasharray="5 4"'))
    if at:
        row = story.updates[at - 1]
        extra.append(_line(row, story.plane.extent, 'class="new"'))
        ((x, y),) = place(_point(row), story.plane.extent)
        extra.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="#000" stroke-width="2"/>'
        )
    label = f'{words["line"]}: {words["mistake"]} {at}'
    drawn = plane_svg(story.plane, None, ['train'], label, ''.join(extra))
    return (
        f'<div class="live" data-mistake="{at}"><div class="left">{drawn}</div>'
        f'<div class="right status">{"<br>".join(_facts(story, at, words))}</div></div>'
    )


def _facts(story: Story, at: int, words: dict[str, str]) -> list[str]:
    total = len(story.updates)
    lines = [f'<b>{words["mistake_of"].format(at, total)}</b>']
    if at:
        epoch, label, x1, x2, w1, w2, bias = story.updates[at - 1]
        lines += [
            words['epoch'].format(int(epoch)),
            f'x = ({x1:.2f}, {x2:.2f}), y = {2 * label - 1:+.0f}',
            f'w = ({w1:.2f}, {w2:.2f}), b = {bias:.2f}',
            words['moved'],
        ]
    if story.facts.get('separable'):
        bound = f'(R/γ)² = ({story.facts["radius"]:.2f}/{story.facts["margin"]:.3f})²'
        lines.append(f'{total} {words["mistakes"]} ≤ {bound} = {story.facts["bound"]:.0f}')
    else:
        lines.append(words['no_line'])
    return lines


def _point(row: list[float]) -> Any:
    return np.array([row[2:4]])


def _line(row: list[float], extent: Extent, style: str) -> str:
    """Return the line w . x + b = 0 in SVG; '' if the weights are zero."""
    w1, w2, bias = row[4:]
    norm = math.hypot(w1, w2)
    if norm == 0:
        return ''
    foot = np.array([w1, w2]) * -bias / norm**2
    along = np.array([-w2, w1]) / norm * 2 * (extent[1] - extent[0] + extent[3] - extent[2])
    (x1, y1), (x2, y2) = place(np.stack([foot - along, foot + along]), extent)
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#222" '
        f'stroke-width="2" {style}/>'
    )
