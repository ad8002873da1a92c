"""Sigmoid units on circles: each is a smooth step along one direction.

Run:     python tools/train.py configs/mlp/circles_sigmoid.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/circles.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=(16,), activation='Sigmoid'))
optim_wrapper = dict(optimizer=dict(lr=0.05))  # sigmoids have small gradients: larger steps
expect = [dict(metric='test/accuracy/top1', op='>=', value=5.0, lesson='mlp/circles_linear.py')]
