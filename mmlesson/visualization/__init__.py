"""Drawings: plain functions from arrays to matplotlib figures."""

from mmlesson.visualization.predictions import draw_predictions

__all__ = ['draw_predictions']
