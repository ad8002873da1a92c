"""Models: backbones, heads, losses, the classifier and the perceptron."""

from mmlesson.models.backbones import CNN, MLP
from mmlesson.models.classifier import Classifier
from mmlesson.models.heads import BinaryHead, ClassificationHead
from mmlesson.models.losses import CrossEntropyLoss, HingeLoss, PerceptronLoss, SquaredErrorLoss
from mmlesson.models.manual_mlp import MLPByHand
from mmlesson.models.perceptron import Perceptron
from mmlesson.models.preprocessor import LessonPreprocessor
from mmlesson.models.tta import FlipTTA
from mmlesson.models.vision import (
    BoxHead,
    CenterHead,
    FeatureMaps,
    HeatmapHead,
    PixelHead,
    TaskHead,
    TaskModel,
)

__all__ = [
    'CNN',
    'MLP',
    'BinaryHead',
    'BoxHead',
    'CenterHead',
    'ClassificationHead',
    'Classifier',
    'CrossEntropyLoss',
    'FeatureMaps',
    'FlipTTA',
    'HeatmapHead',
    'HingeLoss',
    'LessonPreprocessor',
    'MLPByHand',
    'Perceptron',
    'PerceptronLoss',
    'PixelHead',
    'SquaredErrorLoss',
    'TaskHead',
    'TaskModel',
]
