from .plots.animation import Animation
from .plots.confusion import draw_class_bars, draw_confusion_matrix
from .plots.convolution import animate_convolution, draw_convolution
from .plots.decision_regions import DecisionRegions, draw_decision_regions
from .plots.feature_histograms import draw_feature_histograms
from .plots.feature_maps import draw_feature_maps, draw_saliency
from .plots.films import (
    animate_heat_maps,
    animate_hidden_space,
    animate_neurons,
    animate_regions,
    animate_weights,
)
from .plots.final_point import FinalPoint
from .plots.fonts import drawable_names
from .plots.functions import draw_activations, draw_losses
from .plots.heat_maps import HeatMaps, draw_heat_maps
from .plots.hidden_space import (
    HiddenSpace,
    draw_hidden_space,
    draw_points,
)
from .plots.image_predictions import (
    draw_mistakes,
    draw_predictions,
    draw_samples,
    draw_successes,
    most_confident_mistakes,
)
from .plots.layer_norms import draw_dead_units, draw_layer_norms
from .plots.learning_curves import (
    draw_learning_curves,
    draw_run_comparison,
)
from .plots.loss_paths import animate_loss_paths, draw_loss_paths
from .plots.loss_surface import draw_loss_surface
from .plots.network import draw_network
from .plots.neurons import NeuronMaps, draw_neurons
from .plots.overlaps import draw_iou_histogram, draw_precision_recall
from .plots.perceptron import (
    draw_perceptron_lines,
    draw_perceptron_mistakes,
)
from .plots.perceptron_updates import (
    animate_perceptron_updates,
    draw_perceptron_updates,
)
from .plots.plane import plane_extent, plane_grid
from .plots.probabilities import draw_probabilities
from .plots.projection import Projection, fit_projection
from .plots.reliability import draw_reliability
from .plots.scenes import draw_scenes
from .plots.schedule import draw_schedule
from .plots.style import class_colors, save_figure
from .plots.sweep import draw_sweep
from .plots.weights import WeightImages, draw_weights

__all__ = [
    'Animation',
    'DecisionRegions',
    'FinalPoint',
    'HeatMaps',
    'HiddenSpace',
    'NeuronMaps',
    'Projection',
    'WeightImages',
    'animate_convolution',
    'animate_heat_maps',
    'animate_hidden_space',
    'animate_loss_paths',
    'animate_neurons',
    'animate_perceptron_updates',
    'animate_regions',
    'animate_weights',
    'class_colors',
    'draw_activations',
    'draw_class_bars',
    'draw_confusion_matrix',
    'draw_convolution',
    'draw_dead_units',
    'draw_decision_regions',
    'draw_feature_histograms',
    'draw_feature_maps',
    'draw_heat_maps',
    'draw_hidden_space',
    'draw_iou_histogram',
    'draw_layer_norms',
    'draw_learning_curves',
    'draw_loss_paths',
    'draw_loss_surface',
    'draw_losses',
    'draw_mistakes',
    'draw_network',
    'draw_neurons',
    'draw_perceptron_lines',
    'draw_perceptron_mistakes',
    'draw_perceptron_updates',
    'draw_points',
    'draw_precision_recall',
    'draw_predictions',
    'draw_probabilities',
    'draw_reliability',
    'draw_run_comparison',
    'draw_saliency',
    'draw_samples',
    'draw_scenes',
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
