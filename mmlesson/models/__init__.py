"""Models: what is trained. They know data as batches, and nothing of the runner."""

from mmlesson.models.backbones import CNN, MLP
from mmlesson.models.classifier import Classifier
from mmlesson.models.heads import ClassificationHead
from mmlesson.models.losses import CrossEntropyLoss
from mmlesson.models.perceptron import Perceptron
from mmlesson.models.preprocessor import LessonPreprocessor
from mmlesson.models.tta import FlipTTA

__all__ = [
    'CNN',
    'MLP',
    'ClassificationHead',
    'Classifier',
    'CrossEntropyLoss',
    'FlipTTA',
    'LessonPreprocessor',
    'Perceptron',
]
