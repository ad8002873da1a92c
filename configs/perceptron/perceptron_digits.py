"""Perceptron on digits: ten linear scores, updated only after mistakes.

Run:     python tools/train.py configs/perceptron/perceptron_digits.py
Measured: 95.7 % test accuracy (mean; 95.0 to 96.4), 49-67 epochs, seeds 0-4, 0.3 s
"""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/schedules/perceptron.py',
    '../_base_/default_runtime.py',
]

model = dict(type='Perceptron', in_features=64, num_classes=10)
expect = [dict(metric='test/accuracy/top1', op='>=', value=94.0, over='mean')]
