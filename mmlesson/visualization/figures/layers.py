"""Figures of layers: weights, feature maps, saliency."""

from __future__ import annotations

from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)
from mmlesson.visualization.figures.layer_names import is_normalisation, layer_names

MAX_LAYERS = 10
"""Layers whose feature maps are drawn; of more, evenly spaced ones."""


def weights(context: FigureContext) -> Figures:
    """Weights of a linear model or of the first layer, or kernels of a convolution."""
    images = first_images(context)
    is_linear = not observe.hidden_layers(context.model, context.train.inputs[:2])
    named = is_linear and len(images) == context.num_classes
    what = 'weights of each class' if named else 'weights of the first layer'
    figure = Drawing(
        'draw_weights',
        images,
        classes=context.class_names if named else None,
        title=context.title(what),
    )
    return {'weights': figure}


def first_images(context: FigureContext) -> Array:
    """Return the first layer's weights as images, (K, C, H, W)."""
    context.require_images()
    images = observe.first_weights(context.model, context.input_shape)
    if images is None:
        raise NotApplicableError('the weights of the first layer do not have the shape of an image')
    return images


def feature_maps(context: FigureContext) -> Figures:
    """Feature maps of each layer for one image; normalised ones look like those before."""
    about = _first_image_text(context)
    maps = observe.feature_maps(context.model, context.splits[context.eval_split].inputs[0])
    if not maps:
        raise NotApplicableError('no layer has feature maps')
    names = [name for name in maps if not is_normalisation(context.model, name)] or list(maps)
    count = min(len(names), MAX_LAYERS)
    shown = [names[(place * (len(names) - 1)) // max(count - 1, 1)] for place in range(count)]
    part = f', {count} of {len(names)} layers' if count < len(names) else ''
    title = context.title(f'feature maps{part}; {about}')
    image = context.images(context.eval_split)[0]
    readable = layer_names(context.model)
    layers = {readable.get(name, name): maps[name] for name in shown}
    return {'feature_maps': Drawing('draw_feature_maps', image, layers, title=title)}


def saliency(context: FigureContext) -> Figures:
    """Saliency map of one image: the pixels that the prediction depends on."""
    context.require_classes()
    about = _first_image_text(context)
    maps = observe.saliency(context.model, context.splits[context.eval_split].inputs[0])
    if not maps:
        raise NotApplicableError('the prediction has no gradient')
    title = context.title(f'saliency; {about}')
    image = context.images(context.eval_split)[0]
    return {'saliency': Drawing('draw_saliency', image, maps, title=title)}


def _first_image_text(context: FigureContext) -> str:
    """Return a text that describes the first image of the evaluation split."""
    context.require_images()
    split = context.eval_split
    if not context.task.has_classes:
        return f'first {split} image'
    names = [name if len(name) <= 30 else f'{name[:29]}…' for name in context.class_names]
    true, given = context.splits[split].labels[0], context.predicted(split)[0]
    return f"{split} image of class '{names[true]}', predicted '{names[given]}'"
