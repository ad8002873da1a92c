"""Perceptron on clusters far from the origin: many updates, and one can see the line turn.

Run:     python tools/train.py configs/perceptron/perceptron_far_blobs.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 4-17 epochs, seeds 0-4, 0.1 s
"""

_base_ = [
    '../_base_/datasets/blobs.py',
    '../_base_/schedules/perceptron.py',
    '../_base_/default_runtime.py',
]

train_dataloader = val_dataloader = test_dataloader = dict(dataset=dict(center=(3.0, 3.0)))
model = dict(type='Perceptron', in_features=2, num_classes=2)
custom_hooks = [dict(type='ConvergenceHook'), dict(type='PerceptronHook')]
expect = [
    dict(metric='facts/perceptron/updates', op='>=', value=20),
    dict(metric='facts/perceptron/bound_holds', op='==', value=True),
]
