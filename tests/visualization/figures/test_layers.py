from __future__ import annotations

from drawn import draw_only

from mmlesson.visualization.figures import layers

NORMS = ('backbone.stages.1', 'backbone.stages.5')  # after the first and second convolution


def test_names_in_titles_are_cut_and_drawable(finished):
    one = finished('mlp/mlp_digits.py')
    one.classes = tuple(f'\u0bf5 {digit}' if digit else 'n' * 99 for digit in range(10))
    figure = draw_only(layers.saliency(one))
    title = figure.get_suptitle()
    assert 'n' * 31 not in title
    assert '\u0bf5' not in title


def test_evenly_spaced_layers_of_a_deep_network_are_drawn(finished, monkeypatch):
    monkeypatch.setattr(layers, 'MAX_LAYERS', 3)
    context = finished('cnn/cnn_digits.py')
    figure = draw_only(layers.feature_maps(context))
    every = layers.observe.feature_maps(context.model, context.splits['test'].inputs[0])
    names = [name for name in every if name not in NORMS]
    assert len(names) == len(every) - len(NORMS)
    assert len(names) > 3
    assert f'feature maps, 3 of {len(names)} layers' in figure.get_suptitle().replace('\n', ' ')
    labels = [axes.get_ylabel().split('\n')[0] for axes in figure.axes]
    assert [label for label in labels if label] == ['input', 'conv 1', 'pool 1', 'pool 2']
