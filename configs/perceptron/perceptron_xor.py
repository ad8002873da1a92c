"""Perceptron on XOR: the rule never converges; training stops with a proof that no line exists.

Run:     python tools/train.py configs/perceptron/perceptron_xor.py
Measured: 74.8 % test accuracy (mean; 73.8 to 75.0), 10 epochs, seeds 0-4, 0.1 s
"""

_base_ = [
    '../_base_/datasets/xor.py',
    '../_base_/schedules/perceptron.py',
    '../_base_/default_runtime.py',
]

model = dict(type='Perceptron', in_features=2, num_classes=2)
custom_hooks = [dict(type='ConvergenceHook'), dict(type='PerceptronHook')]
expect = [
    dict(metric='stop/reason', op='==', value='inseparable'),
    dict(metric='facts/perceptron/gap', op='<=', value=1e-9),
    dict(metric='facts/perceptron/pocket/accuracy', op='<=', value=75.0),
]
