"""Figures that a run leaves out, and that are drawn when they are asked for by name."""

from __future__ import annotations

from mmlesson import visualization as draw
from mmlesson.visualization.figures.catalogue import FIGURES, Figures, last_hidden
from mmlesson.visualization.figures.context import FigureContext, NotApplicableError

TSNE_SAMPLES = 1000  # it takes minutes for many more
PERPLEXITY = 30.0  # scikit-learn's own; how many neighbours a sample is kept close to


def successes(subject: FigureContext) -> Figures:
    """The pictures that the model got right, those it was least sure of first."""
    subject.need_pictures()
    split = subject.judged
    if not (subject.predicted(split) == subject.splits[split].labels).any():
        raise NotApplicableError('no picture is right')
    figure = draw.draw_successes(
        subject.splits[split].inputs,
        subject.splits[split].labels,
        subject.predicted(split),
        subject.answers(split).max(1),
        subject.class_names,
        title=subject.title(f'least confident successes, {split} split'),
    )
    return {'successes': figure}


def hidden_space_tsne(subject: FigureContext) -> Figures:
    """The space of the last hidden layer by t-SNE, which keeps who is near whom."""
    try:
        from sklearn.manifold import TSNE
    except ImportError as err:
        raise NotApplicableError('it needs scikit-learn: pip install scikit-learn') from err
    hidden = last_hidden(subject)[:TSNE_SAMPLES]
    perplexity = min(PERPLEXITY, (len(hidden) - 1) / 3)
    points = TSNE(perplexity=perplexity, init='pca', random_state=0).fit_transform(hidden)
    figure = draw.draw_points(
        points,
        subject.train.labels[:TSNE_SAMPLES],
        classes=subject.class_names,
        axis_labels=('near is alike; far tells nothing', ''),
        ticks=False,
        title=subject.title('space of the last hidden layer by t-SNE'),
    )
    return {'hidden_space_tsne': figure}


EXTRA_FIGURES = {one.__name__: one for one in (successes, hidden_space_tsne)}
ALL_FIGURES = {**FIGURES, **EXTRA_FIGURES}
