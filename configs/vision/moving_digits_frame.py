"""One frame of a moving digit: where it moves to is in no single image, and a CNN can only guess.

Run:     python tools/train.py configs/vision/moving_digits_frame.py
Measured: 24.1 % test accuracy (mean; 23.5 to 24.6), 8 epochs, seeds 0-2; chance is 25 %
"""

_base_ = [
    '../_base_/datasets/moving_digits.py',
    '../_base_/models/cnn.py',
    '../_base_/schedules/adam_cosine_8.py',
    '../_base_/default_runtime.py',
]
train_dataloader = val_dataloader = test_dataloader = dict(dataset=dict(frames=1))
model = dict(backbone=dict(image_size=(16, 16), dropout=0.2), head=dict(num_classes=4))
expect = [dict(metric='test/accuracy/top1', op='<=', value=33)]
