"""Metrics that mmpretrain does not have."""

from mmlesson.evaluation.average_precision import BoxAP
from mmlesson.evaluation.calibration import CalibrationMetric
from mmlesson.evaluation.diagnosis import diagnose
from mmlesson.evaluation.localization_metric import LocalizationMetric
from mmlesson.evaluation.loss_metric import LossMetric
from mmlesson.evaluation.mean_iou import MeanIoU
from mmlesson.evaluation.pck import PCK
from mmlesson.evaluation.probability_metric import ProbabilityMetric

__all__ = [
    'PCK',
    'BoxAP',
    'CalibrationMetric',
    'LocalizationMetric',
    'LossMetric',
    'MeanIoU',
    'ProbabilityMetric',
    'diagnose',
]
