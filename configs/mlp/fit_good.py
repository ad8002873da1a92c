"""A model of the right size: training and validation loss fall together.

Run:     python tools/train.py configs/mlp/fit_good.py
Measured: 85.4 % test accuracy (mean; 83.8 to 88.8), verdicts good, 100 epochs, seeds 0-4, 0.4 s
"""

_base_ = [
    '../_base_/datasets/circles_noisy.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(8,), activation='ReLU'))
expect = [
    dict(metric='diagnosis/verdict', op='==', value='good', over=0.9),
]
