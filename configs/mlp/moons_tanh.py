"""Tanh units on moons: smooth steps from -1 to 1.

Run:     python tools/train.py configs/mlp/moons_tanh.py
Measured: 95.0 % test accuracy (mean; 95.0 to 95.0), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(16,), activation='Tanh'))
expect = [dict(metric='test/accuracy/top1', op='>=', value=5.0, lesson='mlp/moons_linear.py')]
