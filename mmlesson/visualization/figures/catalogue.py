"""The figures of a run: for each name what is read from the model and its records, and drawn.

The drawings themselves are plain functions from arrays, in `mmlesson.visualization`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch.nn.utils import vector_to_parameters

from mmlesson import visualization as draw
from mmlesson.errors import UserError
from mmlesson.runs.scalars import read_points
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import Array, FigureContext, NotApplicableError

Figures = dict[str, Figure]
GRID = 200  # cells along each side of the plane
SURFACE_SAMPLES = 256


def learning_curves(subject: FigureContext) -> Figures:
    """Training and validation loss and accuracy; also of a run that died."""
    points = _records(subject)
    curves: dict[str, dict[str, Any]] = {'loss': {}, 'accuracy/top1': {}}
    for metric, by_split in curves.items():
        for split in ('train', 'val'):
            found = [(at, one[metric]) for at, one in points[split] if metric in one]
            if found:
                steps, values = zip(*found, strict=True)
                by_split[split] = (steps, [np.nan if v is None else v for v in values])
    if not curves['loss']:
        raise NotApplicableError('no loss was recorded')
    stop = subject.stop or {}
    figure = draw.draw_learning_curves(
        curves['loss'],
        curves['accuracy/top1'],
        best_epoch=subject.best_epoch,
        stop_epoch=stop.get('epoch'),
        stop_reason=str(stop['reason']).replace('_', ' ') if stop else None,
        epoch_label=subject.step_label,
        title=f'{subject.name}: learning curves',
    )
    return {'learning_curves': figure}


def decision_regions(subject: FigureContext) -> Figures:
    """What the model says of every point of the plane."""
    subject.need_plane()
    extent = plane_of(subject)
    grid = observe.probabilities(subject.model, draw.plane_grid(extent, GRID))
    figure = draw.draw_decision_regions(
        grid.reshape(GRID, GRID, -1),
        **subject.points,
        predicted=subject.predicted('train'),
        val_predicted=subject.predicted('val') if 'val' in subject.splits else None,
        linear=subject.linear,
        classes=subject.class_names,
        extent=extent,
        title=subject.title('decision regions'),
    )
    return {'decision_regions': figure}


def plane_of(subject: FigureContext) -> tuple[float, float, float, float]:
    """Return the part of the plane in which the points lie."""
    known = [samples.inputs for name, samples in subject.splits.items() if name != 'test']
    return draw.plane_extent(np.concatenate(known))


def neurons(subject: FigureContext) -> Figures:
    """A map of the plane for each hidden neuron, a figure per hidden layer."""
    subject.need_plane()
    extent, size = plane_of(subject), GRID // 2
    layers = observe.hidden_layers(subject.model, draw.plane_grid(extent, size))
    if not layers:
        raise NotApplicableError('the model has no hidden layer')
    figures = {}
    for number, layer in enumerate(layers, 1):
        one = len(layers) == 1
        what = 'hidden neurons' if one else f'neurons of hidden layer {number}'
        figures['neurons' if one else f'neurons_{number}'] = draw.draw_neurons(
            layer.T.reshape(-1, size, size),
            extent,
            inputs=subject.train.inputs,
            title=subject.title(f'what the {what} see'),
        )
    return figures


def hidden_space(subject: FigureContext) -> Figures:
    """Where the last hidden layer puts the training samples."""
    hidden = last_hidden(subject)
    figure = draw.draw_hidden_space(
        hidden,
        subject.train.labels,
        boundary=observe.last_boundary(subject.model, subject.train.inputs),
        classes=subject.class_names,
        title=subject.title('space of the last hidden layer'),
    )
    return {'hidden_space': figure}


def last_hidden(subject: FigureContext) -> Array:
    """Return what the last hidden layer makes of the training samples, (N, units)."""
    hidden = observe.last_hidden_layer(subject.model, subject.train.inputs)
    if hidden is None:
        raise NotApplicableError('the model has no hidden layer')
    return hidden.reshape(len(hidden), -1)


def confusion_matrix(subject: FigureContext) -> Figures:
    """How often each class was taken for each."""
    figure = draw.draw_confusion_matrix(
        _confusion(subject),
        classes=subject.class_names,
        title=subject.title(f'confusion matrix, {subject.judged_text}'),
    )
    return {'confusion_matrix': figure}


def class_bars(subject: FigureContext) -> Figures:
    """How many of each class were found, and how many so called are of it."""
    figure = draw.draw_class_bars(
        _confusion(subject),
        classes=subject.class_names,
        title=subject.title(f'classes of the {subject.judged_text}'),
    )
    return {'class_bars': figure}


def _confusion(subject: FigureContext) -> Array:
    split = subject.judged
    matrix = np.zeros((subject.num_classes, subject.num_classes), dtype=np.int64)
    np.add.at(matrix, (subject.splits[split].labels, subject.predicted(split)), 1)
    return matrix


def mistakes(subject: FigureContext) -> Figures:
    """The pictures that the model got wrong, those it was surest of first."""
    subject.need_pictures()
    split = subject.judged
    figure = draw.draw_mistakes(
        subject.splits[split].inputs,
        subject.splits[split].labels,
        subject.predicted(split),
        subject.answers(split).max(1),
        subject.class_names,
        title=subject.title(f'most confident mistakes, {subject.judged_text}'),
    )
    return {'mistakes': figure}


def weights(subject: FigureContext) -> Figures:
    """The weights of a linear model or of the first layer, or the kernels of a convolution."""
    images = first_images(subject)
    is_linear = not observe.hidden_layers(subject.model, subject.train.inputs[:2])
    named = is_linear and len(images) == subject.num_classes
    what = 'weights of each class' if named else 'weights of the first layer'
    figure = draw.draw_weights(
        images, classes=subject.class_names if named else None, title=subject.title(what)
    )
    return {'weights': figure}


def first_images(subject: FigureContext) -> Array:
    """Return the first layer's weights as pictures, (K, C, H, W)."""
    subject.need_pictures()
    images = observe.first_weights(subject.model, subject.input_shape)
    if images is None:
        raise NotApplicableError('the first layer has no weights in the shape of a picture')
    return images


