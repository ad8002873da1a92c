"""Names of the figures and animations that a run can draw, in the order of a report."""

FIGURE_NAMES = (
    *('learning_curves', 'decision_regions', 'neurons', 'hidden_space', 'confusion_matrix'),
    *(
        'class_bars',
        'reliability',
        'mistakes',
        'weights',
        'feature_maps',
        'saliency',
        'layer_norms',
    ),
    *('predictions', 'heat_maps', 'precision_recall', 'iou_histogram'),
    *('dead_units', 'perceptron_lines', 'perceptron_mistakes', 'loss_surface'),
)
ANIMATION_NAMES = ('decision_regions', 'neurons', 'hidden_space', 'weights', 'heat_maps')
