"""Perceptron on two clusters that a line separates: provably stops making mistakes.

Run:     python tools/train.py configs/perceptron/perceptron_blobs.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 2 epochs, seeds 0-4, 0.0 s
"""

_base_ = [
    '../_base_/datasets/blobs.py',
    '../_base_/schedules/perceptron.py',
    '../_base_/default_runtime.py',
]

model = dict(type='Perceptron', in_features=2, num_classes=2)
custom_hooks = [dict(type='ConvergenceHook'), dict(type='PerceptronHook')]
expect = [
    dict(metric='stop/reason', op='==', value='converged'),
    dict(metric='train/mistakes', op='==', value=0),
    dict(metric='facts/perceptron/bound_holds', op='==', value=True),
]
