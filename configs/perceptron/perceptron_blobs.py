"""Perceptron on two clouds that a line separates: it stops making mistakes, provably."""

_base_ = [
    '../_base_/datasets/blobs.py',
    '../_base_/schedules/perceptron.py',
    '../_base_/default_runtime.py',
]

model = dict(type='Perceptron', in_features=2, num_classes=2)
