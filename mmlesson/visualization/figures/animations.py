"""Animations of a run, from frames that are recorded during training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmlesson.runs.side_file import warn
from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError
from mmlesson.visualization.figures.frames import FOLDER, Frame, FrameStore
from mmlesson.visualization.figures.input_space import last_hidden, plane_of
from mmlesson.visualization.figures.layers import first_images
from mmlesson.visualization.figures.vision import followed_split, map_names, maps_of
from mmlesson.visualization.plots.plane import plane_grid

REGION_GRID = 128  # cells along each side, three pixels each
NEURON_GRID = 60
MAX_DRAWN = 16  # frames of a film: each takes 50 ms, and most of training changes little
HIDDEN_SAMPLES = 500
MAX_KERNELS = 25_000  # weights of the first layer; more would look like noise

Captioned = Sequence[tuple[str, Frame]]
"""Pairs of a caption, such as 'epoch 3', and a frame."""


@dataclass(frozen=True)
class FilmKind:
    """Functions that make one animation.

    Args:
        take: Computes the arrays of one frame; must be cheap, since it runs during training.
        drawing: Returns the drawing of all frames, on the same scale.
    """

    take: Callable[[FigureContext], Frame]
    drawing: Callable[[FigureContext, Captioned], Drawing]


def _take_regions(context: FigureContext) -> Frame:
    context.require_2d_inputs()
    grid = observe.probabilities(context.model, plane_grid(plane_of(context), REGION_GRID))
    taken = {'grid': grid.astype(np.float16), 'train': context.predicted('train')}
    if 'val' in context.splits:
        taken['val'] = context.predicted('val')
    if context.linear is not None:
        taken['weight'], taken['bias'] = context.linear
    return taken


def _draw_regions(context: FigureContext, frames: Captioned) -> Drawing:
    return Drawing(
        'animate_regions',
        frames,
        context.points,
        plane_of(context),
        classes=context.class_names,
        shaded=context.has_probabilities,
        name=context.name,
    )


def _take_neurons(context: FigureContext) -> Frame:
    context.require_2d_inputs()
    layers = observe.hidden_layers(context.model, plane_grid(plane_of(context), NEURON_GRID))
    if not layers:
        raise NotApplicableError('the model has no hidden layer')
    return {'maps': layers[-1].T.reshape(-1, NEURON_GRID, NEURON_GRID)}


def _draw_neurons(context: FigureContext, frames: Captioned) -> Drawing:
    inputs, extent = context.train.inputs, plane_of(context)
    return Drawing('animate_neurons', frames, inputs, extent, name=context.name)


def _take_hidden(context: FigureContext) -> Frame:
    taken = {'hidden': last_hidden(context)[:HIDDEN_SAMPLES]}
    boundary = observe.last_boundary(context.model, context.train.inputs[:HIDDEN_SAMPLES])
    if boundary is not None:
        taken['weight'], taken['bias'] = boundary[0], np.array(boundary[1])
    return taken


def _draw_hidden(context: FigureContext, frames: Captioned) -> Drawing:
    labels = context.train.labels[:HIDDEN_SAMPLES]
    names = context.class_names
    return Drawing('animate_hidden_space', frames, labels, classes=names, name=context.name)


def _take_weights(context: FigureContext) -> Frame:
    images = first_images(context)
    if images.size > MAX_KERNELS:
        raise NotApplicableError(f'the first layer has {images.size} weights, over {MAX_KERNELS}')
    return {'weights': images.copy()}


def _draw_weights(context: FigureContext, frames: Captioned) -> Drawing:
    return Drawing('animate_weights', frames, name=context.name)


def _take_heat_maps(context: FigureContext) -> Frame:
    return {'maps': maps_of(context, followed_split(context)).astype(np.float16)}


def _draw_heat_maps(context: FigureContext, frames: Captioned) -> Drawing:
    image = context.images(followed_split(context))[0]
    names = map_names(context, len(frames[0][1]['maps']))
    return Drawing('animate_heat_maps', frames, image, names, name=context.name)


ANIMATIONS = {
    'decision_regions': FilmKind(_take_regions, _draw_regions),
    'neurons': FilmKind(_take_neurons, _draw_neurons),
    'hidden_space': FilmKind(_take_hidden, _draw_hidden),
    'weights': FilmKind(_take_weights, _draw_weights),
    'heat_maps': FilmKind(_take_heat_maps, _draw_heat_maps),
}
"""Animations by name."""


def draw_animation(
    name: str, context: FigureContext, frames: Sequence[tuple[int, Frame]]
) -> Drawing:
    """Return the drawing of an animation.

    Args:
        name: Name of the animation, a key of `ANIMATIONS`.
        context: Model, data and records of the run.
        frames: Pairs of an epoch (or iteration) and its frame; at least one.
    """
    shown = [frames[place] for place in evenly_changing([frame for _, frame in frames])]
    captioned = [(f'{context.step_label} {step}', frame) for step, frame in shown]
    return ANIMATIONS[name].drawing(context, captioned)


def evenly_changing(frames: Sequence[Frame], most: int = MAX_DRAWN) -> list[int]:
    """Return the places of up to ``most`` frames between which about equally much changes.

    The change between two frames is the mean absolute difference of each array, relative to its
    standard deviation over all frames, summed over the arrays. First and last are always included.

    Args:
        frames: Frames with arrays of the same names and shapes, in order.
        most: Maximum number of places, at least 2.
    """
    if len(frames) <= most:
        return list(range(len(frames)))
    change = np.zeros(len(frames))
    for name in frames[0]:
        values = np.stack([frame[name].ravel() for frame in frames]).astype(np.float64)
        change[1:] += np.abs(np.diff(values, axis=0)).mean(1) / max(float(values.std()), 1e-12)
    travelled = change.cumsum()
    stops = np.linspace(0, travelled[-1], most)
    places = np.abs(travelled[:, None] - stops).argmin(0)
    return sorted({*places.tolist(), 0, len(frames) - 1})


def kept_animations(context: FigureContext) -> Iterator[tuple[str, Drawing]]:
    """Yield the name and the drawing of each animation whose frames are stored in a run."""
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
                yield name, draw_animation(name, context, frames.items)