def feature_maps(subject: FigureContext) -> Figures:
    """One picture on its way through the layers."""
    image, about = _one_picture(subject)
    maps = observe.feature_maps(subject.model, image)
    if not maps:
        raise NotApplicableError('no layer gives maps')
    title = subject.title(f'feature maps; {about}')
    return {'feature_maps': draw.draw_feature_maps(image, maps, title=title)}


def saliency(subject: FigureContext) -> Figures:
    """Which places of one picture the answer hangs on."""
    image, about = _one_picture(subject)
    maps = observe.saliency(subject.model, image)
    if not maps:
        raise NotApplicableError('the answer has no gradient')
    title = subject.title(f'what the answer hangs on; {about}')
    return {'saliency': draw.draw_saliency(image, maps, title=title)}


def _one_picture(subject: FigureContext) -> tuple[Array, str]:
    """Return the first picture of the split that the model is judged by, and what it is."""
    subject.need_pictures()
    split = subject.judged
    names = draw.drawable_names(subject.class_names, length=30)
    true, given = subject.splits[split].labels[0], subject.predicted(split)[0]
    about = f"{split} picture of class '{names[true]}', taken for '{names[given]}'"
    return subject.splits[split].inputs[0], about


def layer_norms(subject: FigureContext) -> Figures:
    """Norms of gradients and weights per layer over time."""
    norms = {}
    for kind in ('gradient', 'weight'):  # a perceptron has no gradients
        try:
            noted = _over_time(subject, f'{kind}_norm/')
        except NotApplicableError:
            continue
        norms[f'{kind}_norms'] = draw.draw_layer_norms(
            *noted,
            quantity=f'{kind} norm (L2)',
            epoch_label=subject.step_label,
            title=f'{subject.name}: {kind} norm per layer',
        )
    if not norms:
        raise NotApplicableError('nothing of the kind was recorded')
    return norms


def dead_units(subject: FigureContext) -> Figures:
    """Units that say the same to every sample, over time."""
    figure = draw.draw_dead_units(
        *_over_time(subject, 'dead_units/'),
        epoch_label=subject.step_label,
        title=f'{subject.name}: dead units per layer',
    )
    return {'dead_units': figure}


def _over_time(subject: FigureContext, start: str) -> tuple[list[int], dict[str, list[float]]]:
    points = [(at, one) for at, one in _records(subject)['layers'] if any(map(_starts(start), one))]
    if not points:
        raise NotApplicableError('nothing of the kind was recorded')
    names = [name for name in points[-1][1] if name.startswith(start)]
    lines = {
        name.removeprefix(start): [one.get(name, np.nan) for _, one in points] for name in names
    }
    return [at for at, _ in points], lines


