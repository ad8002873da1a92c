"""MLP on digits: one hidden layer, softmax, cross-entropy."""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/models/mlp.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]
