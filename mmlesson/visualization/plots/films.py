"""Animations of training, drawn on fixed axes from the arrays of their frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmlesson.visualization.plots.animation import Animation
from mmlesson.visualization.plots.array_checks import Array, Extent
from mmlesson.visualization.plots.decision_regions import DecisionRegions
from mmlesson.visualization.plots.heat_maps import HeatMaps
from mmlesson.visualization.plots.hidden_space import HiddenSpace
from mmlesson.visualization.plots.neurons import NeuronMaps
from mmlesson.visualization.plots.plane import plane_extent
from mmlesson.visualization.plots.projection import fit_projection
from mmlesson.visualization.plots.weights import WeightImages

Captioned = Sequence[tuple[str, Mapping[str, Array]]]
"""Pairs of a caption, such as 'epoch 3', and the arrays of a frame."""


def animate_regions(
    frames: Captioned,
    points: Mapping[str, Any],
    extent: Extent,
    *,
    classes: Sequence[str],
    shaded: bool = True,
    name: str = '',
) -> Animation:
    """Draw the decision regions in each frame.

    Args:
        frames: Of each frame 'grid' (H * W, C), probabilities in the cells of a square
            `plane_grid`; 'train' (N,), predicted classes; optionally 'val' (M,), and 'weight' and
            'bias' of a linear model.
        points: ``inputs, labels, val_inputs, val_labels`` as of `DecisionRegions`.
        extent: Part of the plane to show.
        classes: Class names.
        shaded: Whether colours show the probability.
        name: Start of the titles.
    """
    regions = DecisionRegions(
        **points,
        num_classes=frames[0][1]['grid'].shape[1],
        classes=classes,
        extent=extent,
        shaded=shaded,
    )
    animation = _animation(frames, name, 'decision regions')
    for caption, frame in frames:
        side = round(len(frame['grid']) ** 0.5)
        regions.update(
            frame['grid'].astype(np.float32).reshape(side, side, -1),
            frame['train'],
            frame.get('val'),
            linear=(frame['weight'], frame['bias']) if 'weight' in frame else None,
            title=f'{name}, {caption}: decision regions',
        )
        animation.add(regions.figure, caption)
    return animation


def animate_neurons(
    frames: Captioned, inputs: Array, extent: Extent, *, name: str = ''
) -> Animation:
    """Draw the activation of each neuron over the plane in each frame, on one colour scale.

    Args:
        frames: Of each frame 'maps', (K, H, W).
        inputs: Training points, (N, 2).
        extent: Part of the plane to show.
        name: Start of the titles.
    """
    limit = max(float(np.abs(frame['maps']).max()) for _, frame in frames) or 1.0
    maps = NeuronMaps(len(frames[0][1]['maps']), extent, inputs=inputs, limit=limit)
    animation = _animation(frames, name, 'neurons')
    for caption, frame in frames:
        title = f'{name}, {caption}: activation of the last hidden neurons'
        maps.update(frame['maps'], title=title)
        animation.add(maps.figure, caption)
    return animation


def animate_hidden_space(
    frames: Captioned, labels: Array, *, classes: Sequence[str], name: str = ''
) -> Animation:
    """Draw the hidden space, with the decision boundary at the same position in all frames.

    The first axis of each frame is the distance from its own boundary, so the points move and the
    boundary does not. The second axis is taken from the last frame, so that no frame jumps.

    Args:
        frames: Of each frame 'hidden', (N, units), and optionally 'weight' (units,) and 'bias' ()
            of the boundary.
        labels: Classes of the samples, (N,).
        classes: Class names.
        name: Start of the titles.
    """
    boundaries = [
        (frame['weight'], float(frame['bias'])) if 'weight' in frame else None
        for _, frame in frames
    ]
    last = fit_projection(frames[-1][1]['hidden'], boundaries[-1])
    planes = [last.facing(boundary) for boundary in boundaries]
    moments = [
        (*shown, plane, at) for shown, plane, at in zip(frames, planes, boundaries, strict=True)
    ]
    everywhere = np.concatenate([plane(frame['hidden']) for _, frame, plane, _ in moments])
    space = HiddenSpace(
        labels,
        plane_extent(everywhere, margin=0.08),
        classes=classes,
        bounded=any(boundary is not None for boundary in boundaries),
        shares_on_axes=False,
    )
    animation = _animation(frames, name, 'hidden space')
    for caption, frame, plane, boundary in moments:
        title = f'{name}, {caption}: space of the last hidden layer'
        space.update(frame['hidden'], plane, boundary=boundary, title=title)
        animation.add(space.figure, caption)
    return animation


def animate_weights(frames: Captioned, *, name: str = '') -> Animation:
    """Draw the weights of the first layer in each frame, on one colour scale.

    Args:
        frames: Of each frame 'weights', (K, C, H, W).
        name: Start of the titles.
    """
    limit = max(float(np.abs(frame['weights']).max()) for _, frame in frames) or 1.0
    images = WeightImages(frames[0][1]['weights'].shape, limit=limit)
    animation = _animation(frames, name, 'weights')
    for caption, frame in frames:
        images.update(frame['weights'], title=f'{name}, {caption}: weights of the first layer')
        animation.add(images.figure, caption)
    return animation


def animate_heat_maps(
    frames: Captioned, image: Array, names: Sequence[str], *, name: str = ''
) -> Animation:
    """Draw the heat maps of one image in each frame, on the scale from 0 to 1.

    Args:
        frames: Of each frame 'maps', (K, h, w).
        image: The image, (C, H, W).
        names: Name of each map.
        name: Start of the titles.
    """
    shown = HeatMaps(image, names)
    animation = _animation(frames, name, 'heat maps')
    for caption, frame in frames:
        shown.update(frame['maps'], title=f'{name}, {caption}: heat maps of one image')
        animation.add(shown.figure, caption)
    return animation


def _animation(frames: Captioned, name: str, what: str) -> Animation:
    return Animation(max(len(frames), 2), title=f'{name}: {what}')
