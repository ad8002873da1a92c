"""Squared error on two moons: penalises samples far on the right side, too.

Run:     python tools/train.py configs/perceptron/loss_squared.py
Measured: 86.2 % test accuracy (mean; 86.2 to 86.2), 100 epochs, seeds 0-4, 0.8 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/sgd.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(init='zeros', loss=dict(type='SquaredErrorLoss')))
expect = [dict(metric='test/accuracy/top1', op='>=', value=80.0)]
