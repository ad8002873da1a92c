"""Momentum: each step adds a share of the previous step.

Run:     python tools/train.py configs/perceptron/descent_momentum.py
Measured: 83.8 % test accuracy (mean; 83.8 to 83.8), 100 epochs, seeds 0-4, 0.6 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/sgd.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(bias=False, init='zeros'))
optim_wrapper = dict(optimizer=dict(lr=0.02, momentum=0.9))
expect = [dict(metric='train/loss', op='<=', value=0.36)]
