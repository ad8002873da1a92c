"""MLP on two interleaved moons: a few nonlinear units make a curved boundary.

Run:     python tools/train.py configs/mlp/mlp_moons.py
Measured: 94.5 % test accuracy (mean; 92.5 to 95.0), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

expect = [dict(metric='test/accuracy/top1', op='>=', value=90.0)]
