from __future__ import annotations

from mmlesson.visualization.figures import layers


def test_names_in_titles_are_cut_and_drawable(finished):
    one = finished('mlp/mlp_digits.py')
    one.classes = tuple(f'\u0bf5 {digit}' if digit else 'n' * 99 for digit in range(10))
    (figure,) = layers.saliency(one).values()
    title = figure.get_suptitle()
    assert 'n' * 31 not in title
    assert '\u0bf5' not in title
