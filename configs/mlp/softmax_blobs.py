"""Softmax: turns five scores of any size into five probabilities.

Run:     python tools/train.py configs/mlp/softmax_blobs.py
Measured: 100.0 % test accuracy (mean; 100.0 to 100.0), 100 epochs, seeds 0-4, 0.6 s
"""

_base_ = [
    '../_base_/datasets/blobs.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

train_dataloader = val_dataloader = test_dataloader = dict(dataset=dict(num_classes=5))
model = dict(backbone=dict(hidden_sizes=()), head=dict(num_classes=5))
test_evaluator = [dict(type='mmpretrain.Accuracy'), dict(type='ProbabilityMetric')]
expect = [dict(metric='test/probability/error', op='<=', value=1e-6)]
