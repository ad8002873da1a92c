"""A decoder without skip connections: the classes are found, the outlines are not.

Run:     python tools/train.py configs/vision/segment_no_skips.py
Measured: 65.4 % test mIoU (90.6 % with skip connections), 8 epochs, seed 0
"""

_base_ = ['segment_digits.py']
model = dict(head=dict(skips=False))
expect = [
    dict(metric='test/segmentation/mIoU', op='<=', value=-10, lesson='vision/segment_digits.py')
]
