"""Linear classifier on moons: no line separates two interleaved moons.

Run:     python tools/train.py configs/mlp/moons_linear.py
Measured: 82.8 % test accuracy (mean; 82.5 to 83.8), 100 epochs, seeds 0-4, 0.6 s
"""

_base_ = [
    '../_base_/datasets/moons.py',
    '../_base_/models/mlp_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(hidden_sizes=()))
expect = [dict(metric='test/accuracy/top1', op='<=', value=90.0)]
