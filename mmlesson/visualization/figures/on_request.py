"""Figures that are drawn only on request."""

from __future__ import annotations

from collections.abc import Callable

from mmlesson.visualization.drawing import Drawing
from mmlesson.visualization.figures import probes as observe
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.context import FigureContext, Figures, NotApplicableError
from mmlesson.visualization.figures.convolution import convolution
from mmlesson.visualization.figures.evaluation import probabilities
from mmlesson.visualization.figures.functions import activations, losses
from mmlesson.visualization.figures.input_space import last_hidden
from mmlesson.visualization.figures.perceptron import perceptron_updates

TSNE_SAMPLES = 1000  # t-SNE takes minutes for many more
MOST_UNITS = 16  # of a layer of a network that is drawn unit by unit
PERPLEXITY = 30.0  # scikit-learn's default; about the number of neighbours considered


def successes(context: FigureContext) -> Figures:
    """Images that the model classified correctly, the least confident first."""
    context.require_images()
    split = context.eval_split
    if not (context.predicted(split) == context.splits[split].labels).any():
        raise NotApplicableError('no image is classified correctly')
    confidences = context.confidences(split)
    what = 'successes' if confidences is None else 'least confident successes'
    figure = Drawing(
        'draw_successes',
        context.images(split),
        context.splits[split].labels,
        context.predicted(split),
        confidences,
        context.class_names,
        title=context.title(f'{what}, {context.eval_split_text}'),
    )
    return {'successes': figure}


def hidden_space_tsne(context: FigureContext) -> Figures:
    """Space of the last hidden layer by t-SNE, which preserves neighbourhoods."""
    try:
        from sklearn.manifold import TSNE
    except ImportError as err:
        raise NotApplicableError('it needs scikit-learn: pip install scikit-learn') from err
    hidden = last_hidden(context)[:TSNE_SAMPLES]
    perplexity = min(PERPLEXITY, (len(hidden) - 1) / 3)
    points = TSNE(perplexity=perplexity, init='pca', random_state=0).fit_transform(hidden)
    figure = Drawing(
        'draw_points',
        points,
        context.train.labels[:TSNE_SAMPLES],
        classes=context.class_names,
        axis_labels=('nearby points are similar; large distances have no meaning', ''),
        ticks=False,
        title=context.title('space of the last hidden layer by t-SNE'),
    )
    return {'hidden_space_tsne': figure}


def network(context: FigureContext) -> Figures:
    """Diagram of a small network, with its weights and the activations of one sample."""
    split = context.eval_split
    found = observe.units_of(context.model, context.splits[split].inputs[0])
    if found is None or not found[0]:
        raise NotApplicableError('the model has layers that are not fully connected')
    weights, activations = found
    widest = max(map(len, activations))
    if widest > MOST_UNITS or len(weights[-1]) != len(activations[-1]):
        raise NotApplicableError(
            f'it needs at most {MOST_UNITS} units in a layer, and one output per class'
        )
    names = context.full_class_names
    true = names[int(context.splits[split].labels[0])]
    figure = Drawing(
        'draw_network',
        weights,
        activations,
        inputs=[f'x{number}' for number in range(1, len(activations[0]) + 1)],
        outputs=names,
        title=context.title(f'one {split} sample of {true}'),
    )
    return {'network': figure}


EXTRA_FIGURES: dict[str, Callable[[FigureContext], Figures]] = {
    function.__name__: function
    for function in (
        *(successes, hidden_space_tsne, network, activations, losses, probabilities),
        *(convolution, perceptron_updates),
    )
}
"""Figures by name; 'convolution' and 'perceptron_updates' come with a film."""

ALL_FIGURES = {**FIGURES, **EXTRA_FIGURES}
