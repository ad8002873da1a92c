"""Perceptron on digits: ten linear scores, and a rule that learns from mistakes alone."""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/schedules/perceptron.py',
    '../_base_/default_runtime.py',
]

model = dict(type='Perceptron', in_features=64, num_classes=10)
