"""Linear classifier on circles: no line separates two rings.

Run:     python tools/train.py configs/mlp/circles_linear.py
Measured: 43.2 % test accuracy (mean; 41.2 to 46.2), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/circles.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=()))
expect = [dict(metric='test/accuracy/top1', op='<=', value=70.0)]
