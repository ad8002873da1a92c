"""Underfitting: a linear model is too small for two rings.

Run:     python tools/train.py configs/mlp/fit_under.py
Measured: 48.1 % test accuracy (mean; 46.9 to 49.4), verdicts underfit, 100 epochs, seeds 0-4, 0.4
          s
"""

_base_ = [
    '../_base_/datasets/circles_noisy.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(), activation='ReLU'))
expect = [
    dict(metric='diagnosis/verdict', op='==', value='underfit', over=0.9),
]
