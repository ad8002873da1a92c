"""Training hooks: checkpoints, early stopping, progress and figures."""

from mmlesson.engine.hooks.checkpoint_hook import LessonCheckpointHook
from mmlesson.engine.hooks.convergence_hook import ConvergenceHook
from mmlesson.engine.hooks.early_stopping_hook import EarlyStoppingHook
from mmlesson.engine.hooks.overfit_hook import OverfitHook
from mmlesson.engine.hooks.perceptron_hook import PerceptronHook
from mmlesson.engine.hooks.prediction_hook import PredictionHook
from mmlesson.engine.hooks.progress_hook import ProgressHook
from mmlesson.engine.hooks.status_hook import StatusHook
from mmlesson.engine.hooks.visualization_hook import VisualizationHook

__all__ = [
    'ConvergenceHook',
    'EarlyStoppingHook',
    'LessonCheckpointHook',
    'OverfitHook',
    'PerceptronHook',
    'PredictionHook',
    'ProgressHook',
    'StatusHook',
    'VisualizationHook',
]
