"""CNN on digits shifted by one pixel: the windows slide, so they find what has moved.

Run:     python tools/train.py configs/cnn/cnn_shifted.py
Measured: 76.9 % test accuracy (mean; 74.8 to 79.8), 40 epochs, seeds 0-4, 2.3 s
"""

_base_ = ['cnn_digits.py']

test_dataloader = dict(dataset=dict(shift=(0, 1)))
expect = [dict(metric='test/accuracy/top1', op='>=', value=10.0, lesson='mlp/mlp_shifted.py')]
