"""Animations of a run: frames recorded during training, drawn on fixed axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlesson import visualization as draw
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError
from mmlesson.visualization.figures.frames import FOLDER, FrameStore, Snapshot
from mmlesson.visualization.figures.input_space import GRID, last_hidden, plane_of
from mmlesson.visualization.figures.layers import first_images

NEURON_GRID = 60
HIDDEN_SAMPLES = 500
MAX_KERNELS = 25_000  # weights of a first layer; more would be seen as noise

Captioned = Sequence[tuple[str, Snapshot]]
"""A caption, such as 'epoch 3', and what the model did then."""


@dataclass(frozen=True)
class FilmKind:
    """How one film is made.

    Args:
        take: Gives what one frame needs; cheap, since it is called while training.
        draw: Draws all frames, at the same scale.
    """

    take: Callable[[FigureContext], Snapshot]
    draw: Callable[[FigureContext, Captioned], draw.Film]


def _take_regions(context: FigureContext) -> Snapshot:
    context.require_2d_inputs()
    grid = observe.probabilities(context.model, draw.plane_grid(plane_of(context), GRID))
    taken = {'grid': grid.astype(np.float16), 'train': context.predicted('train')}
    if 'val' in context.splits:
        taken['val'] = context.predicted('val')
    if context.linear is not None:
        taken['weight'], taken['bias'] = context.linear
    return taken


def _draw_regions(context: FigureContext, snapshots: Captioned) -> draw.Film:
    regions = draw.DecisionRegions(
        **context.points,
        num_classes=snapshots[0][1]['grid'].shape[1],
        classes=context.class_names,
        extent=plane_of(context),
    )
    film = draw.Film(max(len(snapshots), 2))
    for caption, shot in snapshots:
        regions.update(
            shot['grid'].astype(np.float32).reshape(GRID, GRID, -1),
            shot['train'],
            shot.get('val'),
            linear=(shot['weight'], shot['bias']) if 'weight' in shot else None,
            title=f'{context.name}, {caption}: decision regions',
        )
        film.add(regions.figure, caption)
    return film


def _take_neurons(context: FigureContext) -> Snapshot:
    context.require_2d_inputs()
    layers = observe.hidden_layers(context.model, draw.plane_grid(plane_of(context), NEURON_GRID))
    if not layers:
        raise NotApplicableError('the model has no hidden layer')
    return {'maps': layers[-1].T.reshape(-1, NEURON_GRID, NEURON_GRID)}


def _draw_neurons(context: FigureContext, snapshots: Captioned) -> draw.Film:
    limit = max(float(np.abs(shot['maps']).max()) for _, shot in snapshots) or 1.0
    maps = draw.NeuronMaps(
        len(snapshots[0][1]['maps']), plane_of(context), inputs=context.train.inputs, limit=limit
    )
    film = draw.Film(max(len(snapshots), 2))
    for caption, shot in snapshots:
        maps.update(
            shot['maps'], title=f'{context.name}, {caption}: what the last hidden neurons see'
        )
        film.add(maps.figure, caption)
    return film


def _take_hidden(context: FigureContext) -> Snapshot:
    taken = {'hidden': last_hidden(context)[:HIDDEN_SAMPLES]}
    boundary = observe.last_boundary(context.model, context.train.inputs[:HIDDEN_SAMPLES])
    if boundary is not None:
        taken['weight'], taken['bias'] = boundary[0], np.array(boundary[1])
    return taken


def _draw_hidden(context: FigureContext, snapshots: Captioned) -> draw.Film:
    """Each frame faces its own boundary, which so stands still, and the points cross it.

    Within the boundary the view is the last frame's throughout: only that axis which the boundary
    gives is turned from frame to frame, so that nothing jumps.
    """
    boundaries = [
        (shot['weight'], float(shot['bias'])) if 'weight' in shot else None for _, shot in snapshots
    ]
    last = draw.fit_projection(snapshots[-1][1]['hidden'], boundaries[-1])
    planes = [last.facing(boundary) for boundary in boundaries]
    moments = [
        (*one, plane, at) for one, plane, at in zip(snapshots, planes, boundaries, strict=True)
    ]
    everywhere = np.concatenate([plane(shot['hidden']) for _, shot, plane, _ in moments])
    space = draw.HiddenSpace(
        context.train.labels[:HIDDEN_SAMPLES],
        draw.plane_extent(everywhere, margin=0.08),
        classes=context.class_names,
        bounded=any(boundary is not None for boundary in boundaries),
    )
    film = draw.Film(max(len(snapshots), 2))
    for caption, shot, plane, boundary in moments:
        title = f'{context.name}, {caption}: space of the last hidden layer'
        space.update(shot['hidden'], plane, boundary=boundary, title=title)
        film.add(space.figure, caption)
    return film


def _take_weights(context: FigureContext) -> Snapshot:
    images = first_images(context)
    if images.size > MAX_KERNELS:
        raise NotApplicableError(f'the first layer has {images.size} weights, over {MAX_KERNELS}')
    return {'weights': images.copy()}


def _draw_weights(context: FigureContext, snapshots: Captioned) -> draw.Film:
    limit = max(float(np.abs(shot['weights']).max()) for _, shot in snapshots) or 1.0
    images = draw.WeightImages(snapshots[0][1]['weights'].shape, limit=limit)
    film = draw.Film(max(len(snapshots), 2))
    for caption, shot in snapshots:
        title = f'{context.name}, {caption}: weights of the first layer'
        images.update(shot['weights'], title=title)
        film.add(images.figure, caption)
    return film


FILMS = {
    'decision_regions': FilmKind(_take_regions, _draw_regions),
    'neurons': FilmKind(_take_neurons, _draw_neurons),
    'hidden_space': FilmKind(_take_hidden, _draw_hidden),
    'weights': FilmKind(_take_weights, _draw_weights),
}
"""Every film by its name."""


def write_film(
    name: str,
    context: FigureContext,
    snapshots: Sequence[tuple[int, Snapshot]],
    folder: Path,
    formats: Iterable[str],
) -> list[Path]:
    """Draw a film and write it.

    Args:
        name: From `FILMS`.
        context: What the film is of.
        snapshots: Epochs (iterations), and what the model did then; at least one.
        folder: Where to; made if need be.
        formats: 'html', 'gif' or 'mp4'.

    Returns:
        The files written.
    """
    captioned = [(f'{context.step_label} {step}', shot) for step, shot in snapshots]
    film = FILMS[name].draw(context, captioned)
    written = []
    for kind in formats:
        file = folder / f'{name}_film.{kind}'
        if kind == 'html':
            film.save_html(file, title=f'{context.name}: {name.replace("_", " ")}')
        elif kind == 'gif':
            film.save_gif(file)
        elif not film.save_mp4(file):
            continue
        written.append(file)
    return written


def write_kept_films(
    context: FigureContext, folder: Path, formats: Sequence[str] = ('html', 'gif')
) -> Iterator[Path]:
    """Draw again each film whose snapshots a run has left, and yield the files written."""
    for name in FILMS:
        files = len(list((context.run / FOLDER / name).glob('*.npz')))
        if files > 1:
            shots = FrameStore(context.run, name, max_frames=files)
            yield from write_film(name, context, shots.items, folder, formats)