def _starts(start: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(start)


def perceptron_lines(subject: FigureContext) -> Figures:
    """The line of a two-class perceptron after each update."""
    subject.need_plane()
    file = subject.run / 'perceptron_updates.csv'
    if not file.is_file():
        raise NotApplicableError('no update of a perceptron was recorded (PerceptronHook does)')
    with file.open(encoding='utf-8', newline='') as lines:
        rows = list(csv.DictReader(lines))
    figure = draw.draw_perceptron_lines(
        subject.train.inputs,
        subject.train.labels,
        [[float(row['w1']), float(row['w2'])] for row in rows],
        [float(row['b']) for row in rows],
        classes=subject.class_names,
        title=f'{subject.name}: the line after each update',
    )
    return {'perceptron_lines': figure}


def perceptron_mistakes(subject: FigureContext) -> Figures:
    """Mistakes of a perceptron in each epoch, and their sum against Novikoff's bound."""
    found = [(at, one['mistakes']) for at, one in _records(subject)['train'] if 'mistakes' in one]
    if not found:
        raise NotApplicableError('the model is no perceptron')
    facts = subject.facts.get('perceptron') or {}
    figure = draw.draw_perceptron_mistakes(
        np.array([count for _, count in found]).astype(int),
        epochs=[at for at, _ in found],
        epoch_label=subject.step_label,
        bound=facts.get('bound'),
        title=f'{subject.name}: mistakes of the perceptron',
    )
    return {'perceptron_mistakes': figure}


def loss_surface(subject: FigureContext) -> Figures:
    """The training loss over the plane of the optimizer's path."""
    if subject.path is None or len(subject.path) < 2:
        raise NotApplicableError('the path of the weights was not recorded')
    path = subject.path.points
    plane = draw.fit_projection(path)
    coordinates = plane(path)
    extent = draw.plane_extent(coordinates, margin=0.3)
    size = 60 if plane.direct else 17
    cells = draw.plane_grid(extent, size).astype(float)
    losses = _losses(subject, plane.mean + cells @ plane.directions)
    names = _parameter_names(subject) if plane.direct else ['direction 1 of the path (PCA)'] * 2
    figure = draw.draw_loss_surface(
        losses.reshape(size, size),
        extent,
        coordinates,
        explained=None if plane.direct else float(plane.shares(path).sum()),
        x_label=names[0],
        y_label=names[1] if plane.direct else 'direction 2 of the path (PCA)',
        title=f'{subject.name}: loss surface',
    )
    return {'loss_surface': figure}


def _losses(subject: FigureContext, vectors: Array) -> Array:
    """Return the training loss at each vector of weights, (N,)."""
    model: Any = deepcopy(subject.model).eval()
    samples = subject.train
    batch = {
        'inputs': torch.from_numpy(samples.inputs[:SURFACE_SAMPLES]),
        'labels': torch.from_numpy(samples.labels[:SURFACE_SAMPLES]),
    }
    data = model.data_preprocessor(batch, False)
    dtype, device = next(model.parameters()).dtype, next(model.parameters()).device
    losses = []
    with torch.no_grad():
        for vector in vectors:
            vector_to_parameters(
                torch.as_tensor(vector, dtype=dtype, device=device), model.parameters()
            )
            losses.append(float(model(**data, mode='loss')['loss']))
    return np.array(losses)


def _parameter_names(subject: FigureContext) -> list[str]:
    names = [
        f'{name}{list(place) if len(place) else ""}'
        for name, parameter in subject.model.named_parameters()
        for place in np.ndindex(*parameter.shape)
    ]
    return [*names, 'nothing'][:2]


def _records(subject: FigureContext) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    try:
        return read_points(subject.run)
    except UserError as err:
        raise NotApplicableError('nothing was recorded') from err


FIGURES: dict[str, Callable[[FigureContext], Figures]] = {
    one.__name__: one
    for one in (
        *(learning_curves, decision_regions, neurons, hidden_space, confusion_matrix, class_bars),
        *(mistakes, weights, feature_maps, saliency, layer_norms, dead_units),
        *(perceptron_lines, perceptron_mistakes, loss_surface),
    )
}
"""Every figure by its name; a function may give several, or refuse by `NotApplicableError`."""


def draw_figures(
    subject: FigureContext,
    names: Iterable[str],
    catalogue: Mapping[str, Callable[[FigureContext], Figures]] = FIGURES,
) -> Iterator[tuple[str, Figures | str]]:
    """Draw figures one by one; for one that does not fit, the reason is given in its place."""
    for name in names:
        try:
            yield name, catalogue[name](subject)
        except NotApplicableError as err:
            yield name, str(err)
