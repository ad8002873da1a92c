"""Models: backbones, heads, losses, the classifier and the perceptron."""

from mmlesson.models.backbones import CNN, MLP
from mmlesson.models.batch_augment import Affine, Crop, Elastic, Erasing, Flip, Rotation, Shift
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
    InstanceHead,
    PixelHead,
    TaskHead,
    TaskModel,
)

__all__ = [
    'CNN',
    'MLP',
    'Affine',
    'BinaryHead',
    'BoxHead',
    'CenterHead',
    'ClassificationHead',
    'Classifier',
    'Crop',
    'CrossEntropyLoss',
    'Elastic',
    'Erasing',
    'FeatureMaps',
    'Flip',
    'FlipTTA',
    'HeatmapHead',
    'HingeLoss',
    'InstanceHead',
    'LessonPreprocessor',
    'MLPByHand',
    'Perceptron',
    'PerceptronLoss',
    'PixelHead',
    'Rotation',
    'Shift',
    'SquaredErrorLoss',
    'TaskHead',
    'TaskModel',
]
