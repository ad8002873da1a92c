"""MLP on XOR: one hidden layer separates what no line can."""

_base_ = [
    '../_base_/datasets/xor.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]
