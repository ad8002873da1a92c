from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from mmlesson.visualization.figures.catalogue import FIGURES, draw_figures
from mmlesson.visualization.figures.context import NotApplicableError

ALWAYS = {'learning_curves', 'confusion_matrix', 'layer_norms', 'reliability'}
WHERE_TRUE = {'class_bars', 'mistakes', 'dead_units'}
"""Left out of a run without mistakes or dead units, which depends on its last digits."""
PLANE = {'decision_regions', 'loss_surface'}
HIDDEN = {'neurons', 'hidden_space'}
PICTURES = {'weights', 'saliency', 'loss_surface'}
EXPECTED = {
    'perceptron/perceptron_blobs.py': ALWAYS - {'reliability'}
    | {'decision_regions', 'perceptron_lines', 'perceptron_mistakes'},
    'perceptron/perceptron_digits.py': ALWAYS - {'reliability'}
    | {'weights', 'saliency', 'perceptron_mistakes'},
    'perceptron/descent_adam.py': ALWAYS | PLANE,
    'mlp/softmax_blobs.py': ALWAYS | PLANE,
    'mlp/mlp_moons.py': ALWAYS | PLANE | HIDDEN,
    'mlp/mlp_digits.py': ALWAYS | PICTURES | {'hidden_space'},
    'mlp/mlp_backprop.py': ALWAYS | PICTURES,  # one module: nothing to look into
    'cnn/cnn_digits.py': ALWAYS | PICTURES | {'hidden_space', 'feature_maps'},
}
FEW = {'mlp/mlp_backprop.py': {'model__backbone__hidden_sizes': (9,)}}
"""Options of a lesson, for which 64 images of weights would take most of the time."""


@pytest.mark.parametrize('lesson', EXPECTED)
def test_figures_that_fit_a_lesson_are_drawn_and_not_blank(finished, lesson):
    drawn = {}
    for name, result in draw_figures(finished(lesson, **FEW.get(lesson, {})), FIGURES):
        if isinstance(result, str):
            continue
        drawn[name] = result
        for drawing in result.values():
            one = drawing.draw()
            one.set_dpi(40)
            canvas = FigureCanvasAgg(one)
            canvas.draw()
            assert np.asarray(canvas.buffer_rgba())[..., :3].std() > 5, f'{name} is blank'
            assert one.get_suptitle()
    assert set(drawn) - WHERE_TRUE == EXPECTED[lesson]


@pytest.mark.parametrize('name', ['neurons', 'saliency', 'weights', 'perceptron_mistakes'])
def test_figure_that_does_not_apply_is_explained(finished, name):
    one = finished('perceptron/linear_blobs.py')
    with pytest.raises(NotApplicableError) as raised:
        FIGURES[name](one)
    assert len(str(raised.value)) > 15
