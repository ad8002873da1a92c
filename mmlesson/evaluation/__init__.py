"""Metrics that mmpretrain does not have."""

from mmlesson.evaluation.calibration import CalibrationMetric
from mmlesson.evaluation.diagnosis import diagnose
from mmlesson.evaluation.loss_metric import LossMetric
from mmlesson.evaluation.probability_metric import ProbabilityMetric

__all__ = ['CalibrationMetric', 'LossMetric', 'ProbabilityMetric', 'diagnose']
