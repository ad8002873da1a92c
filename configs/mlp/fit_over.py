"""Overfitting: a model too large for 120 noisy points fits the noise.

Run:     python tools/train.py configs/mlp/fit_over.py
Measured: 84.4 % test accuracy (mean; 82.5 to 85.6), verdicts overfit, 100 epochs, seeds 0-4, 0.6
          s
"""

_base_ = [
    '../_base_/datasets/circles_noisy.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(256, 256), activation='ReLU'))
expect = [
    dict(metric='diagnosis/verdict', op='==', value='overfit', over=0.9),
]
