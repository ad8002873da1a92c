"""CNN on digits shifted by one pixel: sliding filters find digits that have moved.

Run:     python tools/train.py configs/cnn/cnn_shifted.py
Measured: 76.9 % test accuracy (mean; 74.8 to 79.8), 40 epochs, seeds 0-4, 1.8 s
"""

_base_ = [
    '../_base_/datasets/digits.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine.py',
    '../_base_/default_runtime.py',
]

test_dataloader = dict(dataset=dict(shift=(0, 1)))
expect = [dict(metric='test/accuracy/top1', op='>=', value=10.0, lesson='mlp/mlp_shifted.py')]
