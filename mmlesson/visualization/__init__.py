"""Drawings: plain functions from arrays to matplotlib figures."""

from mmlesson.visualization.curves import draw_learning_curves, draw_run_comparison
from mmlesson.visualization.evaluation import draw_class_bars, draw_confusion_matrix
from mmlesson.visualization.feature_maps import draw_feature_maps, draw_saliency
from mmlesson.visualization.film import Film
from mmlesson.visualization.fonts import drawable_names
from mmlesson.visualization.hidden_space import HiddenSpace, draw_hidden_space, draw_points
from mmlesson.visualization.neurons import NeuronMaps, draw_neurons
from mmlesson.visualization.norms import draw_dead_units, draw_layer_norms
from mmlesson.visualization.perceptron_lines import draw_perceptron_lines, draw_perceptron_mistakes
from mmlesson.visualization.predictions import (
    draw_mistakes,
    draw_predictions,
    draw_samples,
    draw_successes,
    most_confident_mistakes,
)
from mmlesson.visualization.projection import Projection, fit_projection
from mmlesson.visualization.regions import (
    DecisionRegions,
    draw_decision_regions,
    plane_extent,
    plane_grid,
)
from mmlesson.visualization.schedule import draw_schedule
from mmlesson.visualization.style import class_colors, save_figure
from mmlesson.visualization.surface import draw_loss_surface
from mmlesson.visualization.sweep import draw_sweep
from mmlesson.visualization.weights import WeightImages, draw_weights

__all__ = [
    'DecisionRegions',
    'Film',
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
