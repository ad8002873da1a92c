"""Metrics that mmpretrain does not have."""

from mmlesson.evaluation.loss_metric import LossMetric

__all__ = ['LossMetric']
