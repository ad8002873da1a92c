"""Linear classifier on XOR: a line classifies at most three of four clusters correctly.

Run:     python tools/train.py configs/mlp/linear_xor.py
Measured: 52.8 % test accuracy (mean; 50.0 to 63.8), 100 epochs, seeds 0-4, 0.7 s
"""

_base_ = [
    '../_base_/datasets/xor.py',
    '../_base_/models/linear_2d.py',
    '../_base_/schedules/adam.py',
    '../_base_/default_runtime.py',
]

expect = [
    dict(metric=f'{split}/accuracy/top1', op='<=', value=75.0) for split in ('train', 'val', 'test')
]
