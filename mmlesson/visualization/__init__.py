"""Plots: functions from arrays to matplotlib figures."""

from mmlesson.visualization.plots.animation import Animation
from mmlesson.visualization.plots.confusion import draw_class_bars, draw_confusion_matrix
from mmlesson.visualization.plots.decision_regions import (
    DecisionRegions,
    draw_decision_regions,
    plane_extent,
    plane_grid,
)
from mmlesson.visualization.plots.feature_maps import draw_feature_maps, draw_saliency
from mmlesson.visualization.plots.fonts import drawable_names
from mmlesson.visualization.plots.hidden_space import HiddenSpace, draw_hidden_space, draw_points
from mmlesson.visualization.plots.image_predictions import (
    draw_mistakes,
    draw_predictions,
    draw_samples,
    draw_successes,
    most_confident_mistakes,
)
from mmlesson.visualization.plots.layer_norms import draw_dead_units, draw_layer_norms
from mmlesson.visualization.plots.learning_curves import (
    FinalPoint,
    draw_learning_curves,
    draw_run_comparison,
)
from mmlesson.visualization.plots.loss_surface import draw_loss_surface
from mmlesson.visualization.plots.neurons import NeuronMaps, draw_neurons
from mmlesson.visualization.plots.perceptron import draw_perceptron_lines, draw_perceptron_mistakes
from mmlesson.visualization.plots.projection import Projection, fit_projection
from mmlesson.visualization.plots.schedule import draw_schedule
from mmlesson.visualization.plots.style import class_colors, save_figure
from mmlesson.visualization.plots.sweep import draw_sweep
from mmlesson.visualization.plots.weights import WeightImages, draw_weights

__all__ = [
    'Animation',
    'DecisionRegions',
    'FinalPoint',
    'HiddenSpace',
    'NeuronMaps',
    'Projection',
    'WeightImages',
    'class_colors',
    'draw_class_bars',
    'draw_confusion_matrix',
    'draw_dead_units',
    'draw_decision_regions',
    'draw_feature_maps',
    'draw_hidden_space',
    'draw_layer_norms',
    'draw_learning_curves',
    'draw_loss_surface',
    'draw_mistakes',
    'draw_neurons',
    'draw_perceptron_lines',
    'draw_perceptron_mistakes',
    'draw_points',
    'draw_predictions',
    'draw_run_comparison',
    'draw_saliency',
    'draw_samples',
    'draw_schedule',
    'draw_successes',
    'draw_sweep',
    'draw_weights',
    'drawable_names',
    'fit_projection',
    'most_confident_mistakes',
    'plane_extent',
    'plane_grid',
    'save_figure',
]
