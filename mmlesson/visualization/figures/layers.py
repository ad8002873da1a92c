"""Figures of layers: weights, feature maps, saliency."""

from __future__ import annotations

from mmlesson import visualization as draw
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.context import (
    Array,
    FigureContext,
    Figures,
    NotApplicableError,
)


def weights(context: FigureContext) -> Figures:
    """Weights of a linear model or of the first layer, or kernels of a convolution."""
    images = first_images(context)
    is_linear = not observe.hidden_layers(context.model, context.train.inputs[:2])
    named = is_linear and len(images) == context.num_classes
    what = 'weights of each class' if named else 'weights of the first layer'
    figure = draw.draw_weights(
        images, classes=context.class_names if named else None, title=context.title(what)
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
    """Feature maps of each layer for one image."""
    image, about = _one_image(context)
    maps = observe.feature_maps(context.model, image)
    if not maps:
        raise NotApplicableError('no layer has feature maps')
    title = context.title(f'feature maps; {about}')
    return {'feature_maps': draw.draw_feature_maps(image, maps, title=title)}


def saliency(context: FigureContext) -> Figures:
    """Saliency map of one image: the pixels that the prediction depends on."""
    image, about = _one_image(context)
    maps = observe.saliency(context.model, image)
    if not maps:
        raise NotApplicableError('the prediction has no gradient')
    title = context.title(f'saliency; {about}')
    return {'saliency': draw.draw_saliency(image, maps, title=title)}


def _one_image(context: FigureContext) -> tuple[Array, str]:
    """Return the first image of the evaluation split, and a text that describes it."""
    context.require_images()
    split = context.eval_split
    names = draw.drawable_names(context.class_names, length=30)
    true, given = context.splits[split].labels[0], context.predicted(split)[0]
    about = f"{split} image of class '{names[true]}', predicted '{names[given]}'"
    return context.splits[split].inputs[0], about
