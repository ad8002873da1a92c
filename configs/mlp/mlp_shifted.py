"""MLP on digits shifted by one pixel: each weight now reads the neighbouring pixel.

Run:     python tools/train.py configs/mlp/mlp_shifted.py
Measured: 43.2 % test accuracy (mean; 42.6 to 44.3), 40 epochs, seeds 0-4, 0.4 s
"""

_base_ = ['mlp_digits.py']

test_dataloader = dict(dataset=dict(shift=(0, 1)))
expect = [dict(metric='test/accuracy/top1', op='<=', value=80.0)]
