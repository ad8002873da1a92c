"""A decoder without skip connections: the classes are found, the outlines are not.

Run:     python tools/train.py configs/vision/segment_no_skips.py
Measured: 74.5 % test mIoU (mean; 70.3 to 78.3; 90.3 % with skips), 8 epochs, seeds 0-2
"""

_base_ = ['segment_digits.py']
model = dict(head=dict(skips=False))
expect = [
    dict(metric='test/segmentation/mIoU', op='<=', value=-5, lesson='vision/segment_digits.py')
]
