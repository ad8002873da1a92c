from __future__ import annotations

from drawn import draw_only

from mmlesson.visualization.figures import layers


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
    names = list(every)
    shown = [names[0], names[(len(names) - 1) // 2], names[-1]]
    assert len(names) > 3
    assert f'feature maps, 3 of {len(names)} layers' in figure.get_suptitle().replace('\n', ' ')
    labels = [axes.get_ylabel().split('\n')[0] for axes in figure.axes]
    assert [label for label in labels if label] == ['input', *shown]
