"""Animations of a run: frames recorded during training, drawn on fixed axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlesson import visualization as draw
from mmlesson.runs.side_file import warn
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError
from mmlesson.visualization.figures.frames import FOLDER, Frame, FrameStore
from mmlesson.visualization.figures.input_space import GRID, last_hidden, plane_of
from mmlesson.visualization.figures.layers import first_images

NEURON_GRID = 60
HIDDEN_SAMPLES = 500
MAX_KERNELS = 25_000  # weights of the first layer; more would look like noise

Captioned = Sequence[tuple[str, Frame]]
"""Pairs of a caption, such as 'epoch 3', and a frame."""


@dataclass(frozen=True)
class FilmKind:
    """Functions that make one animation.

    Args:
        take: Computes the arrays of one frame; must be cheap, since it runs during training.
        draw: Draws all frames, on the same scale.
    """

    take: Callable[[FigureContext], Frame]
    draw: Callable[[FigureContext, Captioned], draw.Animation]


def _take_regions(context: FigureContext) -> Frame:
    context.require_2d_inputs()
    grid = observe.probabilities(context.model, draw.plane_grid(plane_of(context), GRID))
    taken = {'grid': grid.astype(np.float16), 'train': context.predicted('train')}
    if 'val' in context.splits:
        taken['val'] = context.predicted('val')
    if context.linear is not None:
        taken['weight'], taken['bias'] = context.linear
    return taken


def _draw_regions(context: FigureContext, frames: Captioned) -> draw.Animation:
    regions = draw.DecisionRegions(
        **context.points,
        num_classes=frames[0][1]['grid'].shape[1],
        classes=context.class_names,
        extent=plane_of(context),
        shaded=context.has_probabilities,
    )
    animation = draw.Animation(max(len(frames), 2))
    for caption, frame in frames:
        regions.update(
            frame['grid'].astype(np.float32).reshape(GRID, GRID, -1),
            frame['train'],
            frame.get('val'),
            linear=(frame['weight'], frame['bias']) if 'weight' in frame else None,
            title=f'{context.name}, {caption}: decision regions',
        )
        animation.add(regions.figure, caption)
    return animation


def _take_neurons(context: FigureContext) -> Frame:
    context.require_2d_inputs()
    layers = observe.hidden_layers(context.model, draw.plane_grid(plane_of(context), NEURON_GRID))
    if not layers:
        raise NotApplicableError('the model has no hidden layer')
    return {'maps': layers[-1].T.reshape(-1, NEURON_GRID, NEURON_GRID)}


def _draw_neurons(context: FigureContext, frames: Captioned) -> draw.Animation:
    limit = max(float(np.abs(frame['maps']).max()) for _, frame in frames) or 1.0
    maps = draw.NeuronMaps(
        len(frames[0][1]['maps']), plane_of(context), inputs=context.train.inputs, limit=limit
    )
    animation = draw.Animation(max(len(frames), 2))
    for caption, frame in frames:
        maps.update(
            frame['maps'], title=f'{context.name}, {caption}: activation of the last hidden neurons'
        )
        animation.add(maps.figure, caption)
    return animation


def _take_hidden(context: FigureContext) -> Frame:
    taken = {'hidden': last_hidden(context)[:HIDDEN_SAMPLES]}
    boundary = observe.last_boundary(context.model, context.train.inputs[:HIDDEN_SAMPLES])
    if boundary is not None:
        taken['weight'], taken['bias'] = boundary[0], np.array(boundary[1])
    return taken


def _draw_hidden(context: FigureContext, frames: Captioned) -> draw.Animation:
    """Draw the hidden space, with the decision boundary at the same position in all frames.

    The first axis of each frame is the distance from its own boundary, so the points move and the
    boundary does not. The second axis is taken from the last frame, so that no frame jumps.
    """
    boundaries = [
        (frame['weight'], float(frame['bias'])) if 'weight' in frame else None
        for _, frame in frames
    ]
    last = draw.fit_projection(frames[-1][1]['hidden'], boundaries[-1])
    planes = [last.facing(boundary) for boundary in boundaries]
    moments = [
        (*shown, plane, at) for shown, plane, at in zip(frames, planes, boundaries, strict=True)
    ]
    everywhere = np.concatenate([plane(frame['hidden']) for _, frame, plane, _ in moments])
    space = draw.HiddenSpace(
        context.train.labels[:HIDDEN_SAMPLES],
        draw.plane_extent(everywhere, margin=0.08),
        classes=context.class_names,
        bounded=any(boundary is not None for boundary in boundaries),
    )
    animation = draw.Animation(max(len(frames), 2))
    for caption, frame, plane, boundary in moments:
        title = f'{context.name}, {caption}: space of the last hidden layer'
        space.update(frame['hidden'], plane, boundary=boundary, title=title)
        animation.add(space.figure, caption)
    return animation


def _take_weights(context: FigureContext) -> Frame:
    images = first_images(context)
    if images.size > MAX_KERNELS:
        raise NotApplicableError(f'the first layer has {images.size} weights, over {MAX_KERNELS}')
    return {'weights': images.copy()}


def _draw_weights(context: FigureContext, frames: Captioned) -> draw.Animation:
    limit = max(float(np.abs(frame['weights']).max()) for _, frame in frames) or 1.0
    images = draw.WeightImages(frames[0][1]['weights'].shape, limit=limit)
    animation = draw.Animation(max(len(frames), 2))
    for caption, frame in frames:
        title = f'{context.name}, {caption}: weights of the first layer'
        images.update(frame['weights'], title=title)
        animation.add(images.figure, caption)
    return animation


ANIMATIONS = {
    'decision_regions': FilmKind(_take_regions, _draw_regions),
    'neurons': FilmKind(_take_neurons, _draw_neurons),
    'hidden_space': FilmKind(_take_hidden, _draw_hidden),
    'weights': FilmKind(_take_weights, _draw_weights),
}
"""Animations by name."""


def write_animation(
    name: str,
    context: FigureContext,
    frames: Sequence[tuple[int, Frame]],
    folder: Path,
    formats: Iterable[str],
) -> list[Path]:
    """Draw an animation and write it to files.

    Args:
        name: Name of the animation, a key of `ANIMATIONS`.
        context: Model, data and records of the run.
        frames: Pairs of an epoch (or iteration) and its frame; at least one.
        folder: Output folder; created if it does not exist.
        formats: File formats: 'html', 'gif' or 'mp4'.

    Returns:
        The files written.
    """
    captioned = [(f'{context.step_label} {step}', frame) for step, frame in frames]
    animation = ANIMATIONS[name].draw(context, captioned)
    written = []
    for kind in formats:
        file = folder / f'{name}_film.{kind}'
        if kind == 'html':
            animation.save_html(file, title=f'{context.name}: {name.replace("_", " ")}')
        elif kind == 'gif':
            animation.save_gif(file)
        elif not animation.save_mp4(file):
            continue
        written.append(file)
    return written


def write_kept_animations(
    context: FigureContext, folder: Path, formats: Sequence[str] = ('html', 'gif')
) -> Iterator[Path]:
    """Redraw each animation whose frames are stored in a run, and yield the files written."""
    for name in ANIMATIONS:
        files = len(list((context.run / FOLDER / name).glob('*.npz')))
        if files > 1:
            frames = FrameStore(context.run, name, max_frames=files)
            try:
                frames.leave_out_others(ANIMATIONS[name].take(context))
            except NotApplicableError as err:
                warn(f'{context.run / FOLDER / name} is left out: {err}.')
                continue
            if len(frames) > 1:
                yield from write_animation(name, context, frames.items, folder, formats)
